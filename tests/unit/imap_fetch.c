#include "imap_play.h"

#define FETCHING                                                              \
	HELLO, ASK(.verb = IMAP_UID_FETCH, .set = SPAN("1:9"),                \
	    .words = SPAN(IMAP_WHOLE)),                                       \
	SENT("A1 UID FETCH 1:9 " IMAP_WHOLE "\r\n")

START_TEST(fetch)
{
	PLAY(FETCHING,
	    SAYS("* 1 FETCH (UID 7 FLAGS (\\Seen $Forwarded) INTERNALDATE "
		"\" 1-Feb-2026 10:00:00 +0100\" RFC822.SIZE 6 BODY[] {6}\r\n"
		"a)\r\nb\n)\r\n"),
	    LOG("body [] 6\ndata a)\r\nb\n\nend\nmessage 1 uid 7 (\\Seen "
		"$Forwarded)  1-Feb-2026 10:00:00 +0100 of 6 whole\n"),
	    /* another order, names in lower case, a quoted body */
	    SAYS("* 2 fetch (body[] \"q\\\"\" rfc822.size 2 uid 8)\r\n"),
	    LOG("body [] 2\ndata q\"\nend\nmessage 2 uid 8 of 2 whole\n"),
	    SAYS("* 3 FETCH (BODY[] NIL UID 9 FLAGS ())\r\n"),
	    LOG("body [] NIL\nmessage 3 uid 9 () whole\n"),
	    SAYS("* 4 FETCH (BODY[] {0}\r\n UID 10)\r\n"),
	    LOG("body [] 0\nend\nmessage 4 uid 10 whole\n"),
	    SAYS("* 5 FETCH (BODY[] \"\" UID 11)\r\n"),
	    LOG("body [] 0\nend\nmessage 5 uid 11 whole\n"),
	    SAYS("A1 OK done\r\n"), LOG("done 1 OK done\n"));
}
END_TEST

/* Anything may come between, and within, the answers. */
START_TEST(fetch_among_others)
{
	PLAY(FETCHING,
	    SAYS("* 12 EXISTS\r\n* 0 RECENT\r\n* 3 EXPUNGE\r\n"
		"* VANISHED 1:4\r\n* OK still here\r\n* NO slow\r\n"
		"* XUNKNOWN (a {3}\r\n)\r\n \"b\")\r\n"
		"* 4 FETCH (FLAGS (\\Deleted))\r\n"),
	    LOG("exists 12\nexpunge 3\nvanished 1:4\n"
		"message 4 (\\Deleted)\n"));
	PLAY(FETCHING,
	    SAYS("* 5 FETCH (MODSEQ (12) X-GM-LABELS (\"a\" {1}\r\n( b) "
		"BODYSTRUCTURE ((\"text\" NIL) \"mixed\") EMAILID (M1) "
		"UID 3 BODY[HEADER.FIELDS (TO \"X Y\")]<0> {1}\r\nx "
		"BINARY[1] ~{2}\r\nyz ~x y)\r\n"
		"* OK [ALERT] look\r\n"),
	    LOG("body [HEADER.FIELDS (TO \"X Y\")] 1\ndata x\nend\n"
		"message 5 uid 3 mod 12 id M1 whole\nalert look\n"));
}
END_TEST

START_TEST(fetch_ids)
{
	PLAY(FETCHING,
	    SAYS("* 1 FETCH (EMAILID (M6d99ac) UID 3 MODSEQ (9) FLAGS ())\r\n"
		"* 2 FETCH (EMAILID NIL X-GM-MSGID 18446744073709551615)\r\n"
		"* 3 FETCH (UID 4)\r\n"),
	    LOG("message 1 uid 3 () mod 9 id M6d99ac\n"
		"message 2 gm 18446744073709551615\nmessage 3 uid 4\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (MODSEQ (x))\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong MODSEQ\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (MODSEQ ((1)))\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong MODSEQ\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (EMAILID \"a\")\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong EMAILID\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (X-GM-MSGID NIL)\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong "
		"X-GM-MSGID\n"));
}
END_TEST

/* A literal of a wrong size is found out, and nothing after it counts. */
START_TEST(fetch_broken)
{
	PLAY(FETCHING, SAYS("* 1 FETCH (UID 7 BODY[] {2}\r\nabcd\r\n)\r\n"),
	    LOG("body [] 2\ndata ab\nend\n"
		"error 76 the server sent a line that ends within a list\n"));
	PLAY(FETCHING,
	    SAYS("* 1 FETCH (UID 7 BODY[] {9}\r\nab)\r\n* 2 FETCH (UID 8)\r\n"),
	    LOG("body [] 9\ndata ab)\r\n* 2 \nend\n"
		"error 76 the server sent a FETCH without end\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (UID 7 UID 8)\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong UID\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (UID 0)\r\n"),
	    LOG("error 76 the server sent a FETCH with a wrong UID\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (BODY[] word)\r\n"),
	    LOG("error 76 the server sent a body that is no string\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (BODY[] {-1}\r\n"),
	    LOG("error 76 a literal of no size\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (BODY[] {9223372036854775808}\r\n"),
	    LOG("error 76 a literal of no size\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (BODY[] {1} x\r\n"),
	    LOG("error 76 a line end is missing\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (BODY[] \"a\r\nb\")\r\n"),
	    LOG("error 76 a quoted string with a line end\n"));
	PLAY(FETCHING, SAYS("* 1 FETCH (UID 7\r\n"),
	    LOG("error 76 the server sent a FETCH without end\n"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_fetch");

	unit_test(s, fetch_ids);
	unit_test(s, fetch);
	unit_test(s, fetch_among_others);
	unit_test(s, fetch_broken);
	return unit_main(s);
}
