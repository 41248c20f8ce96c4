/*
 * mailbox: a small mail server for tools that are killed and run again, whose
 * commands no script can foresee.
 *
 *     mailbox imap|pop3 root portfile
 *
 * It listens on a free port of 127.0.0.1, writes it to portfile and serves any
 * number of clients at once, in clear, until it is killed.  The user U, with
 * any password, has the messages root/U/remote/1, 2, 3..., with CR LF, whose
 * names are their UIDs, and UIDLs with an "m" before.  What is expunged, or
 * deleted before QUIT, is unlinked; what is only marked has UID.deleted beside
 * it.  It knows what is needed here and trusts its client.
 */
#include <sys/stat.h>

#include <strings.h>

#include "serve.h"

#define MESSAGES 300
#define LINE SERVE_LINE

struct session {
	FILE *out;
	const char *root;
	char dir[LINE];
	int n, uid[MESSAGES + 2]; /* from 1 */
	bool is_deleted[MESSAGES + 1];
};

static void serve_imap(void *, struct client *);
static void serve_pop(void *, struct client *);
static void log_in(struct session *, const char *);
static bool imap_command(struct session *, char *, char *);
static void imap_uid(struct session *, char *);
static void imap_fetch(struct session *, const char *, const char *);
static void imap_delete(struct session *, const char *);
static void imap_message(struct session *, int, const char *);
static bool pop_command(struct session *, char *);
static void pop_list(struct session *, bool);
static void pop_message(struct session *, int);
static void name(const struct session *, int, const char *, char *);
static void load(struct session *);
static void expunge(struct session *, const char *);
static bool in_set(const char *, int);
static char *text(const struct session *, int, size_t *);

int
main(int argc, char *argv[])
{
	struct session s = {0};

	if (argc != 4)
		return 64;
	s.root = argv[2];
	return serve(argv[3],
	    strcmp(argv[1], "imap") == 0 ? serve_imap : serve_pop, &s);
}

static void
serve_imap(void *arg, struct client *client)
{
	struct session *s = arg;
	char *tag, *command, *rest;

	s->out = client->out;
	fputs("* OK [CAPABILITY IMAP4rev1 UIDPLUS LITERAL+] here\r\n", s->out);
	while (serve_line(client)) {
		tag = client->line;
		command = strchr(tag, ' ');
		if (command == NULL)
			return;
		*command++ = '\0';
		rest = strchr(command, ' ');
		if (rest != NULL)
			*rest++ = '\0';
		if (!imap_command(s, command, rest))
			fprintf(s->out, "%s BAD unknown\r\n", tag);
		else
			fprintf(s->out, "%s OK done\r\n", tag);
		if (strcasecmp(command, "LOGOUT") == 0)
			return;
	}
}

static void
serve_pop(void *arg, struct client *client)
{
	struct session *s = arg;

	s->out = client->out;
	fputs("+OK here\r\n", s->out);
	while (serve_line(client)) {
		if (strcasecmp(client->line, "QUIT") == 0) {
			expunge(s, NULL);
			fputs("+OK gone\r\n", s->out);
			return;
		}
		if (!pop_command(s, client->line))
			fputs("-ERR unknown\r\n", s->out);
	}
}

static void
log_in(struct session *s, const char *user)
{
	int n = (int)strcspn(user, "\" ");

	snprintf(s->dir, sizeof s->dir, "%s/%.*s/remote", s->root, n, user);
	load(s);
}

static bool
imap_command(struct session *s, char *command, char *rest)
{
	static const char *const nothing[] = {"NOOP", "STATUS", "CLOSE",
	    "ENABLE", "ID"};

	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		if (strcasecmp(command, nothing[i]) == 0)
			return true;
	if (strcasecmp(command, "LOGIN") == 0 && rest != NULL)
		log_in(s, rest + (*rest == '"' ? 1 : 0));
	else if (strcasecmp(command, "CAPABILITY") == 0)
		fputs("* CAPABILITY IMAP4rev1 UIDPLUS LITERAL+\r\n", s->out);
	else if (strcasecmp(command, "LIST") == 0)
		fputs("* LIST () \"/\" INBOX\r\n", s->out);
	else if (strcasecmp(command, "SELECT") == 0 ||
	    strcasecmp(command, "EXAMINE") == 0)
		fprintf(s->out, "* %d EXISTS\r\n* OK [UIDVALIDITY 7] it is\r\n"
				"* OK [UIDNEXT %d] next\r\n",
		    s->n, MESSAGES + 1);
	else if (strcasecmp(command, "UID") == 0 && rest != NULL)
		imap_uid(s, rest);
	else if (strcasecmp(command, "LOGOUT") == 0)
		fputs("* BYE gone\r\n", s->out);
	else
		return false;
	return true;
}

static void
imap_uid(struct session *s, char *command)
{
	char *set = strchr(command, ' '), *rest;

	if (set == NULL)
		return;
	*set++ = '\0';
	if (strcasecmp(command, "SEARCH") == 0) {
		rest = strstr(set, "UID ");
		fputs("* SEARCH", s->out);
		for (int i = 1; i <= s->n; i++)
			if (in_set(rest == NULL ? "1:*" : rest + 4, s->uid[i]))
				fprintf(s->out, " %d", s->uid[i]);
		fputs("\r\n", s->out);
		return;
	}
	if (strcasecmp(command, "EXPUNGE") == 0) {
		expunge(s, set);
		return;
	}
	rest = strchr(set, ' ');
	if (rest == NULL)
		return;
	*rest++ = '\0';
	if (strcasecmp(command, "FETCH") == 0)
		imap_fetch(s, set, rest);
	if (strcasecmp(command, "STORE") == 0 &&
	    strstr(rest, "\\Deleted") != NULL)
		imap_delete(s, set);
}

