/* What is told of a message that is safe, and where targets keep their own. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/diag.h"
#include "host/file.h"
#include "mail/header.h"
#include "mail/json.h"
#include "mail/word.h"
#include "mfetch_target.h"
#include "mfetch_watch.h"
#include "text/jsonl.h"

#define COMPONENT_MAX 100 /* bytes of a key that stay readable */

/* What -j and the log say. */
struct report {
	struct buf name, message_id;
	char *folder;
	const char *uid;
	bool is_number; /* the uid */
	uint64_t size;
};

static void learn(struct target *, const struct state_row *,
    struct report *);
static int write_log(struct target *, const struct report *, struct err *);

int
report_message(struct target *t, const struct state_row *row, struct err *e)
{
	struct mfetch *run = t->run;
	struct report r = {.uid = row->uid,
	    .is_number = row->uidvalidity != 0};
	bool is_silent = run->quiet || run->target_kind == TARGET_STDOUT;
	int status = 0;

	run->fetched++;
	t->ops->name(t, row, &r.name);
	is_silent = is_silent || !watch_takes(run, buf_cstr(&r.name), t->path);
	if (log_is_on(&run->log) || (run->json && !is_silent))
		learn(t, row, &r);
	if (log_is_on(&run->log) && write_log(t, &r, e) == -1) {
		/* it is safe all the same */
		report_fault(run, NULL, e);
	}
	if (!is_silent)
		status = report_name(run, buf_view(&r.name), r.folder, r.uid,
		    r.is_number, r.size, buf_view(&r.message_id), e);
	buf_free(&r.name);
	buf_free(&r.message_id);
	free(r.folder);
	return status;
}

void
report_fault(struct mfetch *run, const char *subject, const struct err *e)
{
	diag_err(run->tool.name, subject, e);
	diag_status(&run->status, e);
}

int
report_name(struct mfetch *run, struct span name, const char *folder,
    const char *uid, bool is_number, uint64_t size, struct span message_id,
    struct err *e)
{
	struct buf line = {0};
	int status;

	if (!run->json)
		return output_name(&run->output, name, e);
	buf_char(&line, '{');
	jsonl_key(0, "name", &line);
	json_exact(name, &line);
	if (folder != NULL) {
		jsonl_key(0, "folder", &line);
		json_exact(span_of(folder), &line);
	}
	if (is_number) {
		jsonl_key(0, "uid", &line);
		buf_str(&line, uid);
	} else {
		json_put(0, "uid", span_of(uid), &line);
	}
	if (size > 0) {
		jsonl_key(0, "size", &line);
		buf_fmt(&line, "%llu", (unsigned long long)size);
	}
	json_put(0, "message-id", message_id, &line);
	buf_char(&line, '}');
	status = output_name(&run->output, buf_view(&line), e);
	buf_free(&line);
	return status;
}

void
target_directory(const char *kind, const char *key, struct buf *out)
{
	struct buf name = {0};
	uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a */
	size_t n = strlen(key), from = n < COMPONENT_MAX ? 0 :
	    n - COMPONENT_MAX;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)key[i]) *
		    UINT64_C(1099511628211);
	file_component(span_of(key + from), &name);
	file_state("fetch", out);
	buf_fmt(out, "/%s-%016llx-%s", kind, (unsigned long long)sum,
	    buf_cstr(&name));
	buf_free(&name);
}

int
target_peek(struct target *t, const char *directory, struct err *e)
{
	struct buf record = {0};
	struct stat st;
	bool is_there;

	buf_fmt(&record, "%s/satchel.db", directory);
	is_there = stat(buf_cstr(&record), &st) == 0;
	buf_free(&record);
	return is_there ? state_open(directory, &t->state, e) : 0;
}

void
target_url(const struct letter *l, struct buf *out)
{
	const struct source *from = l->place->run->source;
	struct url u = *from->url;
	uint64_t uid;

	if (u.scheme > URL_IMAPS || !span_num(span_of(l->uid), UINT32_MAX,
		&uid)) {
		buf_str(out, l->uid);
		return;
	}
	u.folder = l->place->folder;
	u.uidvalidity = l->place->uidvalidity;
	u.uid = (uint32_t)uid;
	u.section = NULL;
	if (u.user == NULL)
		u.user = (char *)account_get(from->account, "user",
		    CONF_FETCH);
	url_format(&u, out);
}

/* What cannot be learned is left out. */
static void
learn(struct target *t, const struct state_row *row, struct report *r)
{
	struct buf head = {0};
	struct span body;
	struct field f;
	struct err ignored;

	if (t->state == NULL ||
	    state_folder(t->state, row->source, &r->folder, &ignored) == -1)
		r->folder = NULL;
	if (t->ops->look(t, row, &head, &r->size, &ignored) == 0 &&
	    header_find(header_split(buf_view(&head), &body), "Message-ID",
		&f))
		word_id(f.value, &r->message_id);
	buf_free(&head);
}

static int
write_log(struct target *t, const struct report *r, struct err *e)
{
	struct log *l = &t->run->log;

	log_put(l, "action", SPAN("fetched"));
	log_put(l, "account",
	    span_of(account_name(t->run->source->account)));
	log_put(l, "folder", span_of(r->folder == NULL ? "" : r->folder));
	log_put(l, "uid", span_of(r->uid));
	log_number(l, "size", r->size);
	log_put(l, "message-id", buf_view(&r->message_id));
	log_put(l, "name", buf_view(&r->name));
	return log_end(l, e);
}
