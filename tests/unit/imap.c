#include "imap_play.h"

START_TEST(greetings)
{
	PLAY(HELLO);
	PLAY(SAYS("* PREAUTH you are known\r\n"),
	    LOG("greeting PREAUTH you are known\n"));
	PLAY(SAYS("* OK\r\n"), LOG("greeting OK \n"));
	PLAY(SAYS("* OK a bare line feed\n"),
	    LOG("greeting OK a bare line feed\n"));
	PLAY(SAYS("* BYE too many\r\n"),
	    LOG("error 75 the server ends it: too many\n"));
	PLAY(SAYS("* NO\r\n"), LOG("error 76 the server sent no greeting\n"));
	PLAY(SAYS("+OK POP3\r\n"),
	    LOG("error 76 the server sent no greeting\n"));
	PLAY(SAYS("* CAPABILITY IMAP4rev1\r\n"),
	    LOG("error 76 the server sent no greeting\n"));
	PLAY(SAYS("HTTP/1.1 400 Bad Request\r\n"),
	    LOG("error 76 the server sent no greeting\n"));
}
END_TEST

START_TEST(plain_in_one_flight)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("PLAIN"),
		.secret = SPAN("\0ann\0pw"), .has_initial = true),
	    SENT("A1 AUTHENTICATE PLAIN AGFubgBwdw==\r\n"),
	    SAYS("A1 OK [CAPABILITY IMAP4rev1 ESEARCH] in\r\n"),
	    LOG("done 1 OK [CAPABILITY] in\n"),
	    ASK(.verb = IMAP_SELECT, .name = SPAN("INBOX")),
	    ASK(.verb = IMAP_UID_SEARCH, .words = SPAN("ALL")),
	    SENT("A2 SELECT \"INBOX\"\r\nA3 UID SEARCH RETURN (ALL) ALL\r\n"));
}
END_TEST

START_TEST(initial_response_that_waits)
{
	PLAY(SAYS("* OK hi\r\n"), LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("PLAIN"),
		.secret = SPAN("\0ann\0pw"), .has_initial = true),
	    SENT("A1 AUTHENTICATE PLAIN\r\n"), SAYS("+ \r\n"),
	    SENT("AGFubgBwdw==\r\n"),
	    SAYS("A1 NO [AUTHENTICATIONFAILED] no\r\n"),
	    LOG("done 1 NO [AUTHENTICATIONFAILED] no\n"));
	PLAY(HELLO,
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("EXTERNAL"),
		.has_initial = true),
	    SENT("A1 AUTHENTICATE EXTERNAL =\r\n"));
}
END_TEST

START_TEST(challenges)
{
	PLAY(HELLO, ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("LOGIN")),
	    SENT("A1 AUTHENTICATE LOGIN\r\n"), SAYS("+ VXNlcg==\r\n"),
	    LOG("challenge User\n"), ANSWER("ann"), SENT("YW5u\r\n"),
	    SAYS("+\r\n"), LOG("challenge \n"), CANCEL, SENT("*\r\n"),
	    SAYS("A1 BAD given up\r\n"), LOG("done 1 BAD given up\n"));
	PLAY(HELLO, ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("LOGIN")),
	    SENT("A1 AUTHENTICATE LOGIN\r\n"), SAYS("+ not base64!\r\n"),
	    LOG("error 76 the server sent a challenge that is not base64\n"));
	PLAY(HELLO, ASK(.verb = IMAP_NOOP), SENT("A1 NOOP\r\n"),
	    SAYS("+ go on\r\n"),
	    LOG("error 76 the server sent a \"+\" that nothing waits for\n"));
}
END_TEST

START_TEST(starttls)
{
	PLAY(HELLO, ASK(.verb = IMAP_STARTTLS), SENT("A1 STARTTLS\r\n"),
	    SAYS("A1 OK go\r\n"), LOG("done 1 OK go\n"), TLS,
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("PLAIN"),
		.secret = SPAN("x"), .has_initial = true),
	    /* SASL-IR was said in the clear, and is forgotten */
	    SENT("A2 AUTHENTICATE PLAIN\r\n"));
	PLAY(HELLO, ASK(.verb = IMAP_STARTTLS), SENT("A1 STARTTLS\r\n"),
	    SAYS("A1 NO not today\r\n"), LOG("done 1 NO not today\n"));
}
END_TEST