static void
imap_fetch(struct session *s, const char *set, const char *items)
{
	for (int i = 1; i <= s->n; i++)
		if (in_set(set, s->uid[i]))
			imap_message(s, i, items);
}

static void
imap_delete(struct session *s, const char *set)
{
	char path[2 * LINE];
	FILE *f;

	for (int i = 1; i <= s->n; i++) {
		if (!in_set(set, s->uid[i]))
			continue;
		s->is_deleted[i] = true;
		name(s, i, ".deleted", path);
		f = fopen(path, "w");
		if (f != NULL)
			fclose(f);
	}
}

static void
imap_message(struct session *s, int number, const char *items)
{
	size_t size;
	char *bytes = text(s, number, &size);

	fprintf(s->out, "* %d FETCH (UID %d FLAGS (%s) INTERNALDATE"
			" \"01-Feb-2026 12:00:00 +0000\" RFC822.SIZE %zu",
	    number, s->uid[number], s->is_deleted[number] ? "\\Deleted" : "",
	    size);
	if (strstr(items, "[]") != NULL) {
		fprintf(s->out, " BODY[] {%zu}\r\n", size);
		fwrite(bytes, 1, size, s->out);
	}
	fputs(")\r\n", s->out);
	free(bytes);
}

static bool
pop_command(struct session *s, char *line)
{
	char *rest = strchr(line, ' ');
	int number;

	if (rest != NULL)
		*rest++ = '\0';
	number = rest == NULL ? 0 : (int)strtol(rest, NULL, 10);
	if (strcasecmp(line, "USER") == 0 && rest != NULL)
		log_in(s, rest);
	if (strcasecmp(line, "CAPA") == 0)
		fputs("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n",
		    s->out);
	else if (strcasecmp(line, "UIDL") == 0)
		pop_list(s, true);
	else if (strcasecmp(line, "LIST") == 0)
		pop_list(s, false);
	else if (strcasecmp(line, "USER") == 0 ||
	    strcasecmp(line, "PASS") == 0 || strcasecmp(line, "NOOP") == 0)
		fputs("+OK\r\n", s->out);
	else if (number < 1 || number > s->n)
		return false;
	else if (strcasecmp(line, "RETR") == 0)
		pop_message(s, number);
	else if (strcasecmp(line, "DELE") == 0) {
		s->is_deleted[number] = true;
		fputs("+OK\r\n", s->out);
	} else
		return false;
	return true;
}

static void
pop_list(struct session *s, bool with_uidl)
{
	size_t size;

	fputs("+OK\r\n", s->out);
	for (int i = 1; i <= s->n; i++) {
		if (s->is_deleted[i])
			continue;
		free(text(s, i, &size));
		if (with_uidl)
			fprintf(s->out, "%d m%d\r\n", i, s->uid[i]);
		else
			fprintf(s->out, "%d %zu\r\n", i, size);
	}
	fputs(".\r\n", s->out);
}

static void
pop_message(struct session *s, int number)
{
	size_t size;
	char *bytes = text(s, number, &size);
	bool at_start = true;

	fputs("+OK\r\n", s->out);
	for (size_t i = 0; i < size; i++) {
		if (at_start && bytes[i] == '.')
			fputc('.', s->out);
		fputc(bytes[i], s->out);
		at_start = bytes[i] == '\n';
	}
	fputs(".\r\n", s->out);
	free(bytes);
}

static void
name(const struct session *s, int number, const char *suffix, char *path)
{
	snprintf(path, 2 * LINE, "%s/%d%s", s->dir, s->uid[number], suffix);
}

static void
load(struct session *s)
{
	char path[2 * LINE];
	struct stat st;

	s->n = 0;
	for (int uid = 1; uid <= MESSAGES; uid++) {
		s->uid[s->n + 1] = uid;
		name(s, s->n + 1, "", path);
		if (stat(path, &st) == -1)
			continue;
		name(s, ++s->n, ".deleted", path);
		s->is_deleted[s->n] = stat(path, &st) == 0;
	}
}

/* Those of the set, NULL for all, that are marked. */
static void
expunge(struct session *s, const char *set)
{
	char path[2 * LINE];

	for (int i = 1; i <= s->n; i++)
		if (s->is_deleted[i] &&
		    (set == NULL || in_set(set, s->uid[i]))) {
			name(s, i, "", path);
			unlink(path);
			name(s, i, ".deleted", path);
			unlink(path);
		}
	load(s);
}

/* "1:3,7,9:*" */
static bool
in_set(const char *set, int number)
{
	long from, to;
	char *end;

	for (;;) {
		from = to = strtol(set, &end, 10);
		if (end[0] == ':' && end[1] == '*') {
			to = MESSAGES;
			end += 2;
		} else if (end[0] == ':') {
			to = strtol(end + 1, &end, 10);
		}
		if (number >= from && number <= to)
			return true;
		if (*end != ',')
			return false;
		set = end + 1;
	}
}

/* The message, which the caller frees. */
static char *
text(const struct session *s, int number, size_t *size)
{
	char path[2 * LINE], *bytes = NULL;
	FILE *f;

	name(s, number, "", path);
	f = fopen(path, "r");
	*size = 0;
	if (f == NULL)
		return NULL;
	for (;;) {
		char *more = realloc(bytes, *size + LINE);
		size_t got;

		if (more == NULL)
			exit(71);
		bytes = more;
		got = fread(bytes + *size, 1, LINE, f);
		*size += got;
		if (got < LINE)
			break;
	}
	fclose(f);
	return bytes;
}
