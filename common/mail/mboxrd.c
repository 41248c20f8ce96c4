#include <string.h>

#include "mail/header.h"
#include "mail/mboxrd.h"

#define WEEKDAYS_MAX 8 /* words of a From_ line that may begin its date */

static void take_start(struct mboxrd_writer *, struct span *, struct buf *);
static void put_start(struct mboxrd_writer *, struct buf *);
static struct span line_at(struct span, size_t at);
static size_t empty_line(struct span, size_t at);
static size_t after_header(struct span mbox, size_t at);
static bool is_counted(struct span mbox, size_t header, size_t body,
    size_t *end, size_t *next);
static size_t next_from(struct span mbox, size_t at, size_t until,
    bool is_after);
static bool is_after_empty(struct span mbox, size_t at);
static size_t without_separator(struct span mbox, size_t body, size_t end);
static bool is_weekday(struct span);
static bool is_date(struct span, struct date *);
static bool is_quotable(struct span line);
static bool has_quotes(struct span);

void
mboxrd_each(struct span mbox, size_t offset, struct mboxrd *it)
{
	*it = (struct mboxrd){.mbox = mbox, .at = offset};
}

int
mboxrd_next(struct mboxrd *it, struct mboxrd_message *m)
{
	struct span from = line_at(it->mbox, it->at);
	size_t header = it->at + from.n, body, end, next;

	if (!mboxrd_is_from(from, NULL))
		return 0;
	*m = (struct mboxrd_message){.offset = it->at, .from = from};
	body = after_header(it->mbox, header);
	m->is_counted = is_counted(it->mbox, header, body, &end, &next);
	if (!m->is_counted) {
		next = next_from(it->mbox, body, it->mbox.n, true);
		end = without_separator(it->mbox, body, next);
	}
	m->bytes = span_sub(it->mbox, header, end - header);
	it->at = next;
	return 1;
}

size_t
mboxrd_find(struct span mbox, size_t from, size_t until)
{
	size_t at = from;

	/* a line begins behind an end of one */
	if (at > 0 && mbox.p[at - 1] != '\n')
		at += line_at(span_sub(mbox, 0, until), at).n;
	at = next_from(mbox, at, until, is_after_empty(mbox, at));
	return at < until ? at : SPAN_NONE;
}

bool
mboxrd_is_from(struct span s, struct date *d)
{
	struct span line;
	struct date ignored;
	int tries = 0;

	if (!span_starts(s, SPAN("From ")))
		return false;
	/* the sender may hold blanks: the date begins where one can be read */
	line = line_at(span_sub(s, 0, MBOXRD_FROM_MAX + 1), 0);
	if (line.n > MBOXRD_FROM_MAX)
		return false;
	for (size_t i = 4; i < line.n && tries < WEEKDAYS_MAX; i++) {
		if (!ascii_blank(line.p[i]) ||
		    !is_weekday(span_from(line, i + 1)))
			continue;
		if (is_date(span_from(line, i + 1), d == NULL ? &ignored : d))
			return true;
		tries++;
	}
	return false;
}

struct span
mboxrd_content(const struct mboxrd_message *m, struct buf *own)
{
	size_t start = own->n;

	if (m->is_counted || !has_quotes(m->bytes))
		return m->bytes;
	mboxrd_unquote(m->bytes, own);
	return span_from(buf_view(own), start);
}

void
mboxrd_from(const char *sender, int64_t sec, struct buf *out)
{
	buf_fmt(out, "From %s ", sender);
	date_asctime(sec, out);
	buf_char(out, '\n');
}

void
mboxrd_write(struct mboxrd_writer *w, struct span s, struct buf *out)
{
	size_t end;

	while (s.n > 0) {
		if (!w->is_in_line) {
			take_start(w, &s, out);
			continue;
		}
		end = span_chr(s, '\n');
		w->is_in_line = end == SPAN_NONE;
		end = end == SPAN_NONE ? s.n : end + 1;
		buf_span(out, span_sub(s, 0, end));
		s = span_from(s, end);
	}
}

void
mboxrd_write_end(struct mboxrd_writer *w, struct buf *out)
{
	if (w->quotes > 0 || w->matched > 0)
		put_start(w, out);
	buf_str(out, w->is_in_line ? "\n\n" : "\n");
	*w = (struct mboxrd_writer){0};
}

void
mboxrd_unquote(struct span s, struct buf *out)
{
	struct span line;

	for (size_t at = 0; at < s.n; at += line.n) {
		line = line_at(s, at);
		buf_span(out, span_from(line,
		    line.p[0] == '>' && is_quotable(line) ? 1 : 0));
	}
}