/* What follows STARTTLS's answer in the clear is never taken as TLS's. */
START_TEST(starttls_injection)
{
	PLAY(HELLO, ASK(.verb = IMAP_STARTTLS), SENT("A1 STARTTLS\r\n"),
	    SAYS("A1 OK go\r\n* PREAUTH hello\r\n"), LOG("done 1 OK go\n"),
	    TLS,
	    LOG("error 76 the server sent more than its answer to "
		"STARTTLS\n"));
	PLAY(HELLO, ASK(.verb = IMAP_STARTTLS), SENT("A1 STARTTLS\r\n"),
	    SAYS("A1 OK go\r\nA"), LOG("done 1 OK go\n"), TLS,
	    LOG("error 76 the server sent more than its answer to "
		"STARTTLS\n"));
}
END_TEST

START_TEST(login)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_LOGIN, .name = SPAN("a\"n\\n"),
		.secret = SPAN("p w")),
	    SENT("A1 LOGIN \"a\\\"n\\\\n\" \"p w\"\r\n"),
	    SAYS("A1 OK\r\n"), LOG("done 1 OK \n"));
}
END_TEST

START_TEST(literals_wait)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_LOGIN, .name = SPAN("j\xc3\xb6rg"),
		.secret = SPAN("\xc3\xbc")),
	    SENT("A1 LOGIN {5}\r\n"), SAYS("+ go\r\n"),
	    SENT("j\xc3\xb6rg {2}\r\n"), SAYS("+ go\r\n"),
	    SENT("\xc3\xbc\r\n"), SAYS("A1 OK in\r\n"), LOG("done 1 OK in\n"));
	/* refused before the end: what was held back is never sent */
	PLAY(HELLO,
	    ASK(.verb = IMAP_LOGIN, .name = SPAN("j\xc3\xb6rg"),
		.secret = SPAN("\xc3\xbc")),
	    ASK(.verb = IMAP_NOOP), SENT("A1 LOGIN {5}\r\n"),
	    SAYS("A1 BAD no literals\r\n"), SENT("A2 NOOP\r\n"),
	    LOG("done 1 BAD no literals\n"), SAYS("A2 OK\r\n"),
	    LOG("done 2 OK \n"));
}
END_TEST

START_TEST(literals_at_once)
{
	PLAY(SAYS("* OK [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n"),
	    LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_SELECT, .name = SPAN("\xc3\xbc")),
	    SENT("A1 SELECT {2+}\r\n\xc3\xbc\r\n"));
	PLAY(SAYS("* OK [CAPABILITY IMAP4rev2 LITERAL-] hi\r\n"),
	    LOG("greeting OK hi\n"),
	    ASK(.verb = IMAP_SELECT, .name = SPAN("\xc3\xbc")),
	    SENT("A1 SELECT {2+}\r\n\xc3\xbc\r\n"));
}
END_TEST

/* All that can be known beforehand goes out with the log-in. */
START_TEST(assumed)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("PLAIN"),
		.secret = SPAN("\0ann\0pw"), .has_initial = true),
	    ASSUME("IMAP4rev1 ESEARCH ENABLE QRESYNC"),
	    ASK(.verb = IMAP_ENABLE, .words = SPAN("QRESYNC")),
	    ASK(.verb = IMAP_EXAMINE, .name = SPAN("INBOX")),
	    ASK(.verb = IMAP_UID_SEARCH, .words = SPAN("ALL")),
	    SENT("A1 AUTHENTICATE PLAIN AGFubgBwdw==\r\nA2 ENABLE QRESYNC\r\n"
		"A3 EXAMINE \"INBOX\"\r\nA4 UID SEARCH RETURN (ALL) ALL\r\n"),
	    SAYS("A1 OK in\r\n* ENABLED QRESYNC\r\nA2 OK\r\n"),
	    LOG("done 1 OK in\ndone 2 OK \n"),
	    SAYS("* 1 EXISTS\r\nA3 OK\r\n"), LOG("exists 1\ndone 3 OK \n"));
	/* a log-in that wants more takes the next line for its answer */
	PLAY(HELLO,
	    ASK(.verb = IMAP_AUTHENTICATE, .name = SPAN("XOAUTH2"),
		.secret = SPAN("x"), .has_initial = true),
	    ASK(.verb = IMAP_NOOP), ASK(.verb = IMAP_NOOP),
	    SENT("A1 AUTHENTICATE XOAUTH2 eA==\r\nA2 NOOP\r\nA3 NOOP\r\n"),
	    SAYS("+ e30=\r\n"), LOG("challenge {}\n"), CANCEL, SENT(""),
	    SAYS("A1 NO no\r\nA3 BAD\r\n"),
	    LOG("done 1 NO no\ndone 3 BAD \n"));
}
END_TEST

