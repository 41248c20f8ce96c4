#include "host/clock.h"
#include "net/wire.h"
#include "unit/talk.h"
#include "unit/unit.h"

/*
 * A wire that does what its script says, one letter a call:
 *
 *	w  a write takes one byte    r  a read gives "r"
 *	W  it would block            R  it would block
 *	X  it breaks                 C  the connection is cut
 *	                             n  a read gives what the machine refuses
 *	p  a wait for reading        P  one for writing too       t  times out
 */
struct fake {
	struct wire wire;
	const char *script;
	int64_t until[8]; /* of each wait */
	size_t nuntil;
};

static int
fake_read(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	struct fake *f = (struct fake *)w;
	char what = *f->script++;

	ck_assert_msg(strchr("rRCn", what) != NULL, "a read, not %c", what);
	if (what == 'C')
		return err_set(e, ERR_TEMP, "cut");
	if (what == 'R')
		return 0;
	*got = what == 'r' ? 1 : 8;
	ck_assert_uint_ge(cap, *got);
	memcpy(p, what == 'r' ? "r" : "nonsense", *got);
	return 1;
}

static int
fake_write(struct wire *w, struct span s, size_t *put, struct err *e)
{
	struct fake *f = (struct fake *)w;
	char what = *f->script++;

	ck_assert_uint_gt(s.n, 0);
	ck_assert_msg(strchr("wWX", what) != NULL, "a write, not %c", what);
	if (what == 'X')
		return err_set(e, ERR_TEMP, "broken");
	if (what == 'W')
		return 0;
	*put = 1;
	return 1;
}

/* The clock moves on before it returns, so that deadlines can be told apart. */
static int
fake_wait(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	struct fake *f = (struct fake *)w;
	char what = *f->script++;
	int64_t now = clock_mono_ms();

	ck_assert_msg(strchr("pPti", what) != NULL, "a wait, not %c", what);
	ck_assert_uint_lt(f->nuntil, COUNT(f->until));
	f->until[f->nuntil++] = until_ms;
	if (what == 't')
		return 0;
	if (what == 'i')
		return err_set(e, ERR_TEMP, "interrupted");
	ck_assert_int_eq(want_write, what == 'P');
	while (clock_mono_ms() == now)
		continue;
	return 1;
}

static int
fake_starttls(struct wire *w, struct err *e)
{
	(void)w;
	return err_set(e, ERR_AUTH, "distrust");
}

static void
fake_close(struct wire *w)
{
	((struct fake *)w)->script = "closed";
}

static const struct wire_ops fake_ops = {fake_read, fake_write, fake_wait,
    fake_starttls, fake_close};

static const struct {
	bool is_flush;
	const char *out, *script;
	const char *in;	  /* what the machine got */
	const char *text; /* of the error; NULL: none */
} cases[] = {
	{false, "", "r", "r", NULL},
	{false, "", "Rpr", "r", NULL},
	{false, "", "RpRpr", "r", NULL},
	{false, "a", "wr", "r", NULL},
	{false, "ab", "wRwRRpr", "r", NULL},
	{false, "ab", "wr", "r", NULL},
	{false, "a", "WRPWRPwRRpr", "r", NULL},
	{false, "a", "Xr", "r", NULL},
	{false, "a", "XR", "", "broken"},
	{false, "a", "XC", "", "broken"},
	{false, "a", "Xn", "", "nonsense"},
	{false, "a", "wC", "", "cut"},
	{false, "", "C", "", "cut"},
	{false, "", "n", "", "nonsense"},
	{false, "", "Rt", "", "timed out"},
	{false, "", "Ri", "", "interrupted"},
	{false, "a", "WRt", "", "timed out"},
	{true, "", "", "", NULL},
	{true, "ab", "wRwR", "", NULL},
	{true, "ab", "wrwr", "rr", NULL},
	{true, "a", "WrWRPwR", "r", NULL},
	{true, "ab", "wRXR", "", "broken"},
	{true, "a", "WC", "", "cut"},
	{true, "a", "Wn", "", "nonsense"},
	{true, "a", "WRt", "", "timed out"},
};

