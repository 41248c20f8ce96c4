#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/header.h"
#include "msend_compose.h"
#include "text/media.h"

#define GLOBS "/usr/share/mime/globs2" /* where shared-mime-info has it */
#define GLOBS_MAX ((size_t)4 * 1024 * 1024)
#define MESSAGE_NAME "message.eml" /* what a forwarded message is called */

static int open_one(struct compose *, const struct msend_part *,
    struct compose_part *, struct build_part *, struct err *);
static char *split(const char *arg, const char **path);
static int open_file(struct compose *, const char *path,
    struct compose_part *, struct err *);
static int take_input(struct compose *, struct span *, struct err *);
static void find_type(struct compose *, struct compose_part *);

int
part_open(struct compose *c, struct err *e)
{
	struct msend *m = c->m;

	c->file = mem_alloc(m->parts, sizeof *c->file);
	c->part = mem_alloc(m->parts, sizeof *c->part);
	for (size_t i = 0; i < m->parts; i++)
		if (open_one(c, &m->part[i], &c->file[i], &c->part[i],
		    e) == -1 || build_check(&c->part[i], e) == -1)
			return -1;
	return 0;
}

void
part_close(struct compose *c)
{
	for (size_t i = 0; c->file != NULL && i < c->m->parts; i++) {
		source_close(&c->file[i].source);
		buf_free(&c->file[i].type);
		free(c->file[i].name);
	}
	free(c->file);
	free(c->part);
	buf_free(&c->globs);
}

static int
open_one(struct compose *c, const struct msend_part *from,
    struct compose_part *file, struct build_part *part, struct err *e)
{
	const char *path = from->arg;
	struct span ignored;
	int status;

	if (from->is_forwarded) {
		file->name = mem_str(MESSAGE_NAME);
		buf_str(&file->type, "message/rfc822");
		status = strcmp(path, "-") == 0 ?
		    take_input(c, &file->source.bytes, e) :
		    source_open(c->m, path, &file->source, e);
		if (status == 0 &&
		    header_split(file->source.bytes, &ignored).n == 0)
			status = err_set(e, ERR_DATA, "%s: not a message",
			    path);
	} else {
		file->name = split(from->arg, &path);
		status = open_file(c, path, file, e);
		if (status == 0)
			find_type(c, file);
	}
	*part = (struct build_part){.role = from->role, .name = file->name,
	    .type = buf_cstr(&file->type), .bytes = file->source.bytes};
	return status;
}

/*
 * "file", "name=file", "-" and "name=-": the name, and where the path is.  What
 * has a slash before its first "=" is a path.
 */
static char *
split(const char *arg, const char **path)
{
	const char *equals = strchr(arg, '='), *slash = strchr(arg, '/');
	const char *base = strrchr(arg, '/');

	*path = arg;
	if (equals != NULL && equals != arg &&
	    (slash == NULL || equals < slash)) {
		*path = equals + 1;
		return mem_dup(arg, (size_t)(equals - arg));
	}
	if (strcmp(arg, "-") == 0)
		return mem_str("attachment");
	return mem_str(base == NULL ? arg : base + 1);
}

/* What is no regular file may have no end, and is read up to the limit. */
static int
open_file(struct compose *c, const char *path, struct compose_part *file,
    struct err *e)
{
	struct source *s = &file->source;
	struct stat st;
	int status;

	if (strcmp(path, "-") == 0)
		return take_input(c, &s->bytes, e);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode)) {
		status = file_read(path, COMPOSE_INPUT_MAX, &s->own, e);
		s->bytes = buf_view(&s->own);
		return status;
	}
	status = file_map(AT_FDCWD, path, &s->map, e);
	s->bytes = s->map.bytes;
	return status;
}

static int
take_input(struct compose *c, struct span *out, struct err *e)
{
	if (c->is_input_taken)
		return err_set(e, ERR_USAGE,
		    "standard input is attached twice");
	c->is_input_taken = true;
	if (file_read_fd(STDIN_FILENO, "standard input", COMPOSE_INPUT_MAX,
	    &c->input, e) == -1)
		return -1;
	*out = buf_view(&c->input);
	return 0;
}

/* By the name, else by what the bytes look like. */
static void
find_type(struct compose *c, struct compose_part *file)
{
	const char *type = media_of_name(file->name);
	struct span bytes = file->source.bytes;
	struct err ignored;

	/* that there is no table is no fault */
	if (type == NULL && !c->has_globs &&
	    file_read(GLOBS, GLOBS_MAX, &c->globs, &ignored) == -1)
		buf_cut(&c->globs, 0);
	c->has_globs = c->has_globs || type == NULL;
	if (type == NULL && media_of_globs(buf_view(&c->globs), file->name,
	    &file->type))
		return;
	if (type == NULL)
		type = media_of_bytes(bytes);
	if (type == NULL)
		type = media_is_text(bytes) ? "text/plain" :
		    "application/octet-stream";
	buf_str(&file->type, type);
}