START_TEST(idle)
{
	PLAY(HELLO, ASK(.verb = IMAP_IDLE), SENT("A1 IDLE\r\n"),
	    SAYS("+ idling\r\n* 4 EXISTS\r\n"),
	    LOG("idling 1\nexists 4\n"),
	    IDLE_END, SENT("DONE\r\n"), IDLE_END, SENT(""),
	    SAYS("A1 OK\r\n"), LOG("done 1 OK \n"),
	    ASK(.verb = IMAP_IDLE), SENT("A2 IDLE\r\n"),
	    /* it ends as soon as it may */
	    IDLE_END, SENT(""), SAYS("+\r\n"), LOG("idling 2\n"),
	    SENT("DONE\r\n"), SAYS("A2 OK\r\n"), LOG("done 2 OK \n"));
	/* the server does not, or ends it by itself */
	PLAY(HELLO, ASK(.verb = IMAP_IDLE), SENT("A1 IDLE\r\n"),
	    SAYS("A1 BAD no\r\n"), LOG("done 1 BAD no\n"), IDLE_END, SENT(""));
}
END_TEST

START_TEST(compress)
{
	PLAY(HELLO, ASK(.verb = IMAP_COMPRESS),
	    SENT("A1 COMPRESS DEFLATE\r\n"), SAYS("A1 OK\r\n"),
	    LOG("done 1 OK \n"), COMPRESS(""), ASK(.verb = IMAP_NOOP),
	    SENT("A2 NOOP\r\n"));
	PLAY(HELLO, ASK(.verb = IMAP_COMPRESS),
	    SENT("A1 COMPRESS DEFLATE\r\n"), SAYS("A1 OK\r\nxyz"),
	    LOG("done 1 OK \n"), COMPRESS("xyz"));
}
END_TEST

START_TEST(other_commands)
{
	PLAY(HELLO,
	    ASK(.verb = IMAP_ID, .words = SPAN("(\"name\" \"satchel\")")),
	    ASK(.verb = IMAP_CREATE, .name = SPAN("a b")),
	    ASK(.verb = IMAP_UID_EXPUNGE, .set = SPAN("1:2")),
	    SENT("A1 ID (\"name\" \"satchel\")\r\nA2 CREATE \"a b\"\r\n"
		"A3 UID EXPUNGE 1:2\r\n"),
	    SAYS("* ID (\"name\" {3}\r\nx)y)\r\nA1 OK\r\n"),
	    LOG("done 1 OK \n"));
	/* after UTF8=ACCEPT names are UTF-8 as they are */
	PLAY(HELLO, ASK(.verb = IMAP_ENABLE, .words = SPAN("UTF8=ACCEPT")),
	    SENT("A1 ENABLE UTF8=ACCEPT\r\n"),
	    SAYS("* ENABLED utf8=accept\r\nA1 OK\r\n"), LOG("done 1 OK \n"),
	    ASK(.verb = IMAP_EXAMINE, .name = SPAN("\xc3\xbc")),
	    SENT("A2 EXAMINE \"\xc3\xbc\"\r\n"));
	/* one that keeps no UIDs that EXAMINE has shown */
	PLAY(SAYS("* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.\r\n"),
	    LOG("greeting OK Courier-IMAP ready.\n"),
	    ASK(.verb = IMAP_EXAMINE, .name = SPAN("a")),
	    SENT("A1 SELECT \"a\"\r\n"));
}
END_TEST

static const struct {
	const char *said; /* capabilities */
	const char *name;
	bool can;
	bool is_utf8;
} implied[] = {
	{"IMAP4rev1", "NAMESPACE", false, false},
	{"IMAP4rev1 namespace", "NAMESPACE", true, false},
	{"IMAP4rev1 IMAP4rev2", "NAMESPACE", true, false},
	{"IMAP4rev2", "namespace", true, true},
	{"imap4REV2", "SASL-IR", true, true},
	{"IMAP4rev2", "IMAP4rev1", false, true},
	{"IMAP4rev2", "LITERAL+", false, true},
	{"IMAP4rev2", "CONDSTORE", false, true},
	{"IMAP4rev22", "IDLE", false, false},
	{"UTF8=ACCEPT", "IDLE", false, false},
};

