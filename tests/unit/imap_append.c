#include "imap_play.h"

START_TEST(literal_at_once)
{
	PLAY(SAYS("* OK [CAPABILITY LITERAL+] hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_APPEND, .name = SPAN("Sent"),
		.words = SPAN("(\\Seen) \" 1-Feb-2026 10:00:00 +0000\""),
		.size = 5),
	    SENT("A1 APPEND \"Sent\" (\\Seen) \" 1-Feb-2026 10:00:00 +0000\" "
		"{5+}\r\n"),
	    LOG("literal 1\n"), LITERAL("ab"), LITERAL("c\r\n"),
	    SENT("abc\r\n\r\n"),
	    SAYS("A1 OK [APPENDUID 38505 3955] done\r\n"),
	    LOG("done 1 OK [APPENDUID] done\n"));
}
END_TEST

START_TEST(literal_that_waits)
{
	PLAY(SAYS("* OK [CAPABILITY LITERAL-] hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_APPEND, .name = SPAN("a"), .size = 4097),
	    SENT("A1 APPEND \"a\" {4097}\r\n"), SAYS("+ go\r\n"),
	    LOG("literal 1\n"));
	PLAY(HELLO, ASK(.verb = IMAP_APPEND, .name = SPAN("a"), .size = 2),
	    SENT("A1 APPEND \"a\" {2}\r\n"), SAYS("+\r\n"),
	    LOG("literal 1\n"), LITERAL("xy"), SENT("xy\r\n"),
	    SAYS("A1 NO [OVERQUOTA] full\r\n"),
	    LOG("done 1 NO [OVERQUOTA] full\n"),
	    ASK(.verb = IMAP_NOOP), SENT("A2 NOOP\r\n"));
	/* a name that is one too; an empty message */
	PLAY(HELLO, ASK(.verb = IMAP_APPEND, .name = SPAN("\xc3\xbc")),
	    SENT("A1 APPEND {2}\r\n"), SAYS("+\r\n"),
	    SENT("\xc3\xbc {0}\r\n"), SAYS("+\r\n"), LOG("literal 1\n"),
	    LITERAL(""), SENT("\r\n"), SAYS("A1 OK\r\n"),
	    LOG("done 1 OK \n"));
}
END_TEST

START_TEST(refused)
{
	/* before anything was sent of it */
	PLAY(HELLO, ASK(.verb = IMAP_APPEND, .name = SPAN("a"), .size = 2),
	    SENT("A1 APPEND \"a\" {2}\r\n"),
	    SAYS("A1 NO [TRYCREATE] no\r\n"),
	    LOG("done 1 NO [TRYCREATE] no\n"), ASK(.verb = IMAP_NOOP),
	    SENT("A2 NOOP\r\n"));
	/* while the server waits for the rest all the same */
	PLAY(SAYS("* OK [CAPABILITY LITERAL+] hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_APPEND, .name = SPAN("a"), .size = 3),
	    SENT("A1 APPEND \"a\" {3+}\r\n"), LOG("literal 1\n"), LITERAL("x"),
	    SENT("x"), SAYS("A1 NO no\r\n"), LOG("done 1 NO no\n"),
	    LITERAL("yz"), SENT("yz\r\n"), ASK(.verb = IMAP_NOOP),
	    SENT("A2 NOOP\r\n"));
	/* it cannot have taken what it has not got */
	PLAY(SAYS("* OK [CAPABILITY LITERAL+] hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_APPEND, .name = SPAN("a"), .size = 3),
	    SENT("A1 APPEND \"a\" {3+}\r\n"), LOG("literal 1\n"),
	    SAYS("A1 OK\r\n"),
	    LOG("error 76 the server sent an answer before the end of a "
		"literal\n"));
}
END_TEST

START_TEST(out_of_place)
{
	struct imap *m = imap_open(false);
	const struct imap_ask append = {.verb = IMAP_APPEND,
	    .name = SPAN("a"), .size = 2};
	struct imap_event ev;
	struct err e;

	ck_assert_int_eq(imap_push(m, SPAN("* OK [CAPABILITY LITERAL+]\r\n"),
	    &e), 0);
	ck_assert_int_eq(imap_next(m, &ev, &e), 1);
	ck_assert_int_eq(imap_literal(m, SPAN("x"), &e), -1);
	ck_assert_int_eq(imap_ask(m, &append, NULL, &e), 0);
	ck_assert_int_eq(imap_next(m, &ev, &e), 1);
	ck_assert_int_eq(ev.on, IMAP_ON_LITERAL);
	ck_assert_uint_eq(imap_literal_left(m), 2);
	ck_assert_int_eq(imap_ask(m, &append, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SOFTWARE);
	ck_assert_int_eq(imap_literal(m, SPAN("xyz"), &e), -1);
	ck_assert_int_eq(imap_literal(m, SPAN("xy"), &e), 0);
	ck_assert_uint_eq(imap_literal_left(m), 0);
	ck_assert_int_eq(imap_literal(m, SPAN("x"), &e), -1);
	imap_close(m);
}
END_TEST

START_TEST(appended_uid)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	struct imap_event ev;
	struct err e;

	says(&r, SPAN("* OK [CAPABILITY LITERAL+]\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){.verb = IMAP_APPEND,
	    .name = SPAN("a")}, NULL, &e), 0);
	drain(&r);
	ck_assert_int_eq(imap_literal(r.m, SPAN(""), &e), 0);
	drain(&r);
	ck_assert_int_eq(imap_push(r.m, SPAN("A1 OK [APPENDUID 7 9] x\r\n"),
	    &e), 0);
	ck_assert_int_eq(imap_next(r.m, &ev, &e), 1);
	ck_assert_uint_eq(ev.number, 7);
	ck_assert_uint_eq(ev.uid, 9);
	unit_span(ev.argument, "7 9");
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_append");

	unit_test(s, literal_at_once);
	unit_test(s, literal_that_waits);
	unit_test(s, refused);
	unit_test(s, out_of_place);
	unit_test(s, appended_uid);
	return unit_main(s);
}
