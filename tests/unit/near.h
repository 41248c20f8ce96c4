/*
 * The near end of a connection for tests of the wires: a machine that keeps
 * what comes, opening, and one exchange of words, with the far end's part.
 */
#ifndef NEAR_H
#define NEAR_H

#include "net/stream.h"
#include "unit/far.h"
#include "unit/talk.h"

#define LONG_MS 10000
#define BIG (8 * 1024 * 1024)

/* Says a line and reads until that many bytes have come. */
static inline int
ask(struct wire *w, struct talk *t, const char *line, size_t want,
    struct err *e)
{
	struct machine m = machine_of(t);

	buf_str(&t->out, line);
	while (t->in.n < want)
		if (wire_drive(w, &m, e) == -1)
			return -1;
	return 0;
}

static inline struct server
server_at(unsigned port, enum server_tls tls)
{
	return (struct server){.scheme = "imap", .host = "127.0.0.1",
	    .port = port, .tls = tls, .tls_ca = FAR_CA,
	    .dialer = FAR_DIALER, .timeout_ms = LONG_MS};
}

static inline struct wire *
opened(const struct server *srv)
{
	struct wire *w = NULL;
	struct err e = {0};

	ck_assert_msg(stream_open(srv, &w, &e) == 0, "%s", e.text);
	return w;
}

/* That it cannot be opened, and why. */
static inline void
refused(const struct server *srv, enum err_kind kind, const char *text)
{
	struct wire *w = NULL;
	struct err e = {0};

	ck_assert_int_eq(stream_open(srv, &w, &e), -1);
	ck_assert_ptr_null(w);
	ck_assert_msg(e.kind == kind && strstr(e.text, text) != NULL,
	    "%d \"%s\", not %d \"%s\"", e.kind, e.text, kind, text);
}

/* One write a byte where arg says so. */
static inline void
say_split(struct far *f, const char *text)
{
	if (f->arg == NULL)
		far_say(f, text);
	else
		for (; *text != '\0'; text++)
			far_write(f, span_at(text, 1));
}

static inline void
serve_exchange(struct far *f)
{
	say_split(f, "* OK hello\r\n");
	far_expect(f, "a NOOP\r\n");
	say_split(f, "a OK\r\n");
	far_expect_end(f);
}

static inline void
serve_exchange_tls(struct far *f)
{
	far_tls(f);
	serve_exchange(f);
}

static inline void
exchange(struct wire *w)
{
	struct talk t = {0};
	struct err e = {0};

	ck_assert_msg(ask(w, &t, "", 12, &e) == 0, "%s", e.text);
	ck_assert_msg(ask(w, &t, "a NOOP\r\n", 18, &e) == 0, "%s", e.text);
	unit_span(buf_view(&t.in), "* OK hello\r\na OK\r\n");
	talk_free(&t);
}

static inline void
serve_silence(struct far *f)
{
	char c;

	if (f->arg != NULL)
		far_tls(f);
	while (far_some(f, &c, 1) == 1)
		continue;
}

/* It writes all before it reads on; we may not wait for it to read first. */
static inline void
serve_big(struct far *f)
{
	static char block[65536];
	size_t sent = 0, got = 1;

	far_expect(f, "x");
	memset(block, 'y', sizeof block);
	for (; sent < BIG; sent += sizeof block)
		far_write(f, span_at(block, sizeof block));
	while (got < BIG)
		got += far_some(f, block, sizeof block);
	far_say(f, "done");
	far_expect_end(f);
}

static inline void
exchange_big(struct wire *w)
{
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};

	memset(buf_room(&t.out, BIG), 'x', BIG);
	buf_grew(&t.out, BIG);
	ck_assert_msg(wire_flush(w, &m, &e) == 0, "%s", e.text);
	ck_assert_msg(ask(w, &t, "", BIG + 4, &e) == 0, "%s", e.text);
	unit_span(span_from(buf_view(&t.in), BIG), "done");
	/* each is the next one's, so all are the first's */
	ck_assert(t.in.p[0] == 'y' && memcmp(t.in.p, t.in.p + 1, BIG - 1) == 0);
	talk_free(&t);
}

#endif