/* RFC 9051, appendix E: what IMAP4rev2 has in it need not be said. */
START_TEST(rev2_implies)
{
	struct imap *m = imap_open(false);

	imap_assume(m, span_of(implied[_i].said));
	ck_assert_int_eq(imap_can(m, implied[_i].name), implied[_i].can);
	ck_assert_int_eq(imap_is_utf8(m), implied[_i].is_utf8);
	imap_close(m);
}
END_TEST

START_TEST(ends)
{
	PLAY(HELLO, SAYS("* BYE going down\r\n"),
	    LOG("error 75 the server ends it: going down\n"));
	PLAY(HELLO, ASK(.verb = IMAP_LOGOUT), SENT("A1 LOGOUT\r\n"),
	    SAYS("* BYE\r\nA1 OK bye\r\n"), LOG("done 1 OK bye\n"));
	PLAY(HELLO, SAYS("A1 OK what\r\n"),
	    LOG("error 76 the server sent an answer to what was not asked\n"));
	PLAY(HELLO, ASK(.verb = IMAP_NOOP), SENT("A1 NOOP\r\n"),
	    SAYS("A1 OK\r\nA1 OK\r\n"),
	    LOG("done 1 OK \nerror 76 the server sent an answer to what was "
		"not asked\n"));
	PLAY(HELLO, ASK(.verb = IMAP_NOOP), SENT("A1 NOOP\r\n"),
	    SAYS("A1 FINE\r\n"),
	    LOG("error 76 the server sent an answer without OK, NO or BAD\n"));
	PLAY(HELLO, SAYS("\r\n"),
	    LOG("error 76 the server sent a line that is no answer\n"));
	PLAY(HELLO, SAYS("* 3\r\n"),
	    LOG("error 76 the server sent a number without a word\n"));
	PLAY(HELLO, SAYS("* OK fine\r* NO\r\n* a\rb\r\n"),
	    LOG("error 76 a line end is missing\n"));
}
END_TEST

/* An answer to what is queued but not sent was made up beforehand. */
START_TEST(answers_that_come_too_early)
{
	struct imap *m = imap_open(false);
	struct imap_event ev;
	struct err e;

	ck_assert_int_eq(imap_push(m, SPAN("* OK\r\nA1 OK\r\n"), &e), 0);
	ck_assert_int_eq(imap_next(m, &ev, &e), 1);
	ck_assert_int_eq(imap_ask(m,
	    &(struct imap_ask){.verb = IMAP_NOOP}, NULL, &e), 0);
	imap_sent(m, 3);
	ck_assert_int_eq(imap_next(m, &ev, &e), -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	ck_assert_int_eq(imap_next(m, &ev, &e), -1);
	ck_assert_int_eq(imap_push(m, SPAN("x"), &e), -1);
	imap_close(m);
}
END_TEST

START_TEST(capabilities)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};
	struct buf names = {0};
	struct err e;

	says(&r, SPAN("* OK\r\n"));
	ck_assert(!imap_knows(r.m));
	says(&r, SPAN("* CAPABILITY IMAP4rev1 auth=PLAIN AUTH=SCRAM-SHA-1\r\n"
	    "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=X LOGINDISABLED\r\n"));
	ck_assert(imap_knows(r.m));
	ck_assert(imap_can(r.m, "imap4REV1"));
	ck_assert(!imap_can(r.m, "IMAP4"));
	imap_mechanisms(r.m, &names);
	unit_span(buf_view(&names), "PLAIN X");
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_LOGIN, .name = SPAN("a"), .secret = SPAN("b")},
	    NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_AUTH);
	/* what was said before log-in does not hold after it */
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_AUTHENTICATE, .name = SPAN("X")}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("A1 OK in\r\n"));
	ck_assert(!imap_knows(r.m));
	imap_close(r.m);
	buf_free(&names);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

