/*
 * What every unit test shares: one Check suite, TAP on standard output.
 * A test program is START_TESTs and
 *
 *	int
 *	main(void)
 *	{
 *		Suite *s = suite_create("buf");
 *
 *		unit_test(s, grows);
 *		return unit_main(s);
 *	}
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define UNIT_SECONDS 60 /* for a test with a process of its own */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* One test; one run for each i in 0..n-1 (its argument is _i). */
#define unit_test(s, name) unit_each(s, name, 1)
#define unit_each(s, name, n)                                                 \
	do {                                                                  \
		TCase *unit_case = tcase_create(#name);                       \
		tcase_add_loop_test(unit_case, name, 0, (int)(n));            \
		tcase_set_timeout(unit_case, UNIT_SECONDS);                   \
		suite_add_tcase(s, unit_case);                                \
	} while (0)

/* One test that must end its own process with the exit status. */
#define unit_exits(s, name, status)                                           \
	do {                                                                  \
		TCase *unit_case = tcase_create(#name);                       \
		tcase_add_exit_test(unit_case, name, status);                 \
		tcase_set_timeout(unit_case, UNIT_SECONDS);                   \
		suite_add_tcase(s, unit_case);                                \
	} while (0)

/* That a span holds the bytes of a string, or n bytes; both shown if not. */
#define unit_span(got, want) unit_bytes(got, want, strlen(want))
#define unit_bytes(got, want, len)                                            \
	do {                                                                  \
		struct span unit_got = (got);                                 \
		struct span unit_want = span_at(want, len);                   \
		ck_assert_msg(span_eq(unit_got, unit_want),                   \
		    "%s is \"%.*s\" (%zu bytes), not \"%.*s\" (%zu)", #got,   \
		    (int)unit_got.n, unit_got.n == 0 ? "" : unit_got.p,       \
		    unit_got.n, (int)unit_want.n,                             \
		    unit_want.n == 0 ? "" : unit_want.p, unit_want.n);        \
	} while (0)

/*
 * Under the sanitizer memory that is not there is NULL, as without it.  The
 * name is the sanitizer's.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* Runs the suite in this process, or each test in one of its own. */
static inline int
unit_run(Suite *s, enum fork_status mode)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_set_fork_status(sr, mode);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}

static inline int
unit_main(Suite *s)
{
	return unit_run(s, CK_NOFORK);
}

static inline int
unit_main_fork(Suite *s)
{
	return unit_run(s, CK_FORK);
}

#endif
