/*
 * usage: folder DIRECTORY COUNT
 *
 * Makes a Maildir of so many messages, always the same ones: 100,000 of them
 * are 782 MB.  Names, encoded words, lists, threads (one of 272 messages),
 * attachments and times are as real mail has them.  On standard output, a line
 * each: a query of mlist, TAB, and how many messages it must find.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST 1500000000L /* when the first came; then each 2000 s */
#define STEP 2000
#define LONGEST 272 /* messages of the longest thread */
#define PEOPLE (sizeof people / sizeof people[0])
#define WORDS (sizeof words / sizeof words[0])

static const struct person {
	const char *name, *address;
} people[] = {{"Alice Adams", "alice@example.org"},
    {"Bob Brown", "bob@example.com"},
    {"=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?=", "juergen@example.net"},
    {"\"Clark, Carol\"", "carol@lists.example.org"},
    {"=?ISO-8859-1?Q?Andr=E9?= Dubois", "andre@example.com"},
    {"", "cron@host.example.net"},
    {"=?utf-8?B?5bGx55Sw5aSq6YOO?=", "taro@example.net"},
    {"Eve Evans (work)", "eve.evans@example.org"},
    {"Frank Foster", "frank+list@example.com"},
    {"=?UTF-8?Q?=CE=91=CE=BB=CE=AD=CE=BE=CE=B7=CF=82?=",
     "alexis@example.org"}};

static const char *const words[] = {"the", "report", "of", "meeting", "and",
    "invoice", "for", "release", "build", "failed", "with", "patch", "review",
    "network", "on", "kernel", "budget", "please", "server", "update", "mail",
    "question", "about", "holiday", "to", "order", "number", "schedule", "in",
    "ticket", "closed", "reminder", "project", "draft", "final", "version"};

/* What the queries count. */
static struct counts {
	long juergen, cafe, list, flagged, unseen, attachment, large,
	    year, rare;
} counts;

static uint64_t state = 42;

static unsigned
any(unsigned n)
{
	state = state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % n;
}

static void
put_date(FILE *f, time_t t)
{
	char text[64];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	fputs(text, f);
}

static void
put_person(FILE *f, size_t i)
{
	if (people[i].name[0] != '\0')
		fprintf(f, "%s <%s>", people[i].name, people[i].address);
	else
		fputs(people[i].address, f);
}

static void
put_people(FILE *f, const char *name)
{
	unsigned n = 1 + any(4);

	fprintf(f, "%s: ", name);
	for (unsigned i = 0; i < n; i++) {
		fputs(i == 0 ? "" : ",\n ", f);
		put_person(f, any(PEOPLE));
	}
	fputc('\n', f);
}

static void
put_base64(FILE *f, size_t lines)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < lines; i++) {
		for (int k = 0; k < 76; k++)
			fputc(digits[any(64)], f);
		fputc('\n', f);
	}
}

/* What servers put on top. */
static void
put_trace(FILE *f, long i)
{
	fprintf(f, "Return-Path: <bounce-%ld@lists.example.org>\n", i);
	for (int hop = 0; hop < 3; hop++) {
		fprintf(f, "Received: from mx%d.example.net (mx%d.example.net "
		    "[192.0.2.%u])\n\tby mail%d.example.org (Postfix) with "
		    "ESMTPS id %08X\n\tfor <me@example.org>; ", hop, hop,
		    any(250), hop, any(1u << 30));
		put_date(f, FIRST + i * STEP + 5 - hop);
		fputc('\n', f);
	}
	fputs("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
	    "\td=example.org; s=mail; h=from:to:subject:date:message-id;\n"
	    "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb=", f);
	put_base64(f, 1);
	fputs("\tabcdef==\n", f);
}

static void
put_subject(FILE *f, long i, long root)
{
	fprintf(f, "Subject: %s", i == root ? "" : "Re: ");
	state = (uint64_t)root * 7919 + 17;
	for (unsigned n = 3 + any(5); n > 0; n--)
		fprintf(f, "%s ", words[any(WORDS)]);
	if (root % 11 == 0)
		fputs("=?utf-8?Q?Caf=C3=A9_invoice?= ", f);
	fprintf(f, "%ld\n", root);
	state = (uint64_t)i * 104729 + 1;
}

/* Of all before it in the thread, as a mailer that keeps ten does. */
static void
put_references(FILE *f, long i, long root)
{
	long from = i - root > 10 ? i - 9 : root + 1;

	fprintf(f, "In-Reply-To: <%ld.message@example.org>\n", i - 1);
	fprintf(f, "References: <%ld.message@example.org>", root);
	for (; from < i; from++)
		fprintf(f, "\n <%ld.message@example.org>", from);
	fputc('\n', f);
}