/* Whatever an argument holds, it stays one argument of one line. */
START_TEST(arguments_cannot_break_out)
{
	static const struct span broken[] = {{"a\nb", 3}}, one[] = {{"a", 1}};
	static const struct imap_ask bad[] = {
	    {.verb = IMAP_SELECT, .name = {"a\r\nA2 NOOP", 10}},
	    {.verb = IMAP_SELECT, .name = {"a\nb", 3}},
	    {.verb = IMAP_SELECT, .name = {"a\0b", 3}},
	    {.verb = IMAP_LOGIN, .name = {"a", 1}, .secret = {"a\rb", 3}},
	    {.verb = IMAP_UID_SEARCH, .words = {"ALL\r\nA2 NOOP", 12}},
	    {.verb = IMAP_UID_SEARCH, .words = {"SUBJECT \xc3\xbc", 10}},
	    {.verb = IMAP_UID_SEARCH},
	    {.verb = IMAP_UID_FETCH, .set = {"1 2", 3}, .words = {"UID", 3}},
	    {.verb = IMAP_UID_FETCH, .set = {"", 0}, .words = {"UID", 3}},
	    {.verb = IMAP_AUTHENTICATE, .name = {"A B", 3}},
	    {.verb = IMAP_AUTHENTICATE, .name = {"", 0}},
	    {.verb = IMAP_APPEND, .name = {"a\r\n", 3}},
	    {.verb = IMAP_UID_SEARCH, .words = {"TEXT ?", 6},
		.strings = broken, .n_strings = 1},
	    {.verb = IMAP_UID_SEARCH, .words = {"TEXT ? ?", 8},
		.strings = one, .n_strings = 1},
	};
	struct imap *m = imap_open(true);
	struct span line;
	struct err e;
	char dir;

	ck_assert_int_eq(imap_ask(m, &bad[_i], NULL, &e), -1);
	ck_assert_uint_eq(imap_pending(m).n, 0);
	ck_assert_uint_eq(imap_waiting(m), 0);
	ck_assert(!imap_trace(m, &dir, &line));
	imap_close(m);
}
END_TEST

