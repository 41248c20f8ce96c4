#include "mail/bounce.h"
#include "unit/unit.h"

static void
make(struct buf *out, const char *message)
{
	const struct bounce_rcpt rcpt[] = {
	    {.address = "b@example.org", .enhanced = "5.1.1", .code = 550,
		.text = "no such\nuser \xc3\xa9"},
	    {.address = "\xc3\xa9@example.org", .enhanced = "4.2.1",
		.code = 450, .text = "later"},
	    {.address = "c@example.org", .enhanced = "", .text = ""}};
	const struct bounce b = {.host = "host.example.org",
	    .sender = "a@example.org", .message_id = "r@example.org",
	    .returned = "i@example.org", .date = {1000000, 0, true},
	    .arrived = {900000, 0, true}, .token = "boundary", .rcpt = rcpt,
	    .n = 3, .message = span_of(message)};

	bounce_build(&b, out);
}

static bool
has(const struct buf *b, const char *text)
{
	return strstr(b->p, text) != NULL;
}

START_TEST(tells_programs)
{
	struct buf out = {0};

	make(&out, "Subject: x\r\n\r\ntext\r\n");
	buf_cstr(&out);
	ck_assert(has(&out, "\n\nFinal-Recipient: rfc822; b@example.org\n"
	    "Action: failed\nStatus: 5.1.1\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such user ??\n"));
	ck_assert(has(&out, "\n\nFinal-Recipient: utf-8; \\x{E9}@example.org\n"
	    "Action: failed\nStatus: 4.4.7\n"
	    "Diagnostic-Code: smtp; 450 4.2.1 later\n"));
	ck_assert(has(&out, "\n\nFinal-Recipient: rfc822; c@example.org\n"
	    "Action: failed\nStatus: 4.4.7\n\n--boundary\n"));
	buf_free(&out);
}
END_TEST

START_TEST(gives_the_message_back)
{
	struct buf out = {0};

	make(&out, "Subject: x\r\n\r\ntext");
	buf_cstr(&out);
	ck_assert(has(&out, "\nContent-Transfer-Encoding: 7bit\n\n"
	    "Subject: x\n\ntext\n\n--boundary--\n"));
	ck_assert(has(&out, "\nIn-Reply-To: <i@example.org>\n"));
	ck_assert(has(&out, "\nTo: <a@example.org>\n"));
	ck_assert(has(&out, "\n        no such user \xc3\xa9\n"));
	ck_assert(!has(&out, "\r"));
	buf_free(&out);
	make(&out, "Subject: \xc3\xa9\n\n");
	buf_cstr(&out);
	ck_assert(has(&out, "\nContent-Transfer-Encoding: 8bit\n\n"
	    "Subject: \xc3\xa9\n"));
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bounce");

	unit_test(s, tells_programs);
	unit_test(s, gives_the_message_back);
	return unit_main(s);
}
