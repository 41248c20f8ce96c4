#include "mail/flag.h"
#include "mlist.h"
#include "text/width.h"

#define FLAGS_COLUMNS 4
#define FROM_COLUMNS 20

static void put_long(const struct mlist *, const struct summary *,
    struct clock_day *, struct buf *);
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
	bool is_cut = m->columns != SPAN_NONE;
	struct buf value = {0};

	put_flags(s, &value);
	format_fit(buf_view(&value), FLAGS_COLUMNS, SPAN_NONE, true, out);
	buf_char(out, ' ');
	put_local(s, day, out);
	buf_str(out, "  ");
	buf_cut(&value, 0);
	format_value('f', s, m->now.sec, &value);
	format_fit(buf_view(&value), FROM_COLUMNS,
	    is_cut ? FROM_COLUMNS : SPAN_NONE, true, out);
	buf_str(out, "  ");
	buf_free(&value);
}

/* Flags, date, from, subject; cut only where a terminal ends. */
static void
put_long(const struct mlist *m, const struct summary *s,
    struct clock_day *day, struct buf *out)
{
	struct buf line = {0};

	mlist_columns(m, s, day, &line);
	format_value('s', s, m->now.sec, &line);
	buf_span(out, width_cut(buf_view(&line), m->columns));
	buf_free(&line);
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