START_TEST(bytes_move_both_ways)
{
	struct fake f = {.wire = {.ops = &fake_ops, .timeout_ms = 1000},
	    .script = cases[_i].script};
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};
	int rc;

	buf_str(&t.out, cases[_i].out);
	rc = cases[_i].is_flush ? wire_flush(&f.wire, &m, &e) :
	    wire_drive(&f.wire, &m, &e);
	ck_assert_int_eq(rc, cases[_i].text == NULL ? 0 : -1);
	ck_assert_str_eq(e.text, cases[_i].text == NULL ? "" : cases[_i].text);
	ck_assert_str_eq(f.script, "");
	unit_span(buf_view(&t.in), cases[_i].in);
	talk_free(&t);
}
END_TEST

/* Only silence counts: a byte either way puts the deadline off. */
START_TEST(progress_puts_the_deadline_off)
{
	struct fake f = {.wire = {.ops = &fake_ops, .timeout_ms = 60000},
	    .script = "WRPWRPwRWRPWrWRPwR"};
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};

	buf_str(&t.out, "ab");
	ck_assert_int_eq(wire_flush(&f.wire, &m, &e), 0);
	ck_assert_str_eq(f.script, "");
	ck_assert_uint_eq(f.nuntil, 4);
	ck_assert_int_eq(f.until[0], f.until[1]);
	ck_assert_int_lt(f.until[1], f.until[2]);
	ck_assert_int_lt(f.until[2], f.until[3]);
	ck_assert_int_le(f.until[3], clock_mono_ms() + 60000);
	talk_free(&t);
}
END_TEST

/* A server may be silent for as long as it is not spoken to. */
static const struct {
	const char *out, *script;
	int rc;
	const char *text;
} quiet[] = {
	{"", "r", 1, NULL},
	{"", "Rpr", 1, NULL},
	{"", "Rt", 0, NULL},
	{"a", "wRRt", 0, NULL},
	{"a", "WRt", -1, "timed out"},
	{"", "Ri", -1, "interrupted"},
	{"", "C", -1, "cut"},
};

START_TEST(silence_until_a_time)
{
	struct fake f = {.wire = {.ops = &fake_ops, .timeout_ms = 1000},
	    .script = quiet[_i].script};
	struct talk t = {0};
	struct machine m = machine_of(&t);
	struct err e = {0};
	bool is_late = quiet[_i].rc == 0;

	buf_str(&t.out, quiet[_i].out);
	ck_assert_int_eq(wire_drive_until(&f.wire, &m, 4711, &e),
	    quiet[_i].rc);
	ck_assert_str_eq(e.text, quiet[_i].text == NULL ? "" : quiet[_i].text);
	ck_assert_str_eq(f.script, "");
	if (is_late)
		ck_assert_int_eq(f.until[f.nuntil - 1], 4711);
	talk_free(&t);
}
END_TEST

START_TEST(no_time_out_is_never)
{
	ck_assert_int_eq(wire_until(0), WIRE_NEVER);
	ck_assert_int_eq(wire_until(-1), WIRE_NEVER);
	ck_assert_int_ge(wire_until(60000), clock_mono_ms() + 59000);
}
END_TEST

START_TEST(calls_reach_their_kind)
{
	struct fake f = {.wire = {.ops = &fake_ops, .timeout_ms = 1000},
	    .script = "rwp"};
	struct err e = {0};
	char c;
	size_t n = 0;

	ck_assert_int_eq(wire_read(&f.wire, &c, 1, &n, &e), 1);
	ck_assert_int_eq(wire_write(&f.wire, SPAN(""), &n, &e), 0);
	ck_assert_int_eq(wire_write(&f.wire, SPAN("ab"), &n, &e), 1);
	ck_assert_int_eq(wire_wait(&f.wire, false, WIRE_NEVER, &e), 1);
	ck_assert_int_eq(wire_starttls(&f.wire, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
	wire_close(&f.wire);
	ck_assert_str_eq(f.script, "closed");
	wire_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire");

	unit_each(s, bytes_move_both_ways, COUNT(cases));
	unit_test(s, progress_puts_the_deadline_off);
	unit_each(s, silence_until_a_time, COUNT(quiet));
	unit_test(s, no_time_out_is_never);
	unit_test(s, calls_reach_their_kind);
	return unit_main(s);
}
