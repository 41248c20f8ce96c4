#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mail/mboxrd.h"
#include "unit/unit.h"

#define FROM "From ann@example.org Sat Nov 21 09:05:00 2026\n"
#define CRLF_FROM "From ann@example.org Sat Nov 21 09:05:00 2026\r\n"
#define BIG 200000

START_TEST(from_lines)
{
	static const char *const good[] = {FROM, CRLF_FROM,
	    "From - Sat Nov 21 09:05:00 2026",
	    "From ann Sat Nov  1 09:05 2026\nSubject: x\n",
	    "From ann  Sat Nov 21 09:05:00 +0100 2026",
	    "From ann at example.org  Sat Nov 21 09:05:00 2026",
	    "From \"Sat on it\"@example.org Sat Nov 21 09:05:00 2026",
	    "From 7@xxx Sat Nov 21 09:05:00 +0000 2026",
	    "From ann Sat Nov 21 09:05:00 2026 remote from there",
	    "From ann Sat Nov 21 09:05:00 CET 2026",
	    "From ann Sat, 21 Nov 2026 09:05:00 +0100",
	    "From Sat Nov 21 09:05:00 2026"};
	static const char *const bad[] = {"", "From ", "From: ann",
	    "from ann Sat Nov 21 09:05:00 2026",
	    ">From ann Sat Nov 21 09:05:00 2026", "From x", "From now on\n",
	    "From Sat to Sun it rained", "From ann Sat Nov 21",
	    "From ann\nSat Nov 21 09:05:00 2026",
	    "From annSat Nov 21 09:05:00 2026",
	    "From ann Sat Nov 31 09:05:00 2026"};

	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(mboxrd_is_from(span_of(good[i]), NULL), "%s",
		    good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!mboxrd_is_from(span_of(bad[i]), NULL), "%s",
		    bad[i]);
}
END_TEST

START_TEST(from_line_says_when)
{
	struct buf line = {0};
	struct date d;

	ck_assert(mboxrd_is_from(SPAN(FROM), &d));
	ck_assert_int_eq(d.sec, 1795251900);
	/* a line longer than that is none */
	buf_str(&line, "From ");
	while (line.n < MBOXRD_FROM_MAX - 25)
		buf_char(&line, 'x');
	buf_str(&line, " Sat Nov 21 09:05:00 2026");
	ck_assert(mboxrd_is_from(buf_view(&line), &d));
	buf_char(&line, '\n');
	ck_assert(!mboxrd_is_from(buf_view(&line), &d));
	buf_free(&line);
}
END_TEST

/* The messages of an mbox, "|" after each, "#" after one that is counted. */
static const struct row {
	const char *mbox, *messages;
} rows[] = {
    {"", ""},
    {"Subject: x\n\n" FROM, ""},
    {"\n" FROM "\n", ""},
    {FROM, "|"},
    {FROM "\n", "\n|"},
    {FROM "a: b", "a: b|"},
    {FROM "a: b\n\nx\n", "a: b\n\nx\n|"},
    {FROM "a: b\n\nx\n\n", "a: b\n\nx\n|"},
    {FROM "a: b\n\nx\n\n\n", "a: b\n\nx\n\n|"},
    {FROM "a: b\n\nx\n\n" FROM "c: d\n\ny\n", "a: b\n\nx\n|c: d\n\ny\n|"},
    /* lines ended by CR LF, and mixed */
    {CRLF_FROM "a: b\r\n\r\nx\r\n\r\n" CRLF_FROM "c: d\r\n\r\ny\r\n\r\n",
	"a: b\r\n\r\nx\r\n|c: d\r\n\r\ny\r\n|"},
    {FROM "a: b\n\nx\n\r\n" FROM "\n", "a: b\n\nx\n|\n|"},
    /* no empty line before it, or no date in it */
    {FROM "a: b\n\nx\n" FROM "y\n", "a: b\n\nx\n" FROM "y\n|"},
    {FROM "a: b\n\nx\n\nFrom now on\n", "a: b\n\nx\n\nFrom now on\n|"},
    /* the empty line that ends a header */
    {FROM "a: b\n\n" FROM "c: d\n\n", "a: b\n\n|c: d\n\n|"},
    {FROM "\n" FROM "\n\n" FROM, "\n|\n||"},
    {FROM "a: b\n" FROM "c: d\n\ny\n", "a: b\n" FROM "c: d\n\ny\n|"},
    /* quotes stand as they are */
    {FROM "a: b\n\n>" FROM "\n", "a: b\n\n>" FROM "|"},
    /* a length that leads to a From_ line or to the end */
    {FROM "Content-Length: 2\n\nx\n" FROM "a: b\n\n",
	"Content-Length: 2\n\nx\n#|a: b\n\n|"},
    {FROM "Content-Length: 2\n\nx\n\n" FROM "a: b\n\n",
	"Content-Length: 2\n\nx\n#|a: b\n\n|"},
    {FROM "Content-Length: 1\n\nx\n" FROM "a: b\n\n",
	"Content-Length: 1\n\nx#|a: b\n\n|"},
    {FROM "content-length:  48 \n\n\n" FROM "x\n" FROM "a: b\n\n",
	"content-length:  48 \n\n\n" FROM "x#|a: b\n\n|"},
    {FROM "Content-Length: 48\n\n\n" FROM "x", "Content-Length: 48\n\n\n"
	FROM "x#|"},
    {FROM "Content-Length: 2\r\n\r\nx\n", "Content-Length: 2\r\n\r\nx\n#|"},
    {FROM "Content-Length: 2\n\nx\n\n", "Content-Length: 2\n\nx\n#|"},
    {FROM "Content-Length: 0\n\n" FROM, "Content-Length: 0\n\n#||"},
    /* and those that do not */
    {FROM "Content-Length: 3\n\nx\n\nz\n\n" FROM "a: b\n\n",
	"Content-Length: 3\n\nx\n\nz\n|a: b\n\n|"},
    {FROM "Content-Length: 999\n\nx\n\n" FROM "a: b\n\n",
	"Content-Length: 999\n\nx\n|a: b\n\n|"},
    {FROM "Content-Length: 99999999999999999999\n\nx\n\n" FROM "a: b\n",
	"Content-Length: 99999999999999999999\n\nx\n|a: b\n|"},
    {FROM "Content-Length: -1\n\nx\n\n" FROM, "Content-Length: -1\n\nx\n||"},
    {FROM "Content-Length: 1\n\nxyz\n\n" FROM, "Content-Length: 1\n\nxyz\n||"},
    {FROM "Content-Length: 1\n\nx" FROM "a: b\n",
	"Content-Length: 1\n\nx" FROM "a: b\n|"},
    /* in a body it counts nothing */
    {FROM "a: b\n\nContent-Length: 50\n\n" FROM "c: d\n\n",
	"a: b\n\nContent-Length: 50\n|c: d\n\n|"},
};

