#include "imap_play.h"

START_TEST(search)
{
	PLAY(HELLO, ASK(.verb = IMAP_UID_SEARCH, .words = SPAN("ALL")),
	    SENT("A1 UID SEARCH ALL\r\n"),
	    SAYS("* SEARCH 2 84 4294967295 (MODSEQ 917)\r\n* SEARCH\r\n"),
	    LOG("uids 2:2\nuids 84:84\nuids 4294967295:4294967295\n"),
	    SAYS("* ESEARCH (TAG \"A1\") UID ALL 9:7,20 COUNT 4\r\n"),
	    LOG("uids 7:9\nuids 20:20\ncounted 0 0 4 0\n"),
	    SAYS("* ESEARCH (TAG \"A1\") UID\r\nA1 OK done\r\n"),
	    LOG("done 1 OK done\n"));
	PLAY(SAYS("* OK [CAPABILITY ESEARCH] hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_UID_SEARCH,
		.words = SPAN("RETURN (MIN MAX COUNT) SUBJECT ? FROM ?"),
		.strings = (const struct span[]){SPAN("a \"b\""), SPAN("c")},
		.n_strings = 2),
	    SENT("A1 UID SEARCH RETURN (MIN MAX COUNT) SUBJECT \"a \\\"b\\\"\" "
		"FROM \"c\"\r\n"),
	    SAYS("* ESEARCH (TAG \"A1\") UID MIN 3 MAX 9 COUNT 4 MODSEQ 77\r\n"
		"* ESEARCH UID COUNT 0\r\n* ESEARCH UID ALL 4 COUNT 1\r\n"),
	    LOG("counted 3 9 4 77\ncounted 0 0 0 0\nuids 4:4\n"
		"counted 0 0 1 0\n"));
	PLAY(HELLO, SAYS("* ESEARCH UID MIN x\r\n"),
	    LOG("error 76 the server sent an ESEARCH with what is no "
		"number\n"));
	PLAY(HELLO, SAYS("* SEARCH 0\r\n"),
	    LOG("error 76 the server sent a SEARCH with what is no UID\n"));
	PLAY(HELLO, SAYS("* SEARCH 4294967296\r\n"),
	    LOG("error 76 the server sent a SEARCH with what is no UID\n"));
	PLAY(HELLO, SAYS("* SEARCH 1:9\r\n"),
	    LOG("error 76 the server sent a SEARCH with what is no UID\n"));
}
END_TEST

/* Keys that are not ASCII are literals, in their places. */
START_TEST(search_strings)
{
	PLAY(SAYS("* OK [CAPABILITY LITERAL-] hi\r\n"),
	    LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_UID_SEARCH,
		.words = SPAN("CHARSET UTF-8 TEXT ? NOT SEEN"),
		.strings = (const struct span[]){SPAN("\xc3\xbc")},
		.n_strings = 1),
	    SENT("A1 UID SEARCH CHARSET UTF-8 TEXT {2+}\r\n\xc3\xbc NOT SEEN"
		"\r\n"));
	PLAY(HELLO,
	    ASK(.verb = IMAP_UID_SEARCH, .words = SPAN("TEXT ? TEXT ?"),
		.strings = (const struct span[]){SPAN("\xc3\xbc"),
		    SPAN("a?b")}, .n_strings = 2),
	    SENT("A1 UID SEARCH TEXT {2}\r\n"), SAYS("+\r\n"),
	    SENT("\xc3\xbc TEXT \"a?b\"\r\n"));
	/* without strings it is a byte as any other */
	PLAY(HELLO, ASK(.verb = IMAP_UID_SEARCH, .words = SPAN("TEXT \"?\"")),
	    SENT("A1 UID SEARCH TEXT \"?\"\r\n"));
}
END_TEST

START_TEST(sort)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_UID_SORT,
		.words = SPAN("(REVERSE DATE) UTF-8 ALL")),
	    SENT("A1 UID SORT (REVERSE DATE) UTF-8 ALL\r\n"),
	    SAYS("* SORT 9 3 7\r\nA1 OK\r\n"),
	    LOG("uids 9:9\nuids 3:3\nuids 7:7\ndone 1 OK \n"));
}
END_TEST

START_TEST(vanished)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};

	PLAY(HELLO,
	    SAYS("* VANISHED (EARLIER) 41,43:116\r\n* VANISHED 405\r\n"),
	    LOG("vanished 41:41 earlier\nvanished 43:116 earlier\n"
		"vanished 405:405\n"));
	PLAY(HELLO, SAYS("* VANISHED (EARLIER (\r\n"),
	    LOG("error 76 the server sent a VANISHED without UIDs\n"));
	PLAY(HELLO, SAYS("* VANISHED (EARLIER) 0\r\n"),
	    LOG("error 76 the server sent a VANISHED with what is no UID\n"));
	says(&r, SPAN("* OK\r\n* 9 EXISTS\r\n* VANISHED (EARLIER) 1:3\r\n"));
	ck_assert_uint_eq(imap_mailbox(r.m)->exists, 9);
	says(&r, SPAN("* VANISHED 1:3\r\n"));
	ck_assert_uint_eq(imap_mailbox(r.m)->exists, 6);
	says(&r, SPAN("* VANISHED 1:4294967295\r\n"));
	ck_assert_uint_eq(imap_mailbox(r.m)->exists, 0);
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_found");

	unit_test(s, search);
	unit_test(s, search_strings);
	unit_test(s, sort);
	unit_test(s, vanished);
	return unit_main(s);
}
