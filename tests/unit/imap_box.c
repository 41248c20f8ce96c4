#include "imap_play.h"

START_TEST(list)
{
	PLAY(HELLO, ASK(.verb = IMAP_LIST, .name = SPAN("*")),
	    SENT("A1 LIST \"\" \"*\"\r\n"),
	    SAYS("* LIST (\\HasNoChildren) \"/\" INBOX\r\n"
		"* LIST (\\Noselect \\Sent) NIL \"a b\"\r\n"
		"* LIST () \"\\\\\" {4}\r\nA\r\nB (\"CHILDINFO\" (\"S\"))\r\n"
		"* LIST () \".\" [Gmail]/All&-b\r\n"),
	    LOG("list INBOX / (\\HasNoChildren)\n"
		"list a b 0 (\\Noselect \\Sent)\nlist A\r\nB \\ ()\n"
		"list [Gmail]/All&-b . ()\n"),
	    SAYS("A1 OK\r\n"), LOG("done 1 OK \n"));
}
END_TEST

START_TEST(list_with_status)
{
	PLAY(HELLO, ASK(.verb = IMAP_LIST, .name = SPAN("*"),
		.words = SPAN("RETURN (STATUS (UIDNEXT))")),
	    SENT("A1 LIST \"\" \"*\" RETURN (STATUS (UIDNEXT))\r\n"),
	    SAYS("* LIST () \"/\" INBOX\r\n"
		"* STATUS INBOX (MESSAGES 17 UIDNEXT 21 UIDVALIDITY 3 "
		"HIGHESTMODSEQ 9223372036854775807 UNSEEN 0 SIZE 44421)\r\n"
		"* STATUS {3}\r\na b (MAILBOXID (F2212) uidnext 5)\r\n"
		"* STATUS \"c\" ()\r\nA1 OK\r\n"),
	    LOG("list INBOX / ()\nstatus INBOX of 17 unseen 0 bytes 44421 "
		"next 21 validity 3 mod 9223372036854775807\n"
		"status a b next 5 validity 0 mod 0\n"
		"status c next 0 validity 0 mod 0\ndone 1 OK \n"));
	PLAY(HELLO, ASK(.verb = IMAP_STATUS, .name = SPAN("a"),
		.words = SPAN("(MESSAGES)")),
	    SENT("A1 STATUS \"a\" (MESSAGES)\r\n"),
	    SAYS("* STATUS a (MESSAGES 4294967296)\r\n"),
	    LOG("error 76 the server sent a STATUS with a wrong number\n"));
	PLAY(HELLO, SAYS("* STATUS a (MESSAGES 1\r\n"),
	    LOG("error 76 the server sent a STATUS without end\n"));
	PLAY(HELLO, SAYS("* STATUS (MESSAGES 1)\r\n"),
	    LOG("error 76 the server sent a mailbox without name\n"));
}
END_TEST

START_TEST(namespaces)
{
	PLAY(HELLO, ASK(.verb = IMAP_NAMESPACE), SENT("A1 NAMESPACE\r\n"),
	    SAYS("* NAMESPACE ((\"\" \"/\")(\"#mh/\" NIL \"X-P\" "
		"(\"a)\" {1}\r\n)))) NIL ((\"#shared.\" \".\"))\r\n"),
	    LOG("space 0  /\nspace 0 #mh/ 0\nspace 2 #shared. .\n"),
	    SAYS("A1 OK\r\n"), LOG("done 1 OK \n"));
	PLAY(HELLO, SAYS("* NAMESPACE ((\"\" \"//\"))\r\n"),
	    LOG("error 76 the server sent a NAMESPACE with a long "
		"delimiter\n"));
	PLAY(HELLO, SAYS("* NAMESPACE ((\"\" \"/\"\r\n"),
	    LOG("error 76 the server sent a NAMESPACE without end\n"));
	PLAY(HELLO, SAYS("* NAMESPACE x\r\n"),
	    LOG("error 76 the server sent a NAMESPACE that is no list\n"));
}
END_TEST

START_TEST(mailbox)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	const struct imap_mailbox *box = imap_mailbox(r.m);
	struct err e;

	says(&r, SPAN("* OK\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_EXAMINE, .name = SPAN("INBOX")}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("* FLAGS (\\Seen)\r\n* 172 EXISTS\r\n* 1 RECENT\r\n"
	    "* OK [UNSEEN 12] first\r\n* OK [UIDVALIDITY 3857529045] ok\r\n"
	    "* OK [UIDNEXT 4392] next\r\n"
	    "* OK [HIGHESTMODSEQ 715194045007] of all\r\n"
	    "* OK [PERMANENTFLAGS ()] no\r\n"
	    "* LIST () \"/\" INBOX\r\nA1 OK [READ-ONLY] done\r\n"));
	ck_assert_uint_eq(box->exists, 172);
	ck_assert_uint_eq(box->uidvalidity, 3857529045);
	ck_assert_uint_eq(box->uidnext, 4392);
	ck_assert(box->is_read_only);
	ck_assert_uint_eq(box->highestmodseq, 715194045007);
	says(&r, SPAN("* 3 EXPUNGE\r\n"));
	ck_assert_uint_eq(box->exists, 171);
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_SELECT, .name = SPAN("a")}, NULL, &e), 0);
	ck_assert_uint_eq(box->uidvalidity, 0);
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