START_TEST(commands_out_of_place)
{
	struct imap *m = imap_open(false);
	const struct imap_ask tls = {.verb = IMAP_STARTTLS},
	    noop = {.verb = IMAP_NOOP};
	struct err e;

	ck_assert_int_eq(imap_ask(m, &noop, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(m, &tls, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SOFTWARE);
	for (int i = 1; i < IMAP_ASKED_MAX; i++)
		ck_assert_int_eq(imap_ask(m, &noop, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(m, &noop, NULL, &e), -1);
	imap_close(m);
	m = imap_open(false);
	ck_assert_int_eq(imap_ask(m, &tls, NULL, &e), 0);
	ck_assert_int_eq(imap_ask(m, &noop, NULL, &e), -1);
	ck_assert_int_eq(imap_starttls(m, &e), -1);
	imap_close(m);
}
END_TEST

START_TEST(trace_masks)
{
	struct run r = {.m = imap_open(true), .chunk = 1};
	struct buf shown = {0};
	struct span line;
	struct err e;
	char dir;

	says(&r, SPAN("* OK [CAPABILITY SASL-IR] hi\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_LOGIN, .name = SPAN("ann"),
	    .secret = SPAN("s3cret")}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("A1 NO no\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_LOGIN, .name = SPAN("\xc3\xbc"),
	    .secret = SPAN("s3cret\xc3\xbc")}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("A2 NO no\r\n"));
	ck_assert_int_eq(imap_ask(r.m, &(struct imap_ask){
	    .verb = IMAP_AUTHENTICATE, .name = SPAN("PLAIN"),
	    .secret = SPAN("s3cret"), .has_initial = true}, NULL, &e), 0);
	drain(&r);
	says(&r, SPAN("+ \r\n"));
	imap_answer(r.m, SPAN("s3cret"));
	drain(&r);
	says(&r, SPAN("* 1 FETCH (BODY[] {6}\r\nhidden)\r\n"));
	while (imap_trace(r.m, &dir, &line)) {
		buf_fmt(&shown, "%c ", dir);
		buf_span(&shown, line);
		buf_char(&shown, '\n');
	}
	unit_span(buf_view(&shown),
	    "< * OK [CAPABILITY SASL-IR] hi\n> A1 LOGIN \"ann\" ***\n"
	    "< A1 NO no\n> A2 LOGIN \xc3\xbc ***\n< A2 NO no\n"
	    "> A3 AUTHENTICATE PLAIN ***\n< + \n> ***\n"
	    "< * 1 FETCH (BODY[] {6}\n< )\n");
	imap_close(r.m);
	buf_free(&shown);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		struct imap_event ev;
		enum err_kind kind;
		const char *text;
	} rows[] = {
	    {{.verb = IMAP_LOGIN, .status = IMAP_NO, .text = {"no", 2}},
		ERR_AUTH, "the server says: no"},
	    {{.verb = IMAP_AUTHENTICATE, .status = IMAP_NO,
		 .code = {"unavailable", 11}},
		ERR_TEMP, "the server says: unavailable"},
	    {{.verb = IMAP_AUTHENTICATE, .status = IMAP_BAD}, ERR_AUTH,
		"the server says: BAD"},
	    {{.verb = IMAP_SELECT, .status = IMAP_NO}, ERR_NOINPUT,
		"the server says: NO"},
	    {{.verb = IMAP_UID_FETCH, .status = IMAP_NO}, ERR_REFUSED,
		"the server says: NO"},
	    {{.verb = IMAP_UID_FETCH, .status = IMAP_BAD}, ERR_PROTO,
		"the server says: BAD"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e;

		ck_assert_int_eq(imap_refused(&rows[i].ev, &e), -1);
		ck_assert_int_eq(e.kind, rows[i].kind);
		ck_assert_str_eq(e.text, rows[i].text);
	}
}
END_TEST

/* What never ends is refused at its limit, wherever it stands. */
START_TEST(limits)
{
	static const struct {
		const char *start, *more;
	} rows[] = {
	    {"* OK ", "x"}, {"* OK\r\n* ", "x"}, {"* OK\r\nA", "9"},
	    {"* OK\r\n* 1 FETCH (BODY[", "x"},
	    {"* OK\r\n* 1 FETCH (BODY[] \"", "x"},
	    {"* OK\r\n* 1 FETCH (BODY[] {", "0"},
	    {"* OK\r\n* 1 FETCH (FLAGS (", "\\a "},
	    {"* OK\r\n* 1 FETCH (X ", "("},
	    {"* OK\r\n* LIST () {99999999}\r\n", "x"},
	};
	struct imap *m = imap_open(true);
	struct imap_event ev;
	struct err e = {0};
	int status = 0;

	ck_assert_int_eq(imap_push(m, span_of(rows[_i].start), &e), 0);
	for (size_t i = 0; i < 100000 && status != -1; i++) {
		ck_assert_int_eq(imap_push(m, span_of(rows[_i].more), &e), 0);
		status = imap_next(m, &ev, &e);
		status = status == 1 ? imap_next(m, &ev, &e) : status;
	}
	ck_assert_int_eq(status, -1);
	ck_assert_int_eq(e.kind, ERR_PROTO);
	imap_close(m);
}
END_TEST

/* In an item that is passed over. */
START_TEST(lists_too_deep)
{
	struct run r = {.m = imap_open(false), .chunk = SIZE_MAX};

	says(&r, SPAN("* OK\r\n* 1 FETCH (X "));
	for (int i = 0; i <= IMAP_DEPTH_MAX; i++)
		says(&r, SPAN("("));
	ck_assert(span_ends(buf_view(&r.log.text),
	    SPAN("error 76 the server sent lists too deep in each other\n")));
	imap_close(r.m);
	buf_free(&r.log.text);
	buf_free(&r.sent);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap");

	unit_test(s, greetings);
	unit_test(s, plain_in_one_flight);
	unit_test(s, initial_response_that_waits);
	unit_test(s, challenges);
	unit_test(s, starttls);
	unit_test(s, starttls_injection);
	unit_test(s, login);
	unit_test(s, literals_wait);
	unit_test(s, literals_at_once);
	unit_test(s, idle);
	unit_test(s, compress);
	unit_test(s, other_commands);
	unit_each(s, rev2_implies, COUNT(implied));
	unit_test(s, ends);
	unit_test(s, answers_that_come_too_early);
	unit_test(s, assumed);
	unit_test(s, capabilities);
	unit_each(s, arguments_cannot_break_out, 14);
	unit_test(s, commands_out_of_place);
	unit_test(s, trace_masks);
	unit_test(s, refusals);
	unit_each(s, limits, 9);
	unit_test(s, lists_too_deep);
	return unit_main(s);
}
