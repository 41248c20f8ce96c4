/*
 * mailbox: a small mail server for tools that are killed and run again, whose
 * commands no script can foresee.
 *
 *     mailbox imap|condstore|qresync|pop3 root portfile
 *
 * It listens on a free port of 127.0.0.1, writes it to portfile and serves any
 * number of clients at once, in clear, until it is killed.  The user U, with
 * any password, has the messages root/U/remote/1, 2, 3..., with CR LF, whose
 * names are their UIDs, and UIDLs with an "m" before.  What is expunged, or
 * deleted before QUIT, is renamed to UID.gone; what is only marked has
 * UID.deleted beside it.  It knows what is needed here and trusts its client.
 *
 * By IMAP a directory beside the messages is another folder.  In a folder are
 *
 *     uidvalidity   a number; 7 without it
 *     UID.flags     the number of the change that gave them (RFC 7162's
 *                   MODSEQ), and the message's flags
 *     UID.later     a message that comes while a client idles, one each time
 *
 * Messages of the same text have the same EMAILID (RFC 8474).
 */
#include <sys/stat.h>

#include <dirent.h>
#include <strings.h>

#include "folder.h"
#include "serve.h"

#define LINE FOLDER_LINE
#define CAN "IMAP4rev1 UIDPLUS LITERAL+ IDLE OBJECTID"

struct session {
	FILE *out;
	const char *root, *can;
	struct folder *box;
};

static void serve_imap(void *, struct client *);
static void serve_pop(void *, struct client *);
static void log_in(struct session *, const char *);
static bool imap_command(struct session *, char *, char *);
static void imap_list(struct session *);
static void imap_open(struct session *, const char *);
static void imap_status(struct session *, const char *);
static void imap_idle(struct session *, struct client *);
static void imap_uid(struct session *, char *);
static void imap_search(struct session *, const char *);
static void imap_fetch(struct session *, const char *, const char *);
static void imap_vanished(struct session *);
static void imap_delete(struct session *, const char *);
static void imap_message(struct session *, int, const char *);
static void imap_section(struct session *, const char *, size_t,
    const char *);
static bool pop_command(struct session *, char *);
static void pop_list(struct session *, bool);
static void pop_message(struct session *, int);

int
main(int argc, char *argv[])
{
	static struct folder box;
	struct session s = {.box = &box};

	if (argc != 4)
		return 64;
	s.root = argv[2];
	s.can = strcmp(argv[1], "condstore") == 0 ? " CONDSTORE" :
	    strcmp(argv[1], "qresync") == 0 ? " ENABLE CONDSTORE QRESYNC" : "";
	return serve(argv[3],
	    strcmp(argv[1], "pop3") == 0 ? serve_pop : serve_imap, &s);
}

