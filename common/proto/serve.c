#include "proto/serve.h"
#include "text/charset.h"

static int take_data(struct serve *);
static void obey(struct serve *, struct span line);
static void hello(struct serve *, struct span argument, bool is_extended);
static void mail(struct serve *, struct span argument);
static void rcpt(struct serve *, struct span argument);
static bool take_path(struct span *argument, const char *word,
    struct addr_list *);
static bool is_known(struct span parameters, const char *const *known);
static void data(struct serve *);
static void reset(struct serve *);
static void say(struct serve *, const char *);

void
serve_begin(struct serve *s, const char *host)
{
	buf_str(&s->out, "220 ");
	charset_line(span_of(host), &s->out);
	buf_str(&s->out, " ESMTP\r\n");
}

void
serve_push(struct serve *s, struct span bytes)
{
	buf_span(&s->in, bytes);
}

int
serve_next(struct serve *s)
{
	struct span rest, line;

	while (!s->is_over && s->state != SERVE_WAIT) {
		if (s->state == SERVE_DATA) {
			if (take_data(s) == 0)
				return 0;
			continue;
		}
		rest = buf_view(&s->in);
		if (span_chr(span_sub(rest, 0, SERVE_LINE_MAX), '\n') ==
		    SPAN_NONE) {
			if (rest.n < SERVE_LINE_MAX)
				return 0;
			say(s, "500 5.5.6 the line is too long");
			s->is_over = true;
			break;
		}
		span_line(&rest, &line);
		obey(s, line);
		buf_drop(&s->in, s->in.n - rest.n);
	}
	return s->is_over ? -1 : 1;
}

void
serve_answer(struct serve *s, int code, const char *text)
{
	buf_fmt(&s->out, "%d ", code);
	charset_line(span_of(text), &s->out);
	buf_str(&s->out, "\r\n");
	s->state = SERVE_COMMAND;
	reset(s);
}

void
serve_free(struct serve *s)
{
	reset(s);
	buf_free(&s->in);
	buf_free(&s->out);
}

/* 1 at the message's end. */
static int
take_data(struct serve *s)
{
	struct span piece;
	int got;

	while ((got = dot_next(&s->dot, &s->in, &piece)) == 1) {
		s->is_too_long = s->is_too_long ||
		    piece.n > SERVE_DATA_MAX - s->data.n;
		if (!s->is_too_long)
			buf_span(&s->data, piece);
	}
	if (got == 0)
		return 0;
	s->state = SERVE_WAIT;
	if (s->is_too_long)
		serve_answer(s, 552, "5.3.4 the message is too long");
	return 1;
}

static void
obey(struct serve *s, struct span line)
{
	struct span rest = span_trim(line), word;

	span_cut(&rest, ' ', &word);
	rest = span_trim(rest);
	if (span_iis(word, "EHLO") || span_iis(word, "HELO"))
		hello(s, rest, span_iis(word, "EHLO"));
	else if (span_iis(word, "MAIL"))
		mail(s, rest);
	else if (span_iis(word, "RCPT"))
		rcpt(s, rest);
	else if (span_iis(word, "DATA"))
		data(s);
	else if (span_iis(word, "RSET")) {
		reset(s);
		say(s, "250 2.0.0 reset");
	} else if (span_iis(word, "NOOP"))
		say(s, "250 2.0.0 done");
	else if (span_iis(word, "VRFY"))
		say(s, "252 2.1.5 send, and see");
	else if (span_iis(word, "QUIT")) {
		say(s, "221 2.0.0 bye");
		s->is_over = true;
	} else
		say(s, "500 5.5.1 no such command");
}

static void
hello(struct serve *s, struct span argument, bool is_extended)
{
	if (argument.n == 0) {
		say(s, "501 5.5.4 no name");
		return;
	}
	reset(s);
	s->has_hello = true;
	if (!is_extended) {
		say(s, "250 welcome");
		return;
	}
	buf_fmt(&s->out, "250-welcome\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
	    "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE %u\r\n",
	    SERVE_DATA_MAX);
}

static void
mail(struct serve *s, struct span argument)
{
	static const char *const known[] = {"BODY=", "SIZE=", "SMTPUTF8",
	    "AUTH=", NULL};

	if (!s->has_hello || s->has_from)
		say(s, "503 5.5.1 not now");
	else if (!take_path(&argument, "FROM:", &s->from) ||
	    s->from.n > 1) {
		addr_list_free(&s->from);
		say(s, "501 5.1.7 no address");
	} else if (!is_known(argument, known)) {
		addr_list_free(&s->from);
		say(s, "555 5.5.4 no such parameter");
	} else {
		s->has_from = true;
		say(s, "250 2.1.0 done");
	}
}

static void
rcpt(struct serve *s, struct span argument)
{
	static const char *const known[] = {"NOTIFY=", "ORCPT=", NULL};
	struct addr_list one = {0};

	if (!s->has_from)
		say(s, "503 5.5.1 MAIL comes first");
	else if (s->rcpt.n == SERVE_RCPT_MAX)
		say(s, "452 4.5.3 too many recipients");
	else if (!take_path(&argument, "TO:", &one) || one.n != 1)
		say(s, "501 5.1.3 no address");
	else if (!is_known(argument, known))
		say(s, "555 5.5.4 no such parameter");
	else {
		addr_list_add(&s->rcpt, "", one.v[0].address);
		say(s, "250 2.1.5 done");
	}
	addr_list_free(&one);
}

/* "FROM:<address>"; the list stays empty for "<>". */
static bool
take_path(struct span *argument, const char *word, struct addr_list *list)
{
	struct span path;
	struct err ignored;
	size_t end;

	if (!span_istarts(*argument, span_of(word)))
		return false;
	*argument = span_trim(span_from(*argument, span_of(word).n));
	end = span_chr(*argument, '>');
	if (argument->n == 0 || argument->p[0] != '<' || end == SPAN_NONE)
		return false;
	path = span_sub(*argument, 1, end - 1);
	*argument = span_trim(span_from(*argument, end + 1));
	if (path.n == 0)
		return true;
	return addr_parse_strict(path, list, &ignored) == 0 &&
	    list->n == 1 && !list->v[0].is_group &&
	    list->v[0].name[0] == '\0';
}

static bool
is_known(struct span parameters, const char *const *known)
{
	struct span one;

	while (span_cut(&parameters, ' ', &one) == 1) {
		bool is = one.n == 0;

		for (size_t i = 0; known[i] != NULL && !is; i++)
			is = span_istarts(one, span_of(known[i]));
		if (!is)
			return false;
	}
	return true;
}

static void
data(struct serve *s)
{
	if (s->rcpt.n == 0) {
		say(s, "503 5.5.1 RCPT comes first");
		return;
	}
	say(s, "354 go on, and end with a dot");
	s->state = SERVE_DATA;
}

static void
reset(struct serve *s)
{
	s->has_from = s->is_too_long = false;
	addr_list_free(&s->from);
	addr_list_free(&s->rcpt);
	buf_free(&s->data);
}

static void
say(struct serve *s, const char *reply)
{
	buf_str(&s->out, reply);
	buf_str(&s->out, "\r\n");
}
