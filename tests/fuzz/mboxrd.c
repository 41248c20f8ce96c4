/*
 * Messages stand in order in the mbox, each found by its offset alone; quoting
 * leaves no From_ line and is undone by unquoting.
 */
#include <assert.h>
#include <string.h>

#include "mail/mboxrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void messages_are_in_order(struct span mbox);
static void is_found_again(struct span mbox, const struct mboxrd_message *);
static void quotes_come_off(struct span);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span mbox = span_at(data, n);

	messages_are_in_order(mbox);
	quotes_come_off(mbox);
	return 0;
}

static void
messages_are_in_order(struct span mbox)
{
	struct mboxrd_message m;
	struct buf own = {0};
	struct mboxrd it;
	const char *end = mbox.p;
	size_t n = 0, find = 0;
	bool is_counted = false;

	mboxrd_each(mbox, 0, &it);
	while (mboxrd_next(&it, &m) == 1) {
		if (!is_counted)
			assert(mboxrd_find(mbox, find, mbox.n) == m.offset);
		find = m.offset + 1 + m.offset % (m.bytes.n + 1);
		is_counted = is_counted || m.is_counted;
		assert(m.from.p == mbox.p + m.offset && m.from.p >= end);
		assert(n++ > 0 || m.offset == 0);
		assert(m.bytes.p == m.from.p + m.from.n);
		end = m.bytes.p + m.bytes.n;
		/* nothing but an empty line lies between two */
		assert(end <= mbox.p + it.at && mbox.p + it.at <= end + 2);
		buf_cut(&own, 0);
		assert(mboxrd_content(&m, &own).n <= m.bytes.n);
		is_found_again(mbox, &m);
	}
	assert(it.at == (n == 0 ? 0 : mbox.n));
	buf_free(&own);
}

static void
is_found_again(struct span mbox, const struct mboxrd_message *m)
{
	struct mboxrd_message again;
	struct mboxrd it;

	mboxrd_each(mbox, m->offset, &it);
	assert(mboxrd_next(&it, &again) == 1);
	assert(again.bytes.p == m->bytes.p && again.bytes.n == m->bytes.n);
}

static void
quotes_come_off(struct span plain)
{
	struct mboxrd_writer whole = {0}, split = {0};
	struct buf quoted = {0}, back = {0};

	mboxrd_write(&whole, plain, &quoted);
	mboxrd_write_end(&whole, &quoted);
	assert(!span_starts(buf_view(&quoted), SPAN("From ")));
	assert(span_find(buf_view(&quoted), SPAN("\nFrom ")) == SPAN_NONE);
	assert(span_ends(buf_view(&quoted), SPAN("\n")));
	mboxrd_unquote(buf_view(&quoted), &back);
	assert(back.n <= plain.n + 2);
	assert(span_eq(span_sub(buf_view(&back), 0, plain.n), plain));
	buf_cut(&back, 0);
	for (size_t i = 0; i < plain.n; i++)
		mboxrd_write(&split, span_sub(plain, i, 1), &back);
	mboxrd_write_end(&split, &back);
	assert(span_eq(buf_view(&back), buf_view(&quoted)));
	buf_free(&quoted);
	buf_free(&back);
}
