#include "host/clock.h"
#include "mail/flag.h"
#include "mlist.h"
#include "text/width.h"

#define FLAGS_COLUMNS 4
#define FROM_COLUMNS 20

static void put_long(const struct mlist *, const struct summary *,
    struct buf *);
static void put_flags(const struct summary *, struct buf *);
static void put_local(const struct summary *, struct buf *);

void
mlist_record(const struct mlist *m, const struct summary *s, struct buf *out)
{
	switch (m->style) {
	case MLIST_NAMES:
		buf_span(out, s->name);
		break;
	case MLIST_LONG:
		put_long(m, s, out);
		break;
	case MLIST_FORMAT:
		format_put(&m->format, s, m->now.sec, out);
		break;
	case MLIST_JSON:
		mlist_json(s, out);
		break;
	}
}

/* Flags, date, from, subject; cut only where a terminal ends. */
static void
put_long(const struct mlist *m, const struct summary *s, struct buf *out)
{
	bool is_cut = m->columns != SPAN_NONE;
	struct buf line = {0}, value = {0};

	put_flags(s, &value);
	format_fit(buf_view(&value), FLAGS_COLUMNS, SPAN_NONE, true, &line);
	buf_char(&line, ' ');
	put_local(s, &line);
	buf_str(&line, "  ");
	buf_cut(&value, 0);
	format_value('f', s, m->now.sec, &value);
	format_fit(buf_view(&value), FROM_COLUMNS,
	    is_cut ? FROM_COLUMNS : SPAN_NONE, true, &line);
	buf_str(&line, "  ");
	format_value('s', s, m->now.sec, &line);
	buf_span(out, width_cut(buf_view(&line), m->columns));
	buf_free(&line);
	buf_free(&value);
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
put_local(const struct summary *s, struct buf *out)
{
	struct date_civil c;
	struct date d;

	if (!summary_date(s, &d)) {
		buf_fmt(out, "%16s", "");
		return;
	}
	c = date_civil(d.sec + clock_zone(d.sec) * 60);
	buf_fmt(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
	    c.hour, c.minute);
}