static void
serve_imap(void *arg, struct client *client)
{
	struct session *s = arg;
	char *tag, *command, *rest;

	s->out = client->out;
	fprintf(s->out, "* OK [CAPABILITY " CAN "%s] here\r\n", s->can);
	while (serve_line(client)) {
		tag = client->line;
		command = strchr(tag, ' ');
		if (command == NULL)
			return;
		*command++ = '\0';
		rest = strchr(command, ' ');
		if (rest != NULL)
			*rest++ = '\0';
		if (strcasecmp(command, "IDLE") == 0) {
			/* what the client says next goes where this was */
			tag = strdup(tag);
			imap_idle(s, client);
			fprintf(s->out, "%s OK done\r\n", tag);
			free(tag);
			continue;
		}
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
			folder_expunge(s->box, NULL);
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

	snprintf(s->box->user, sizeof s->box->user, "%s/%.*s/remote", s->root,
	    n, user);
	folder_open(s->box, "INBOX");
}

static bool
imap_command(struct session *s, char *command, char *rest)
{
	static const char *const nothing[] = {"NOOP", "CLOSE", "ID"};

	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		if (strcasecmp(command, nothing[i]) == 0)
			return true;
	if (strcasecmp(command, "LOGIN") == 0 && rest != NULL)
		log_in(s, rest + (*rest == '"' ? 1 : 0));
	else if (strcasecmp(command, "CAPABILITY") == 0)
		fprintf(s->out, "* CAPABILITY " CAN "%s\r\n", s->can);
	else if (strcasecmp(command, "ENABLE") == 0)
		fprintf(s->out, "* ENABLED %s\r\n", rest);
	else if (strcasecmp(command, "LIST") == 0)
		imap_list(s);
	else if (strcasecmp(command, "STATUS") == 0 && rest != NULL)
		imap_status(s, rest);
	else if ((strcasecmp(command, "SELECT") == 0 ||
	    strcasecmp(command, "EXAMINE") == 0) && rest != NULL)
		imap_open(s, rest);
	else if (strcasecmp(command, "UID") == 0 && rest != NULL)
		imap_uid(s, rest);
	else if (strcasecmp(command, "LOGOUT") == 0)
		fputs("* BYE gone\r\n", s->out);
	else
		return false;
	return true;
}

/* Folders have names that need no quotes, and none has another in it. */
static void
imap_list(struct session *s)
{
	DIR *dir = opendir(s->box->user);
	char path[FOLDER_PATH];
	struct dirent *de;
	struct stat st;

	fputs("* LIST () \"/\" INBOX\r\n", s->out);
	while (dir != NULL && (de = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", s->box->user,
		    de->d_name);
		if (de->d_name[0] != '.' && stat(path, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			fprintf(s->out, "* LIST () \"/\" %s\r\n",
			    de->d_name);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
imap_open(struct session *s, const char *rest)
{
	const char *known = strstr(rest, "(QRESYNC (");
	bool counts = strstr(rest, " (") != NULL;
	char items[LINE], *end;
	long since;

	folder_open(s->box, rest);
	fprintf(s->out, "* %d EXISTS\r\n* OK [UIDVALIDITY %ld] it is\r\n"
	    "* OK [UIDNEXT %d] next\r\n",
	    s->box->n, folder_uidvalidity(s->box), s->box->next);
	if (counts)
		fprintf(s->out, "* OK [HIGHESTMODSEQ %ld] changed\r\n",
		    folder_last_change(s->box));
	if (known == NULL ||
	    strtol(known + 10, &end, 10) != folder_uidvalidity(s->box))
		return;
	since = strtol(end, NULL, 10);
	imap_vanished(s);
	snprintf(items, sizeof items, "(CHANGEDSINCE %ld)", since);
	imap_fetch(s, "1:*", items);
}

static void
imap_status(struct session *s, const char *folder)
{
	struct folder other = *s->box;

	folder_open(&other, folder);
	fprintf(s->out, "* STATUS %.*s (MESSAGES %d UIDNEXT %d "
	    "UIDVALIDITY %ld", (int)strcspn(folder, " "), folder, other.n,
	    other.next, folder_uidvalidity(&other));
	if (strstr(folder, "HIGHESTMODSEQ") != NULL)
		fprintf(s->out, " HIGHESTMODSEQ %ld",
		    folder_last_change(&other));
	fputs(")\r\n", s->out);
}

/* Until the client says more. */
static void
imap_idle(struct session *s, struct client *client)
{
	char from[FOLDER_PATH], to[FOLDER_PATH];
	int uid = 1;

	fputs("+ idling\r\n", s->out);
	while (uid <= FOLDER_MESSAGES && !folder_has(s->box, uid, ".later"))
		uid++;
	if (uid <= FOLDER_MESSAGES) {
		folder_name(s->box, uid, ".later", from);
		folder_name(s->box, uid, "", to);
		rename(from, to);
		folder_load(s->box);
		fprintf(s->out, "* %d EXISTS\r\n", s->box->n);
	}
	(void)serve_line(client);
}

static void
imap_uid(struct session *s, char *command)
{
	char *set = strchr(command, ' '), *rest;

	if (set == NULL)
		return;
	*set++ = '\0';
	if (strcasecmp(command, "SEARCH") == 0) {
		imap_search(s, set);
		return;
	}
	if (strcasecmp(command, "EXPUNGE") == 0) {
		folder_expunge(s->box, set);
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
imap_search(struct session *s, const char *keys)
{
	const char *set = strstr(keys, "UID ");

	fputs("* SEARCH", s->out);
	for (int i = 1; i <= s->box->n; i++)
		if (set == NULL || folder_in_set(set + 4, s->box->uid[i]))
			fprintf(s->out, " %d", s->box->uid[i]);
	fputs("\r\n", s->out);
}

static void
imap_fetch(struct session *s, const char *set, const char *items)
{
	const char *since = strstr(items, "CHANGEDSINCE ");
	long after = since == NULL ? -1 : strtol(since + 13, NULL, 10);
	char ignored[LINE];

	for (int i = 1; i <= s->box->n; i++)
		if (folder_in_set(set, s->box->uid[i]) &&
		    folder_flags(s->box, s->box->uid[i], ignored) > after)
			imap_message(s, i, items);
}

static void
imap_vanished(struct session *s)
{
	bool any = false;

	for (int uid = 1; uid < s->box->next; uid++)
		if (!folder_has(s->box, uid, "")) {
			fprintf(s->out, "%s%d", any ? "," :
			    "* VANISHED (EARLIER) ", uid);
			any = true;
		}
	if (any)
		fputs("\r\n", s->out);
}

static void
imap_delete(struct session *s, const char *set)
{
	char path[FOLDER_PATH];
	FILE *f;

	for (int i = 1; i <= s->box->n; i++) {
		if (!folder_in_set(set, s->box->uid[i]))
			continue;
		s->box->is_deleted[i] = true;
		folder_name(s->box, s->box->uid[i], ".deleted", path);
		f = fopen(path, "w");
		if (f != NULL)
			fclose(f);
	}
}

static void
imap_message(struct session *s, int number, const char *items)
{
	size_t size;
	char *bytes = folder_text(s->box, number, &size), set[LINE];
	long change = folder_flags(s->box, s->box->uid[number], set);

	fprintf(s->out, "* %d FETCH (UID %d FLAGS (%s%s%s) INTERNALDATE"
	    " \"01-Feb-2026 12:00:00 +0000\" RFC822.SIZE %zu",
	    number, s->box->uid[number], set,
	    s->box->is_deleted[number] && *set != '\0' ? " " : "",
	    s->box->is_deleted[number] ? "\\Deleted" : "", size);
	if (strstr(items, "EMAILID") != NULL)
		fprintf(s->out, " EMAILID (M%lx)", folder_sum(bytes, size));
	if (strstr(items, "CHANGEDSINCE") != NULL)
		fprintf(s->out, " MODSEQ (%ld)", change);
	imap_section(s, bytes, size, items);
	fputs(")\r\n", s->out);
	free(bytes);
}

/* The one field that is asked for is the first of a message. */
static void
imap_section(struct session *s, const char *bytes, size_t size,
    const char *items)
{
	const char *section = "", *end;

	if (strstr(items, "HEADER.FIELDS (MESSAGE-ID)") != NULL) {
		section = "HEADER.FIELDS (MESSAGE-ID)";
		end = memchr(bytes, '\n', size);
		size = end == NULL ? 0 : (size_t)(end - bytes) + 1;
	} else if (strstr(items, "[]") == NULL) {
		return;
	}
	fprintf(s->out, " BODY[%s] {%zu}\r\n", section, size);
	fwrite(bytes, 1, size, s->out);
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
	else if (number < 1 || number > s->box->n)
		return false;
	else if (strcasecmp(line, "RETR") == 0)
		pop_message(s, number);
	else if (strcasecmp(line, "DELE") == 0) {
		s->box->is_deleted[number] = true;
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
	for (int i = 1; i <= s->box->n; i++) {
		if (s->box->is_deleted[i])
			continue;
		free(folder_text(s->box, i, &size));
		if (with_uidl)
			fprintf(s->out, "%d m%d\r\n", i, s->box->uid[i]);
		else
			fprintf(s->out, "%d %zu\r\n", i, size);
	}
	fputs(".\r\n", s->out);
}

static void
pop_message(struct session *s, int number)
{
	size_t size;
	char *bytes = folder_text(s->box, number, &size);
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
