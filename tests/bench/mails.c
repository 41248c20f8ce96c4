/*
 * usage: mails MAILDIR N BYTES
 *
 * Writes N messages into MAILDIR/cur, read and unread, of BYTES on average: as
 * in real boxes most are small and some are large.  The same arguments give
 * the same messages.
 */
#include <sys/stat.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE 76

static uint64_t next(uint64_t *);
static unsigned long size_of(unsigned long i, unsigned long average);
static int write_one(const char *dir, unsigned long i, unsigned long bytes);
static void fill(char *, size_t, uint64_t *);

int
main(int argc, char **argv)
{
	unsigned long n, average;
	char cur[4096];

	if (argc != 4) {
		fputs("usage: mails maildir n bytes\n", stderr);
		return 64;
	}
	n = strtoul(argv[2], NULL, 10);
	average = strtoul(argv[3], NULL, 10);
	snprintf(cur, sizeof cur, "%s/cur", argv[1]);
	mkdir(argv[1], 0700);
	mkdir(cur, 0700);
	for (unsigned long i = 0; i < n; i++)
		if (write_one(cur, i, size_of(i, average)) == -1) {
			perror(cur);
			return 74;
		}
	return 0;
}

/* xorshift64: quick, and the same everywhere */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Of 20: 16 of a tenth of the average, three of twice, one of 12.4 times. */
static unsigned long
size_of(unsigned long i, unsigned long average)
{
	if (i % 20 == 19)
		return average * 62 / 5;
	return i % 20 >= 16 ? average * 2 : average / 10;
}

static int
write_one(const char *dir, unsigned long i, unsigned long bytes)
{
	uint64_t state = 88172645463325252u + i;
	char path[4200], line[LINE + 1] = {0};
	FILE *f;

	/* as servers call them: a count would be one value to Dovecot's hash */
	snprintf(path, sizeof path, "%s/%lu.M%06luP%lu.bench:2,%s", dir,
	    1700000000 + i, (unsigned long)(next(&state) % 1000000),
	    (unsigned long)(next(&state) % 32768), i % 3 == 0 ? "" : "S");
	f = fopen(path, "w");
	if (f == NULL)
		return -1;
	fprintf(f, "From: Ann Example <ann@example.org>\n"
	    "To: Bob Example <bob@example.org>\nSubject: message %lu\n"
	    "Message-ID: <%lu.bench@example.org>\n"
	    "Date: Tue, 14 Nov 2023 22:13:20 +0000\n"
	    "MIME-Version: 1.0\nContent-Type: text/plain\n\n", i, i);
	for (unsigned long done = 0; done < bytes; done += LINE + 1) {
		fill(line, LINE, &state);
		fprintf(f, "%s\n", line);
	}
	return fclose(f) == 0 ? 0 : -1;
}

/* As base64 looks, which compresses by a fourth. */
static void
fill(char *p, size_t n, uint64_t *state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 10 == 0)
			bits = next(state);
		p[i] = letters[bits % 64];
		bits /= 64;
	}
}