/* What may begin a From_ line is held until that is known. */
static void
take_start(struct mboxrd_writer *w, struct span *s, struct buf *out)
{
	static const char from[] = "From ";

	for (; s->n > 0; *s = span_from(*s, 1)) {
		if (w->matched == 0 && s->p[0] == '>')
			w->quotes++;
		else if (s->p[0] == from[w->matched])
			w->matched++;
		else
			break;
		if (from[w->matched] == '\0') {
			w->quotes++;
			*s = span_from(*s, 1);
			put_start(w, out);
			return;
		}
	}
	if (s->n > 0)
		put_start(w, out);
}

static void
put_start(struct mboxrd_writer *w, struct buf *out)
{
	for (; w->quotes > 0; w->quotes--)
		buf_char(out, '>');
	buf_span(out, span_sub(SPAN("From "), 0, w->matched));
	w->matched = 0;
	w->is_in_line = true;
}

/* The line with its end; empty only at the end. */
static struct span
line_at(struct span s, size_t at)
{
	struct span line = span_from(s, at);
	size_t n = span_chr(line, '\n');

	return n == SPAN_NONE ? line : span_sub(line, 0, n + 1);
}

/* How many bytes the empty line has that stands there; 0 where none does. */
static size_t
empty_line(struct span s, size_t at)
{
	if (at < s.n && s.p[at] == '\n')
		return 1;
	if (at + 1 < s.n && s.p[at] == '\r' && s.p[at + 1] == '\n')
		return 2;
	return 0;
}

/* Behind the empty line that ends the header. */
static size_t
after_header(struct span mbox, size_t at)
{
	while (at < mbox.n && empty_line(mbox, at) == 0)
		at += line_at(mbox, at).n;
	return at + empty_line(mbox, at);
}

/* Writers differ in whether they count the empty line at the end. */
static bool
is_counted(struct span mbox, size_t header, size_t body, size_t *end,
    size_t *next)
{
	struct field f;
	uint64_t n;

	if (!header_find(span_sub(mbox, header, body - header),
		"Content-Length", &f) ||
	    !span_num(span_trim(f.value), mbox.n - body, &n))
		return false;
	*end = *next = body + (size_t)n;
	if (*end == mbox.n)
		return true;
	if (mbox.p[*end - 1] == '\n' &&
	    mboxrd_is_from(span_from(mbox, *end), NULL))
		return true;
	*next += empty_line(mbox, *end);
	return *next > *end && (*next == mbox.n ||
	    mboxrd_is_from(span_from(mbox, *next), NULL));
}

/*
 * The next From_ line after an empty one, from the start of a line on; until
 * where there is none below it, and no line is looked for behind it.
 */
static size_t
next_from(struct span mbox, size_t at, size_t until, bool is_after)
{
	while (at < until) {
		if (is_after &&
		    mboxrd_is_from(span_from(mbox, at), NULL))
			return at;
		is_after = empty_line(mbox, at) > 0;
		at += line_at(span_sub(mbox, 0, until), at).n;
	}
	return at;
}

/* True where the line that ends there is empty, or there is none. */
static bool
is_after_empty(struct span mbox, size_t at)
{
	for (size_t n = 1; n <= 2 && n < at; n++)
		if (empty_line(mbox, at - n) == n &&
		    mbox.p[at - n - 1] == '\n')
			return true;
	return at == 0;
}

/* The line that ends the header does not separate messages. */
static size_t
without_separator(struct span mbox, size_t body, size_t end)
{
	for (size_t n = 1; n <= 2 && n <= end - body; n++)
		if (empty_line(mbox, end - n) == n &&
		    mbox.p[end - n - 1] == '\n')
			return end - n;
	return end;
}

static bool
is_weekday(struct span s)
{
	static const char names[] = "SunMonTueWedThuFriSat";

	for (size_t i = 0; names[i] != '\0'; i += 3)
		if (span_istarts(s, span_at(names + i, 3)))
			return true;
	return false;
}

/* Some write the date as a header field has it. */
static bool
is_date(struct span s, struct date *d)
{
	s = span_trim(s);
	return date_parse_asctime(s, d) ||
	    (s.n > 3 && s.p[3] == ',' && date_parse(s, d));
}

static bool
is_quotable(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return span_starts(span_from(line, n), SPAN("From "));
}

static bool
has_quotes(struct span s)
{
	struct span line;

	for (size_t at = 0; at < s.n; at += line.n) {
		line = line_at(s, at);
		if (line.p[0] == '>' && is_quotable(line))
			return true;
	}
	return false;
}
