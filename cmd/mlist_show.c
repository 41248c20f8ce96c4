#include <string.h>

#include "mail/flag.h"
#include "mlist.h"
#include "text/width.h"

#define FLAGS_COLUMNS 4
#define FROM_COLUMNS 20

static void put_long(const struct mlist *, const struct summary *,
    struct clock_day *, struct buf *);
static void fit(struct buf *, size_t start, size_t width, bool is_cut);
static void put_flags(const struct summary *, struct buf *);
static void put_local(const struct summary *, struct clock_day *,
    struct buf *);

void
mlist_record(const struct mlist *m, const struct summary *s,
    struct mlist_rows *rows)
{
	switch (m->style) {
	case MLIST_NAMES:
		buf_span(&rows->text, s->name);
		break;
	case MLIST_LONG:
		put_long(m, s, &rows->day, &rows->text);
		break;
	case MLIST_FORMAT:
		format_put(&m->format, s, m->now.sec, &rows->text);
		break;
	case MLIST_JSON:
		mlist_json(s, buf_view(&rows->attachments), &rows->text);
		break;
	}
}

void
mlist_columns(const struct mlist *m, const struct summary *s,
    struct clock_day *day, struct buf *out)
{
	size_t start = out->n;

	put_flags(s, out);
	fit(out, start, FLAGS_COLUMNS, false);
	buf_char(out, ' ');
	put_local(s, day, out);
	buf_str(out, "  ");
	start = out->n;
	format_value('f', s, m->now.sec, out);
	fit(out, start, FROM_COLUMNS, m->columns != SPAN_NONE);
	buf_str(out, "  ");
}

/* Flags, date, from, subject; cut only where a terminal ends. */
static void
put_long(const struct mlist *m, const struct summary *s,
    struct clock_day *day, struct buf *out)
{
	size_t start = out->n;
	struct span line;

	mlist_columns(m, s, day, out);
	format_value('s', s, m->now.sec, out);
	line = span_from(buf_view(out), start);
	buf_cut(out, start + width_cut(line, m->columns).n);
}

/* Makes what was put from start on that wide. */
static void
fit(struct buf *out, size_t start, size_t width, bool is_cut)
{
	struct span text = span_from(buf_view(out), start);
	size_t n;

	if (is_cut)
		text = width_cut(text, width);
	buf_cut(out, start + text.n);
	n = width_of(text);
	if (n >= width)
		return;
	memset(buf_room(out, width - n), ' ', width - n);
	buf_grew(out, width - n);
}

/* "N" for what was not read, then Maildir's letters for the rest. */
static void
put_flags(const struct summary *s, struct buf *out)
{
	buf_char(out, (s->flags & FLAG_SEEN) == 0 ? 'N' : ' ');
	flag_letters(s->flags & ~(unsigned)FLAG_SEEN, out);
}

/* The reader's own time; as many blanks where there is no date. */
static void
put_local(const struct summary *s, struct clock_day *day, struct buf *out)
{
	struct date d;

	if (summary_date(s, &d))
		date_minute(date_civil(d.sec +
		    clock_zone_near(day, d.sec) * 60), out);
	else
		buf_fmt(out, "%16s", "");
}
