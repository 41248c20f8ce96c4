#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "host/file.h"
#include "mail/ready.h"
#include "msend.h"
#include "text/charset.h"

#define INPUT_MAX ((size_t)512 * 1024 * 1024) /* bytes of standard input */
#define ID_CHARS 20
#define TOKEN_CHARS 24

struct compose {
	struct msend *m;
	struct buf input; /* standard input: body, attachment or message */
	bool is_input_attached;
	struct buf text;  /* the body in UTF-8 */
	struct buf subject;
	struct addr_list from, rcpt;
	struct buf message_id, token;
	struct date date;
	struct file_map *map; /* of the attachments */
	char **name;
	struct build_part *part;
	struct ready ready;
};

static int read_input(struct compose *, struct err *);
static int find_sender(struct compose *, struct err *);
static int account_of(struct compose *, const char *from, struct err *);
static int one_address(const char *, enum err_kind, struct addr_list *,
    struct err *);
static int make_id(struct compose *, struct err *);
static int make_ready(struct compose *, struct err *);
static void gather_recipients(struct compose *);
static int attach(struct compose *, struct err *);
static int attach_one(struct compose *, size_t, const char *, struct err *);
static void to_utf8(struct compose *, struct span, struct buf *);
static void add_list(struct addr_list *, const struct addr_list *);
static int check_recipients(struct compose *, struct err *);

int
compose_open(struct msend *m, struct compose **out, struct err *e)
{
	struct compose *c = mem_alloc(1, sizeof *c);
	int status;

	*out = c;
	c->m = m;
	c->date = clock_now();
	if (m->is_ready)
		status = read_input(c, e) == -1 || find_sender(c, e) == -1 ||
		    make_id(c, e) == -1 || make_ready(c, e) == -1 ? -1 : 0;
	else
		status = find_sender(c, e) == -1 || make_id(c, e) == -1 ||
		    attach(c, e) == -1 || read_input(c, e) == -1 ? -1 : 0;
	if (status == 0) {
		gather_recipients(c);
		status = check_recipients(c, e);
	}
	if (status == 0)
		return 0;
	compose_close(c);
	*out = NULL;
	return -1;
}

int
compose_write(struct compose *c,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *e)
{
	struct msend *m = c->m;
	struct build b = {.from = &c->from, .to = &m->to, .cc = &m->cc,
	    .subject = buf_cstr(&c->subject), .date = c->date,
	    .message_id = buf_cstr(&c->message_id), .field = m->field,
	    .fields = m->fields, .part = c->part, .parts = m->attached,
	    .token = buf_cstr(&c->token)};

	if (m->is_ready) {
		if (put(arg, buf_view(&c->ready.head), e) == -1)
			return -1;
		return put(arg, c->ready.body, e);
	}
	if (!c->is_input_attached)
		to_utf8(c, buf_view(&c->input), &c->text);
	b.text = buf_view(&c->text);
	return build_message(&b, put, arg, e);
}

void
compose_envelope(struct compose *c, struct spool_item *item)
{
	item->sender = mem_str(c->from.v[0].address);
	item->message_id = mem_str(c->m->is_ready ?
	    buf_cstr(&c->ready.message_id) : buf_cstr(&c->message_id));
	item->rcpt = mem_alloc(c->rcpt.n, sizeof *item->rcpt);
	item->n = c->rcpt.n;
	for (size_t i = 0; i < c->rcpt.n; i++)
		item->rcpt[i] = (struct spool_rcpt){
		    .address = mem_str(c->rcpt.v[i].address),
		    .enhanced = mem_str(""), .text = mem_str("")};
}

void
compose_close(struct compose *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; c->map != NULL && i < c->m->attached; i++) {
		file_unmap(&c->map[i]);
		free(c->name[i]);
	}
	free(c->map);
	free(c->name);
	free(c->part);
	ready_free(&c->ready);
	addr_list_free(&c->from);
	addr_list_free(&c->rcpt);
	buf_free(&c->input);
	buf_free(&c->text);
	buf_free(&c->subject);
	buf_free(&c->message_id);
	buf_free(&c->token);
	free(c);
}

/* Standard input, unless it was an attachment. */
static int
read_input(struct compose *c, struct err *e)
{
	if (c->is_input_attached)
		return 0;
	return file_read_fd(STDIN_FILENO, "standard input", INPUT_MAX,
	    &c->input, e);
}

/*
 * The sender is -f's, else the ready message's, else SATCHEL_FROM's, else the
 * account's; the account is the one that has it.
 */
static int
find_sender(struct compose *c, struct err *e)
{
	const struct ready_add none = {.from = "", .message_id = ""};
	const char *env = getenv("SATCHEL_FROM");
	struct ready found = {0};
	int status = 0;

	if (c->m->from != NULL)
		status = one_address(c->m->from, ERR_USAGE, &c->from, e);
	else if (c->m->is_ready)
		status = ready_make(buf_view(&c->input), &none, &found, e);
	if (found.from.n > 0)
		addr_list_add(&c->from, found.from.v[0].name,
		    found.from.v[0].address);
	ready_free(&found);
	if (status == 0 && c->from.n == 0 && env != NULL)
		status = one_address(env, ERR_CONFIG, &c->from, e);
	if (status == -1)
		return -1;
	return account_of(c, c->from.n > 0 ? c->from.v[0].address : NULL, e);
}