static const struct imap_ask
    one_box = {.verb = IMAP_EXAMINE, .name = {"a", 1}},
    other_box = {.verb = IMAP_EXAMINE, .name = {"b", 1}},
    all_flags = {.verb = IMAP_UID_FETCH, .set = {"1:*", 3},
	.words = {"FLAGS", 5}};

/* In one flight. */
static void
ask_for_two(struct run *r)
{
	struct err e;

	ck_assert_int_eq(imap_ask(r->m, &one_box, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(r->m, &all_flags, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(r->m, &other_box, NULL, &e), 0);
}

/* What is said goes with the mailbox that it is of. */
START_TEST(next_mailbox_in_flight)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	const struct imap_mailbox *box = imap_mailbox(r.m);
	struct imap_event ev;
	struct err e;

	says(&r, SPAN("* OK\r\n"));
	ask_for_two(&r);
	ck_assert_int_eq(imap_ask(r.m, &all_flags, NULL, &e), 0);
	drain(&r);
	ck_assert_uint_eq(box->tag, 1);
	says(&r, SPAN("* 3 EXISTS\r\n* OK [UIDVALIDITY 8] \r\nA1 OK\r\n"));
	imap_push(r.m, SPAN("* 1 FETCH (UID 1)\r\nA2 OK\r\n"), &e);
	ck_assert_int_eq(imap_next(r.m, &ev, &e), 1);
	ck_assert_uint_eq(ev.mailbox, 1);
	ck_assert_uint_eq(box->uidvalidity, 8);
	ck_assert_int_eq(imap_next(r.m, &ev, &e), 1);
	ck_assert_int_eq(ev.on, IMAP_ON_DONE);
	ck_assert_uint_eq(ev.mailbox, 1);
	/* all of the first is answered: what comes now is of the second */
	ck_assert_uint_eq(box->tag, 3);
	ck_assert_uint_eq(box->exists, 0);
	imap_push(r.m, SPAN("* 5 EXISTS\r\nA3 OK\r\n"), &e);
	ck_assert_int_eq(imap_next(r.m, &ev, &e), 1);
	ck_assert_uint_eq(ev.mailbox, 3);
	ck_assert_uint_eq(box->exists, 5);
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

/* CLOSED is of the first that is being opened, not of one behind it. */
START_TEST(closed_by_the_first_of_two)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	const struct imap_mailbox *box = imap_mailbox(r.m);
	struct err e;

	says(&r, SPAN("* OK\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &one_box, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("A1 OK\r\n"));
	ask_for_two(&r);
	drain(&r);
	says(&r, SPAN("* OK [CLOSED] before\r\n* 3 EXISTS\r\nA2 OK\r\n"));
	ck_assert_uint_eq(box->tag, 2);
	ck_assert_uint_eq(box->exists, 3);
	/* the fetch is still on its way as the next begins */
	says(&r, SPAN("* OK [CLOSED] before\r\n* 5 EXISTS\r\nA4 OK\r\n"));
	ck_assert_uint_eq(box->tag, 4);
	ck_assert_uint_eq(box->exists, 5);
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

/* CLOSED says it, whatever was not answered. */
START_TEST(closed)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	const struct imap_mailbox *box = imap_mailbox(r.m);
	struct err e;

	says(&r, SPAN("* OK\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_NOOP}, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_SELECT, .name = SPAN("b")}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("* 9 EXISTS\r\n"));
	ck_assert_uint_eq(box->tag, 0);
	says(&r, SPAN("* OK [CLOSED] before\r\n* 4 EXISTS\r\nA1 OK\r\n"));
	ck_assert_uint_eq(box->tag, 2);
	ck_assert_uint_eq(box->exists, 4);
	/* it begins once */
	says(&r, SPAN("* OK [CLOSED] again\r\nA2 OK\r\n"));
	ck_assert_uint_eq(box->exists, 4);
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_box");

	unit_test(s, list);
	unit_test(s, list_with_status);
	unit_test(s, namespaces);
	unit_test(s, mailbox);
	unit_test(s, next_mailbox_in_flight);
	unit_test(s, closed_by_the_first_of_two);
	unit_test(s, closed);
	return unit_main(s);
}
