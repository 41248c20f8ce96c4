/* The folders of tests/crash/mailbox, which tells what is in their files. */
#ifndef CRASH_FOLDER_H
#define CRASH_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FOLDER_MESSAGES 300
#define FOLDER_LINE 8192
#define FOLDER_PATH (3 * FOLDER_LINE)

struct folder {
	char user[FOLDER_LINE]; /* the directory of all that are the user's */
	char dir[2 * FOLDER_LINE];
	int n, uid[FOLDER_MESSAGES + 1]; /* from 1 */
	bool is_deleted[FOLDER_MESSAGES + 1];
	int next; /* UID */
};

static inline void
folder_name(const struct folder *f, int uid, const char *suffix, char *path)
{
	snprintf(path, FOLDER_PATH, "%s/%d%s", f->dir, uid, suffix);
}

static inline bool
folder_has(const struct folder *f, int uid, const char *suffix)
{
	char path[FOLDER_PATH];

	folder_name(f, uid, suffix, path);
	return access(path, F_OK) == 0;
}

static inline void
folder_load(struct folder *f)
{
	f->n = 0;
	f->next = 1;
	for (int uid = 1; uid <= FOLDER_MESSAGES; uid++) {
		if (folder_has(f, uid, ".gone"))
			f->next = uid + 1;
		if (!folder_has(f, uid, ""))
			continue;
		f->next = uid + 1;
		f->uid[++f->n] = uid;
		f->is_deleted[f->n] = folder_has(f, uid, ".deleted");
	}
}

/* A name as a command has it, which may go on after it. */
static inline void
folder_open(struct folder *f, const char *name)
{
	int n;

	name += *name == '"' ? 1 : 0;
	n = (int)strcspn(name, "\" ");
	if (strncasecmp(name, "INBOX", 5) == 0)
		snprintf(f->dir, sizeof f->dir, "%s", f->user);
	else
		snprintf(f->dir, sizeof f->dir, "%s/%.*s", f->user, n, name);
	folder_load(f);
}

/* "1:3,7,9:*" */
static inline bool
folder_in_set(const char *set, int number)
{
	long from, to;
	char *end;

	for (;;) {
		from = to = strtol(set, &end, 10);
		if (end[0] == ':' && end[1] == '*') {
			to = FOLDER_MESSAGES;
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

/* Those of the set, NULL for all, that are marked. */
static inline void
folder_expunge(struct folder *f, const char *set)
{
	char path[FOLDER_PATH], gone[FOLDER_PATH];

	for (int i = 1; i <= f->n; i++)
		if (f->is_deleted[i] &&
		    (set == NULL || folder_in_set(set, f->uid[i]))) {
			folder_name(f, f->uid[i], "", path);
			folder_name(f, f->uid[i], ".gone", gone);
			rename(path, gone);
			folder_name(f, f->uid[i], ".deleted", path);
			unlink(path);
		}
	folder_load(f);
}

/* A file's first line, or what stands there without one. */
static inline void
folder_line(const char *path, char *line)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return;
	(void)fgets(line, FOLDER_LINE, file);
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

static inline long
folder_uidvalidity(const struct folder *f)
{
	char path[FOLDER_PATH], line[FOLDER_LINE] = "7";

	snprintf(path, sizeof path, "%s/uidvalidity", f->dir);
	folder_line(path, line);
	return strtol(line, NULL, 10);
}

/* The change that gave them, 1 where there was none. */
static inline long
folder_flags(const struct folder *f, int uid, char *set)
{
	char path[FOLDER_PATH], line[FOLDER_LINE] = "1", *end;
	long change;

	folder_name(f, uid, ".flags", path);
	folder_line(path, line);
	change = strtol(line, &end, 10);
	snprintf(set, FOLDER_LINE, "%s", end + (*end == ' ' ? 1 : 0));
	return change;
}

/* That one is gone is a change that follows those of flags. */
static inline long
folder_last_change(const struct folder *f)
{
	char ignored[FOLDER_LINE];
	long last = 1, change;

	for (int uid = 1; uid < f->next; uid++) {
		change = folder_flags(f, uid, ignored) +
		    (folder_has(f, uid, ".gone") ? 100 : 0);
		if (change > last)
			last = change;
	}
	return last;
}

/* The message, which the caller frees. */
static inline char *
folder_text(const struct folder *f, int number, size_t *size)
{
	char path[FOLDER_PATH], *bytes = NULL;
	size_t got;
	FILE *file;

	folder_name(f, f->uid[number], "", path);
	file = fopen(path, "r");
	*size = 0;
	if (file == NULL)
		return NULL;
	do {
		bytes = realloc(bytes, *size + FOLDER_LINE);
		if (bytes == NULL)
			exit(71);
		got = fread(bytes + *size, 1, FOLDER_LINE, file);
		*size += got;
	} while (got == FOLDER_LINE);
	fclose(file);
	return bytes;
}

/* A number for the text: FNV-1a. */
static inline unsigned long
folder_sum(const char *p, size_t n)
{
	unsigned long h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = ((h ^ (unsigned char)p[i]) * 16777619u) & 0xffffffffu;
	return h;
}

#endif
