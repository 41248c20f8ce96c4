/*
 * Whatever the subject, a field, the text and the parts are: what is composed
 * keeps its lines and its fields, and reads back as parts in their order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/build.h"
#include "mail/header.h"
#include "mail/mime.h"

#define PIECES 6

static int collect(void *, struct span, struct err *);
static void check_message(struct span, const struct build *);
static void require(bool);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What 0xff splits it into: subject, field, text, three parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const types[] = {"text/html", "image/png",
	    "message/rfc822"};
	struct build_part part[3];
	struct build_field field;
	struct addr_list from = {0}, none = {0};
	struct span rest = span_at(data, n), piece[PIECES] = {{0}};
	struct build b = {.from = &from, .to = &none, .cc = &none,
	    .message_id = "i@example.org", .field = &field, .part = part,
	    .parts = 3, .token = "0123456789abcdef"};
	struct buf message = {0};
	char *subject, *given;
	struct err e;

	for (size_t i = 0; i < PIECES; i++)
		if (i + 1 == PIECES)
			piece[i] = rest.p == NULL ? SPAN("") : rest;
		else if (span_cut(&rest, '\xff', &piece[i]) == 0)
			piece[i] = SPAN("");
	for (size_t i = 0; i < 3; i++)
		part[i] = (struct build_part){(enum build_role[]){
		    BUILD_ALTERNATIVE, BUILD_INLINE, BUILD_ATTACHED}[i],
		    "name", types[i], piece[3 + i]};
	addr_list_add(&from, "", "ann@example.org");
	subject = mem_dup(piece[0].p, piece[0].n);
	given = mem_dup(piece[1].p, piece[1].n);
	b.subject = subject;
	b.text = piece[2];
	b.fields = build_field(given, &field, &e) == 0;
	if (build_message(&b, collect, &message, &e) == -1)
		require(e.kind == ERR_USAGE);
	else
		check_message(buf_view(&message), &b);
	buf_free(&message);
	addr_list_free(&from);
	free(subject);
	free(given);
	return 0;
}

static int
collect(void *arg, struct span piece, struct err *e)
{
	(void)e;
	buf_span(arg, piece);
	return 0;
}

static void
check_message(struct span message, const struct build *b)
{
	struct span header, body, rest = message, line;
	struct field f;
	struct mime mime;
	struct err e;
	size_t fields = 0;

	while (span_line(&rest, &line) == 1)
		require(line.n <= BUILD_LINE_MAX);
	for (size_t i = 0; i < message.n; i++)
		require(message.p[i] != '\0' && message.p[i] != '\r');
	header = header_split(message, &body);
	rest = header;
	while (header_next(&rest, &f) == 1)
		fields++;
	/* Date, From, To, Message-ID, MIME-Version, Content-Type */
	require(fields <= 8 + b->fields);
	require(!header_find(header, "Bcc", &f));
	require(mime_parse(message, &mime, &e) == 0);
	require(strcmp(mime.v[0].type, "multipart/mixed") == 0);
	require(strcmp(mime.v[1].type, "multipart/related") == 0);
	mime_free(&mime);
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}