START_TEST(messages)
{
	struct span mbox = span_of(rows[_i].mbox);
	struct mboxrd_message m, again;
	struct buf out = {0};
	struct mboxrd it, second;
	bool is_counted = false;
	size_t was = 0;

	mboxrd_each(mbox, 0, &it);
	while (mboxrd_next(&it, &m) == 1) {
		/* from anywhere in the one before it is found, too */
		for (; !is_counted && was <= m.offset; was++) {
			ck_assert_uint_eq(mboxrd_find(mbox, was, mbox.n),
			    m.offset);
			ck_assert_uint_eq(mboxrd_find(mbox, was, m.offset),
			    SPAN_NONE);
		}
		is_counted = is_counted || m.is_counted;
		buf_span(&out, m.bytes);
		buf_str(&out, m.is_counted ? "#|" : "|");
		ck_assert_ptr_eq(m.from.p, mbox.p + m.offset);
		ck_assert(mboxrd_is_from(m.from, NULL));
		/* the offset alone finds the same */
		mboxrd_each(mbox, m.offset, &second);
		ck_assert_int_eq(mboxrd_next(&second, &again), 1);
		ck_assert(span_eq(again.bytes, m.bytes));
		ck_assert_uint_eq(second.at, it.at);
	}
	ck_assert_int_eq(mboxrd_next(&it, &m), 0);
	for (; out.n > 0 && !is_counted && was <= mbox.n; was++)
		ck_assert_uint_eq(mboxrd_find(mbox, was, mbox.n), SPAN_NONE);
	unit_span(buf_view(&out), rows[_i].messages);
	buf_free(&out);
}
END_TEST

static const struct written {
	const char *plain, *mbox;
} written[] = {
    {"", "\n"},
    {"a: b\n\nc\n", "a: b\n\nc\n\n"},
    {"From ", ">From \n\n"},
    {"From", "From\n\n"},
    {"a\n>", "a\n>\n\n"},
    {"a\nFrom b\n>From c\r\n>>From d\n> From e\n>Fromm\n",
	"a\n>From b\n>>From c\r\n>>>From d\n> From e\n>Fromm\n\n"},
    {" From x\nXFrom y\nfrom z\n>FrFrom a\n",
	" From x\nXFrom y\nfrom z\n>FrFrom a\n\n"},
    {"a\n\n\n", "a\n\n\n\n"},
};

/* Whole, and byte by byte. */
START_TEST(writing)
{
	struct span plain = span_of(written[_i].plain);
	struct mboxrd_writer w = {0};
	struct buf out = {0}, back = {0};

	mboxrd_write(&w, plain, &out);
	mboxrd_write_end(&w, &out);
	unit_span(buf_view(&out), written[_i].mbox);
	mboxrd_unquote(buf_view(&out), &back);
	unit_span(span_sub(buf_view(&back), 0, plain.n), written[_i].plain);
	buf_cut(&out, 0);
	for (size_t i = 0; i < plain.n; i++)
		mboxrd_write(&w, span_sub(plain, i, 1), &out);
	mboxrd_write_end(&w, &out);
	unit_span(buf_view(&out), written[_i].mbox);
	buf_free(&out);
	buf_free(&back);
}
END_TEST

