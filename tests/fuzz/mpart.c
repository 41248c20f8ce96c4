/*
 * All that mpart prints of a message and would save, with memory for its input
 * and output: a record is one line that acts on no terminal, JSON is JSON, each
 * part is found by its index and is as large as it is said to be, and a file's
 * name stays where it is put.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/diag.h"
#include "host/run.h"
#include "mpart.h"

static int create(const char *name);

/* what the tool's files would have of the world is below */
#define openat(dir, name, ...) ((void)(dir), create(name))
#define close(fd) ((void)(fd), 0)
#define unlinkat(dir, name, flags) ((void)(dir), (void)(name))
#define isatty(fd) ((void)(fd), 1)

#include "host/component.c"
#include "mpart_json.c"
#include "mpart_list.c"
#include "mpart_save.c"
#include "mpart_show.c"

#define PARTS_MAX 50 /* of a message, that are taken one by one */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void all_of(const struct mime *);
static void lists(struct mpart *, const struct mpart_message *);
static void is_tame(struct span);
static void is_json(struct span);
static void each_part(struct mpart *, const struct mpart_message *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span message = span_at(data, n);
	struct mime m;
	struct err e = {0};

	if (mime_parse(message, &m, &e) == 0)
		all_of(&m);
	mime_free(&m);
	if (mime_parse_uu(message, &m, &e) == 0)
		all_of(&m);
	mime_free(&m);
	return 0;
}

static void
all_of(const struct mime *mime)
{
	struct mpart p = {.dir = "d", .dir_fd = -1, .server = -1,
	    .fields = "subject,from,to,date,x"};
	struct mpart_message message = {.name = "name", .mime = *mime};
	struct err e = {0};

	lists(&p, &message);
	buf_cut(&p.out.held, 0);
	if (mpart_json(&p, &message, &e) == 0)
		is_json(buf_view(&p.out.held));
	buf_cut(&p.out.held, 0);
	each_part(&p, &message);
	for (int all = 0; all < 2; all++) {
		p.type = all == 0 ? NULL : "*";
		buf_cut(&p.out.held, 0);
		if (mpart_save(&p, &message, &e) == 0)
			is_tame(buf_view(&p.out.held));
	}
	mpart_save_end(&p);
	buf_free(&p.out.held);
}

/* -l has seven columns; -H and -t are lines. */
static void
lists(struct mpart *p, const struct mpart_message *message)
{
	struct err e = {0};
	struct span rest, line;

	if (mpart_list(p, message, &e) == 0) {
		rest = buf_view(&p->out.held);
		for (size_t i = 0; i < message->mime.n; i++) {
			size_t tabs = 0;

			assert(span_line(&rest, &line) == 1);
			for (size_t k = 0; k < line.n; k++)
				tabs += line.p[k] == '\t';
			assert(tabs == 6);
		}
		assert(rest.n == 0);
	} else {
		assert(e.kind == ERR_DATA);
	}
	is_tame(buf_view(&p->out.held));
	buf_cut(&p->out.held, 0);
	assert(mpart_fields(p, message, &e) == 0);
	is_tame(buf_view(&p->out.held));
	buf_cut(&p->out.held, 0);
	if (mpart_read(p, message, &e) == 0)
		is_tame(buf_view(&p->out.held));
}

/* Lines of UTF-8 without what a terminal obeys, but for tabs. */
static void
is_tame(struct span s)
{
	struct buf same = {0};

	charset_lines(s, &same);
	assert(span_eq(s, buf_view(&same)));
	buf_free(&same);
}

/* One record; strings end, and brackets are in pairs. */
static void
is_json(struct span s)
{
	char open[8];
	size_t depth = 0;
	bool in_string = false;

	assert(s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '\n');
	assert(charset_is_utf8(s));
	for (size_t i = 0; i + 1 < s.n; i++) {
		char c = s.p[i];

		assert((unsigned char)c >= ' ');
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			open[depth++] = c;
		else if (!in_string && (c == '}' || c == ']'))
			assert(depth > 0 && open[--depth] ==
			    (c == '}' ? '{' : '['));
		assert(depth < sizeof open);
	}
	assert(depth == 0 && !in_string);
}

static void
each_part(struct mpart *p, const struct mpart_message *message)
{
	struct buf index = {0};
	struct err e = {0};

	for (size_t i = 0; i < message->mime.n && i < PARTS_MAX; i++) {
		const struct mime_part *part = &message->mime.v[i];

		buf_cut(&index, 0);
		mime_index(&message->mime, i, &index);
		assert(mime_is_section(buf_view(&index)));
		p->section = buf_cstr(&index);
		p->is_bytes = true;
		buf_cut(&p->out.held, 0);
		assert(mpart_part(p, message, &e) == 0);
		assert(p->out.held.n == text_size(part));
		p->is_bytes = false;
		buf_cut(&p->out.held, 0);
		if (mpart_part(p, message, &e) == 0)
			is_tame(buf_view(&p->out.held));
		p->is_raw = true;
		buf_cut(&p->out.held, 0);
		assert(mpart_part(p, message, &e) == 0);
		assert(p->out.held.n >= part->raw.n);
		p->is_raw = false;
	}
	buf_free(&index);
}

int
output_bytes(struct output *o, struct span s, struct err *e)
{
	(void)e;
	buf_span(&o->held, s);
	return 0;
}

int
output_name(struct output *o, struct span s, struct err *e)
{
	buf_span(&o->held, s);
	return output_bytes(o, SPAN("\n"), e);
}

int
output_record(struct output *o, struct span s, struct err *e)
{
	charset_line(s, &o->held);
	return output_bytes(o, SPAN("\n"), e);
}

/* Each file's first name is taken already. */
static int
create(const char *name)
{
	struct span s = span_of(name);

	assert(s.n > 0 && s.n <= 255 && s.p[0] != '.');
	assert(span_chr(s, '/') == SPAN_NONE);
	is_tame(s);
	errno = EEXIST;
	return span_find(s, SPAN("-2")) == SPAN_NONE ? -1 : 0;
}

int
file_write(int fd, struct span bytes, const char *what, struct err *e)
{
	(void)fd, (void)bytes, (void)what, (void)e;
	return 0;
}

void
cut_removes(struct cut *cut, int dir, const char *name)
{
	(void)cut, (void)dir, (void)name;
}

void
diag(const char *tool, const char *fmt, ...)
{
	(void)tool, (void)fmt;
	assert(0 && "nothing is verbose");
}

bool
option_interrupted(void)
{
	return false;
}

int
run_command(const struct run *run, struct buf *out, int *status,
    struct err *e)
{
	(void)run, (void)out, (void)status, (void)e;
	assert(0 && "there is no command");
	return -1;
}