static void
put_words(FILE *f, size_t bytes)
{
	size_t column = 0, n;
	const char *word;

	while (bytes > 0) {
		word = words[any(WORDS)];
		n = strlen(word) + 1;
		column += n;
		fprintf(f, "%s%c", word, column > 60 ? '\n' : ' ');
		column = column > 60 ? 0 : column;
		bytes = bytes > n ? bytes - n : 0;
	}
	fputc('\n', f);
}

static void
put_body(FILE *f, long i, bool is_mixed)
{
	fputs("MIME-Version: 1.0\n", f);
	if (is_mixed)
		fputs("Content-Type: multipart/mixed; boundary=\"=-b\"\n\n"
		    "--=-b\n", f);
	fputs("Content-Type: text/plain; charset=utf-8\n\n", f);
	put_words(f, 1000 + any(3000));
	if (i % 997 == 0) {
		fputs("Gr\xc3\xbc\xc3\x9f" "e vom Xylophon\n", f);
		counts.rare++;
	}
	if (!is_mixed)
		return;
	fputs("--=-b\nContent-Type: application/pdf; name=\"invoice.pdf\"\n"
	    "Content-Disposition: attachment; filename=\"invoice.pdf\"\n"
	    "Content-Transfer-Encoding: base64\n\n", f);
	put_base64(f, 300 + any(520));
	fputs("--=-b--\n", f);
}

static void
put_message(FILE *f, long i, long root)
{
	size_t from = any(PEOPLE);
	bool is_list = any(5) == 0, is_mixed = any(10) == 0;

	put_trace(f, i);
	fputs("From: ", f);
	put_person(f, from);
	fputc('\n', f);
	put_people(f, "To");
	if (any(3) == 0)
		put_people(f, "Cc");
	fputs("Date: ", f);
	put_date(f, FIRST + i * STEP);
	fprintf(f, "\nMessage-ID: <%ld.message@example.org>\n", i);
	if (i != root)
		put_references(f, i, root);
	if (is_list)
		fputs("List-Id: Talk of builders <builders.example.org>\n", f);
	put_subject(f, i, root);
	put_body(f, i, is_mixed);
	counts.juergen += from == 2;
	counts.cafe += root % 11 == 0;
	counts.list += is_list;
	counts.attachment += is_mixed;
}

static int
make(int dir, long i, long root)
{
	static const char *const flags[] = {"", "S", "S", "RS", "S", "FS"};
	unsigned which = (unsigned)(i * 31 % 6);
	char name[128];
	FILE *f;
	int fd;

	snprintf(name, sizeof name, "%ld.M%ldP%ldQ%ld.host.example.org:2,%s",
	    FIRST + i * STEP, i % 999983, 1000 + i % 4000, i, flags[which]);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	f = fd == -1 ? NULL : fdopen(fd, "w");
	if (f == NULL)
		return -1;
	state = (uint64_t)i * 7919 + 3;
	put_message(f, i, root);
	counts.large += ftell(f) > 40000;
	counts.unseen += which == 0;
	counts.flagged += which == 5;
	/* 2020 */
	counts.year += FIRST + i * STEP >= 1577836800L &&
	    FIRST + i * STEP < 1609459200L;
	return fclose(f) == EOF ? -1 : 0;
}

int
main(int argc, char **argv)
{
	long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0, i, root = 0;
	long length = LONGEST;
	int dir;

	if (n <= 0)
		return 64;
	if (mkdir(argv[1], 0700) == -1 || chdir(argv[1]) == -1 ||
	    mkdir("new", 0700) == -1 || mkdir("tmp", 0700) == -1 ||
	    mkdir("cur", 0700) == -1)
		return 73;
	dir = open("cur", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < n; i++) {
		if (i - root == length) {
			root = i;
			state = (uint64_t)i;
			length = 1 + any(8);
		}
		if (dir == -1 || make(dir, i, root) == -1)
			return 74;
	}
	printf("from:juergen@example.net\t%ld\n", counts.juergen);
	printf("from:m\xc3\xbcller\t%ld\n", counts.juergen);
	printf("subject:CAF\xc3\x89\t%ld\n", counts.cafe);
	printf("list:builders.example.org\t%ld\n", counts.list);
	printf("flagged\t%ld\n", counts.flagged);
	printf("unseen\t%ld\n", counts.unseen);
	printf("attachment\t%ld\n", counts.attachment);
	printf("size>40000\t%ld\n", counts.large);
	printf("date:2020-01-01..2020-12-31\t%ld\n", counts.year);
	printf("body:xylophon\t%ld\n", counts.rare);
	printf("body:GR\xc3\x9c\xc3\x9f" "E\t%ld\n", counts.rare);
	return 0;
}
