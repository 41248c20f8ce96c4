#include <zlib.h>

#include "net/deflate.h"
#include "unit/unit.h"

/* A wire in memory: at most step bytes a call, blocking each second call. */
struct pipe {
	struct wire wire;
	struct buf *in, *out;
	size_t step, calls;
	bool is_closed;
};

static int
pipe_read(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	struct pipe *f = (struct pipe *)w;
	size_t n = f->step < cap ? f->step : cap;

	if (f->in->n == 0 && f->calls > 1000000)
		return err_set(e, ERR_TEMP, "cut");
	if (f->calls++ % 2 == 0 || f->in->n == 0)
		return 0;
	n = n < f->in->n ? n : f->in->n;
	memcpy(p, f->in->p, n);
	buf_drop(f->in, n);
	*got = n;
	return 1;
}

static int
pipe_write(struct wire *w, struct span s, size_t *put, struct err *e)
{
	struct pipe *f = (struct pipe *)w;

	(void)e;
	if (f->calls++ % 2 == 0)
		return 0;
	s = span_sub(s, 0, f->step);
	buf_span(f->out, s);
	*put = s.n;
	return 1;
}

static int
pipe_wait(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	(void)w;
	(void)want_write;
	(void)until_ms;
	(void)e;
	return 0;
}

static int
pipe_starttls(struct wire *w, struct err *e)
{
	(void)w;
	return err_set(e, ERR_SOFTWARE, "not here");
}

static void
pipe_close(struct wire *w)
{
	((struct pipe *)w)->is_closed = true;
}

static const struct wire_ops pipe_ops = {pipe_read, pipe_write, pipe_wait,
    pipe_starttls, pipe_close};

/* Two ends, each compressing. */
static struct buf there, back;
static struct pipe near_end, far_end;
static struct wire *near_wire, *far_wire;
static struct err e;

static void
begin(size_t step)
{
	near_end = (struct pipe){{&pipe_ops, 0, NULL}, &back, &there, step, 0,
	    false};
	far_end = (struct pipe){{&pipe_ops, 0, NULL}, &there, &back, step, 0,
	    false};
	ck_assert_int_eq(deflate_open(&near_end.wire, SPAN(""), &near_wire,
	    &e), 0);
	ck_assert_int_eq(deflate_open(&far_end.wire, SPAN(""), &far_wire, &e),
	    0);
}

static void
end(void)
{
	wire_close(near_wire);
	wire_close(far_wire);
	ck_assert(near_end.is_closed);
	ck_assert(far_end.is_closed);
	buf_free(&there);
	buf_free(&back);
}

static void
send_all(struct wire *w, struct span s)
{
	size_t put = 0;
	int r;

	while (s.n > 0) {
		r = wire_write(w, s, &put, &e);
		ck_assert_int_ge(r, 0);
		if (r == 1)
			s = span_from(s, put);
	}
}

/* Reads n bytes, cap at a time. */
static void
receive(struct wire *w, size_t n, size_t cap, struct buf *out)
{
	char piece[70000];
	size_t got = 0;
	int r;

	while (out->n < n) {
		r = wire_read(w, piece, cap, &got, &e);
		ck_assert_int_ge(r, 0);
		if (r == 1)
			buf_add(out, piece, got);
	}
	ck_assert_uint_eq(out->n, n);
}

START_TEST(both_ways)
{
	static const size_t steps[] = {1, 7, 1000, 100000};
	struct buf big = {0}, got = {0};

	for (int i = 0; i < 20000; i++)
		buf_fmt(&big, "line %d\r\n", i * i);
	for (size_t i = 0; i < COUNT(steps); i++) {
		begin(steps[i]);
		send_all(near_wire, SPAN("A1 NOOP\r\n"));
		receive(far_wire, 9, 70000, &got);
		unit_span(buf_view(&got), "A1 NOOP\r\n");
		buf_cut(&got, 0);
		send_all(far_wire, buf_view(&big));
		ck_assert_uint_lt(back.n, big.n / 2);
		receive(near_wire, big.n, i == 0 ? 3 : 70000, &got);
		ck_assert(span_eq(buf_view(&got), buf_view(&big)));
		buf_cut(&got, 0);
		end();
	}
	buf_free(&big);
	buf_free(&got);
}
END_TEST

/* What was read with the answer to COMPRESS is compressed already. */
START_TEST(what_came_before)
{
	struct pipe alone = {{&pipe_ops, 0, NULL}, &back, &there, 100, 0,
	    false};
	struct buf got = {0};
	struct wire *w;

	begin(100);
	send_all(near_wire, SPAN("* OK\r\n"));
	ck_assert_int_eq(deflate_open(&alone.wire, buf_view(&there), &w, &e),
	    0);
	receive(w, 6, 2, &got);
	unit_span(buf_view(&got), "* OK\r\n");
	wire_close(w);
	buf_free(&got);
	end();
}
END_TEST

static int
read_status(struct span came)
{
	char piece[100];
	size_t got;
	int r = 0;

	begin(100);
	buf_span(&there, came);
	for (int i = 0; r == 0 && i < 10; i++)
		r = wire_read(far_wire, piece, sizeof piece, &got, &e);
	end();
	return r;
}

START_TEST(broken)
{
	ck_assert_int_eq(read_status(SPAN("\xff\xff\xff\xff")), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	/* an empty stream that has ended */
	ck_assert_int_eq(read_status(SPAN("\x03\x00")), -1);
	ck_assert_int_eq(e.kind, ERR_TEMP);
	/* half of one is waited for */
	ck_assert_int_eq(read_status(SPAN("\x4b")), 0);
	begin(1);
	ck_assert_int_eq(wire_starttls(near_wire, &e), -1);
	end();
}
END_TEST

/* A thousandfold comes out in pieces of the reader's size. */
START_TEST(a_bomb_stays_small)
{
	struct buf zeros = {0}, got = {0};

	for (int i = 0; i < 1000; i++)
		buf_add(&zeros, (const char[1000]){0}, 1000);
	begin(100000);
	send_all(near_wire, buf_view(&zeros));
	ck_assert_uint_lt(there.n, 10000);
	receive(far_wire, zeros.n, 100, &got);
	ck_assert(span_eq(buf_view(&got), buf_view(&zeros)));
	end();
	buf_free(&zeros);
	buf_free(&got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deflate");

	unit_test(s, both_ways);
	unit_test(s, what_came_before);
	unit_test(s, broken);
	unit_test(s, a_bomb_stays_small);
	return unit_main(s);
}