static int
account_of(struct compose *c, const char *from, struct err *e)
{
	struct addr_list own = {0};

	if (account_find(c->m->config, from, &c->m->account, e) == -1 ||
	    account_addresses(c->m->account, &own, e) == -1)
		return -1;
	if (c->from.n == 0 && own.n > 0)
		addr_list_add(&c->from, own.v[0].name, own.v[0].address);
	addr_list_free(&own);
	if (c->from.n == 0)
		return err_set(e, ERR_CONFIG, "no sender: the account has no "
		    "address, and there is no -f and no SATCHEL_FROM");
	return 0;
}

static int
one_address(const char *s, enum err_kind kind, struct addr_list *list,
    struct err *e)
{
	if (addr_parse_strict(span_of(s), list, e) == -1) {
		e->kind = kind;
		return err_wrap(e, "the sender");
	}
	if (list->n != 1 || list->v[0].is_group)
		return err_set(e, kind, "the sender \"%s\" is not one address",
		    s);
	return 0;
}

static int
make_id(struct compose *c, struct err *e)
{
	struct span domain = addr_domain(c->from.v[0].address);

	if (clock_token(&c->message_id, ID_CHARS, e) == -1 ||
	    clock_token(&c->token, TOKEN_CHARS, e) == -1)
		return -1;
	buf_char(&c->message_id, '@');
	if (domain.n > 0 && charset_is_ascii(domain))
		buf_span(&c->message_id, domain);
	else
		clock_host(&c->message_id);
	return 0;
}

static int
make_ready(struct compose *c, struct err *e)
{
	struct ready_add add = {.date = c->date,
	    .message_id = buf_cstr(&c->message_id)};
	struct buf from = {0};
	int status;

	addr_format(&c->from.v[0], strlen("From: "), &from);
	add.from = buf_cstr(&from);
	status = ready_make(buf_view(&c->input), &add, &c->ready, e);
	buf_free(&from);
	if (status == -1)
		return err_wrap(e, "standard input");
	add_list(&c->rcpt, &c->ready.to);
	return 0;
}

static void
gather_recipients(struct compose *c)
{
	struct msend *m = c->m;

	if (m->subject != NULL)
		to_utf8(c, span_of(m->subject), &c->subject);
	add_list(&c->rcpt, &m->to);
	add_list(&c->rcpt, &m->cc);
	add_list(&c->rcpt, &m->bcc);
}

static int
attach(struct compose *c, struct err *e)
{
	struct msend *m = c->m;

	c->map = mem_alloc(m->attached, sizeof *c->map);
	c->name = mem_alloc(m->attached, sizeof *c->name);
	c->part = mem_alloc(m->attached, sizeof *c->part);
	for (size_t i = 0; i < m->attached; i++)
		if (attach_one(c, i, m->attach[i], e) == -1)
			return -1;
	return 0;
}

/* "file", "name=file", "-" and "name=-". */
static int
attach_one(struct compose *c, size_t i, const char *arg, struct err *e)
{
	const char *equals = strchr(arg, '='), *slash = strchr(arg, '/');
	const char *path = arg, *name;
	struct build_part *part = &c->part[i];

	if (equals != NULL && equals != arg &&
	    (slash == NULL || equals < slash))
		path = equals + 1;
	name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	if (strcmp(path, "-") == 0)
		name = "attachment";
	c->name[i] = path == arg ? mem_str(name) :
	    mem_dup(arg, (size_t)(equals - arg));
	part->name = c->name[i];
	if (strcmp(path, "-") != 0) {
		if (file_map(AT_FDCWD, path, &c->map[i], e) == -1)
			return -1;
		part->bytes = c->map[i].bytes;
		return 0;
	}
	if (c->is_input_attached)
		return err_set(e, ERR_USAGE, "-A - is given twice");
	c->is_input_attached = true;
	if (file_read_fd(STDIN_FILENO, "standard input", INPUT_MAX,
	    &c->input, e) == -1)
		return -1;
	part->bytes = buf_view(&c->input);
	return 0;
}

/* UTF-8 where it is valid, else by "charset", else the locale's. */
static void
to_utf8(struct compose *c, struct span in, struct buf *out)
{
	const char *charset = account_get(c->m->account, "charset", CONF_SEND);

	if (charset == NULL && charset_is_utf8(in))
		buf_span(out, in);
	else
		charset_to_utf8(in, span_of(charset != NULL ? charset :
		    nl_langinfo(CODESET)), out);
}

static void
add_list(struct addr_list *to, const struct addr_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!from->v[i].is_group)
			addr_list_add(to, from->v[i].name,
			    from->v[i].address);
}

static int
check_recipients(struct compose *c, struct err *e)
{
	const char *send = account_get(c->m->account, "send", CONF_SEND);
	bool may_be_bare = send != NULL &&
	    strncmp(send, "smtp", strlen("smtp")) != 0;

	addr_list_unique(&c->rcpt);
	if (c->rcpt.n == 0)
		return err_set(e, ERR_USAGE, "no recipients");
	for (size_t i = 0; i < c->rcpt.n && !may_be_bare; i++)
		if (addr_domain(c->rcpt.v[i].address).n == 0)
			return err_set(e, ERR_USAGE,
			    "the recipient \"%s\" has no domain",
			    c->rcpt.v[i].address);
	return 0;
}