/* What was written is read again as it was. */
START_TEST(there_and_back)
{
	struct mboxrd_writer w = {0};
	struct mboxrd_message m;
	struct buf mbox = {0}, own = {0};
	struct mboxrd it;
	struct date d;
	size_t from;

	mboxrd_from("MAILER-DAEMON", 0, &mbox);
	ck_assert_str_eq(buf_cstr(&mbox),
	    "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
	from = mbox.n;
	mboxrd_write(&w, SPAN("a: b\n\nFrom x\n\n"), &mbox);
	mboxrd_write_end(&w, &mbox);
	mboxrd_from("MAILER-DAEMON", 1795251900, &mbox);
	mboxrd_write(&w, SPAN("c: d\n\n>From y"), &mbox);
	mboxrd_write_end(&w, &mbox);
	mboxrd_each(buf_view(&mbox), 0, &it);
	ck_assert_int_eq(mboxrd_next(&it, &m), 1);
	unit_span(mboxrd_content(&m, &own), "a: b\n\nFrom x\n\n");
	ck_assert_int_eq(mboxrd_next(&it, &m), 1);
	ck_assert_uint_eq(m.from.n, from);
	ck_assert(mboxrd_is_from(m.from, &d));
	ck_assert_int_eq(d.sec, 1795251900);
	buf_cut(&own, 0);
	unit_span(mboxrd_content(&m, &own), "c: d\n\n>From y\n");
	ck_assert_int_eq(mboxrd_next(&it, &m), 0);
	buf_free(&own);
	buf_free(&mbox);
}
END_TEST

START_TEST(content)
{
	struct mboxrd_message m = {.bytes = SPAN("a: b\n\n>From x\n>y\n")};
	struct buf own = {0};

	buf_str(&own, "before");
	unit_span(mboxrd_content(&m, &own), "a: b\n\nFrom x\n>y\n");
	buf_cut(&own, 0);
	m.is_counted = true;
	ck_assert_ptr_eq(mboxrd_content(&m, &own).p, m.bytes.p);
	m = (struct mboxrd_message){.bytes = SPAN("a: b\n\n>y\nFrom x\n")};
	ck_assert_ptr_eq(mboxrd_content(&m, &own).p, m.bytes.p);
	ck_assert_uint_eq(own.n, 0);
	buf_free(&own);
}
END_TEST

/* Many of everything: it ends, and each message is there. */
START_TEST(many)
{
	struct mboxrd_message m;
	struct buf mbox = {0};
	struct mboxrd it;
	size_t n = 0;

	for (size_t i = 0; i < BIG; i++)
		buf_str(&mbox, FROM "Content-Length: 9999999999\n\n");
	mboxrd_each(buf_view(&mbox), 0, &it);
	while (mboxrd_next(&it, &m) == 1)
		n++;
	ck_assert_uint_eq(n, BIG);
	buf_free(&mbox);
}
END_TEST

/* Or each range of a line that has no end would cost all of it. */
START_TEST(finds_within_its_range)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t until = page - MBOXRD_FROM_MAX;
	char path[] = "/tmp/satchel-unit.XXXXXX", *p;
	int fd = mkstemp(path);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)page), 0);
	/* the second page is behind the file's end: who reads it dies */
	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	ck_assert(p != MAP_FAILED);
	memset(p, 'x', page);
	ck_assert_uint_eq(mboxrd_find(span_at(p, 2 * page), 1, until),
	    SPAN_NONE);
	p[1] = p[2] = '\n';
	ck_assert_uint_eq(mboxrd_find(span_at(p, 2 * page), 1, until),
	    SPAN_NONE);
	memcpy(p + until - 1, "\n" FROM, sizeof FROM);
	memcpy(p + until - 2 - sizeof FROM, "\n\n" FROM, 1 + sizeof FROM);
	ck_assert_uint_eq(mboxrd_find(span_at(p, 2 * page), 1, until),
	    until - sizeof FROM);
	ck_assert_uint_eq(mboxrd_find(span_at(p, 2 * page), until - 1, until),
	    SPAN_NONE);
	munmap(p, 2 * page);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mboxrd");

	unit_test(s, from_lines);
	unit_test(s, from_line_says_when);
	unit_each(s, messages, COUNT(rows));
	unit_each(s, writing, COUNT(written));
	unit_test(s, there_and_back);
	unit_test(s, content);
	unit_test(s, many);
	unit_test(s, finds_within_its_range);
	return unit_main(s);
}
