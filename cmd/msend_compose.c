#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/clock.h"
#include "msend_compose.h"
#include "text/charset.h"
#include "text/media.h"

#define ID_CHARS 20
#define TOKEN_CHARS 24

static void free_lists(struct compose *);
static int make(struct compose *, struct err *);
static int complete_fields(struct compose *, struct err *);
static int take_type(struct compose *, struct err *);
static int check_charset(struct compose *, struct err *);
static int read_input(struct compose *, struct err *);
static void drop_after_dot(struct buf *);
static int make_id(struct compose *, struct err *);
static int make_ready(struct compose *, struct err *);
static void take_subject(struct compose *);
static void take_body(struct compose *);
static int gather(struct compose *, struct err *);
static void add_list(struct addr_list *, const struct addr_list *);
static int check_recipients(struct compose *, struct err *);
static void set_message_id(struct compose *);

int
compose_begin(struct msend *m, struct compose **out, struct err *e)
{
	struct compose *c = mem_alloc(1, sizeof *c);

	*out = c;
	c->m = m;
	c->date = clock_now();
	/* two more than the user's: an answer's */
	c->field = mem_alloc(m->fields + 2, sizeof *c->field);
	c->value = mem_alloc(m->fields, sizeof *c->value);
	if (m->type != NULL &&
	    media_take(m->type, &c->type, &c->charset, e) == -1)
		return -1;
	if (m->answered != NULL && reply_open(c, e) == -1)
		return -1;
	return part_open(c, e);
}

int
compose_open(struct compose *c, struct err *e)
{
	struct msend *m = c->m;

	if (m->is_ready) {
		if (read_input(c, e) == -1 || sender_find(c, e) == -1 ||
		    make_id(c, e) == -1 || make_ready(c, e) == -1)
			return -1;
	} else if (make(c, e) == -1)
		return -1;
	if (gather(c, e) == -1)
		return -1;
	return check_recipients(c, e);
}

void
compose_give(struct compose *c, struct buf *input)
{
	c->input = *input;
	*input = (struct buf){0};
	c->is_input_taken = true;
}

int
compose_write(struct compose *c,
    int (*put)(void *, struct span, struct err *), void *arg, struct err *e)
{
	struct build b = {.from = &c->from, .to = &c->to, .cc = &c->cc,
	    .subject = buf_cstr(&c->subject), .date = c->date,
	    .message_id = buf_cstr(&c->message_id), .field = c->field,
	    .fields = c->fields, .part = c->part, .parts = c->m->parts,
	    .type = c->type.n > 0 ? buf_cstr(&c->type) : NULL,
	    .text = buf_view(&c->text),
	    .charset = account_get(c->m->account, "charset", CONF_SEND),
	    .token = buf_cstr(&c->token)};

	if (!c->m->is_ready)
		return build_message(&b, put, arg, e);
	if (put(arg, buf_view(&c->ready.head), e) == -1)
		return -1;
	return put(arg, c->ready.body, e);
}

void
compose_envelope(struct compose *c, struct spool_item *item)
{
	item->sender = mem_str(c->sender.n > 0 ? c->sender.v[0].address : "");
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
	part_close(c);
	source_close(&c->answered);
	reply_free(&c->reply);
	ready_free(&c->ready);
	for (size_t i = 0; i < c->m->fields; i++)
		buf_free(&c->value[i]);
	free(c->value);
	free(c->field);
	free_lists(c);
	free(c);
}

void
compose_utf8(struct compose *c, struct span in, struct buf *out)
{
	const char *charset = account_get(c->m->account, "charset", CONF_SEND);

	if (charset_is_utf8(in))
		buf_span(out, in);
	else
		charset_to_utf8(in, span_of(charset != NULL ? charset :
		    nl_langinfo(CODESET)), out);
}

static void
free_lists(struct compose *c)
{
	struct addr_list *list[] = {&c->sender, &c->from, &c->to, &c->cc,
	    &c->rcpt};
	struct buf *buf[] = {&c->input, &c->type, &c->charset, &c->text,
	    &c->subject, &c->message_id, &c->token};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		addr_list_free(list[i]);
	for (size_t i = 0; i < sizeof buf / sizeof buf[0]; i++)
		buf_free(buf[i]);
}

static int
make(struct compose *c, struct err *e)
{
	struct msend *m = c->m;

	for (size_t i = 0; i < m->fields; i++)
		c->field[c->fields++] = m->field[i];
	add_list(&c->to, &m->to);
	add_list(&c->cc, &m->cc);
	if (sender_find(c, e) == -1 || make_id(c, e) == -1 ||
	    take_type(c, e) == -1 || read_input(c, e) == -1)
		return -1;
	set_message_id(c);
	take_subject(c);
	take_body(c);
	return check_charset(c, e) == -1 ? -1 : complete_fields(c, e);
}

/* Addresses of the user's fields are completed as all others are. */
static int
complete_fields(struct compose *c, struct err *e)
{
	for (size_t i = 0; i < c->m->fields; i++) {
		struct addr_list list = {0};
		int status;

		/* groups stay as they are */
		if (!build_is_address(c->field[i].name) ||
		    span_chr(c->field[i].value, ';') != SPAN_NONE)
			continue;
		status = addr_parse_strict(c->field[i].value, &list, e);
		if (status == 0)
			status = alias_qualify(c->m, &list, e);
		for (size_t k = 0; k < list.n && status == 0; k++) {
			buf_str(&c->value[i], k == 0 ? "" : ", ");
			addr_display(&list.v[k], &c->value[i]);
		}
		addr_list_free(&list);
		if (status == -1)
			return -1;
		c->field[i].value = buf_view(&c->value[i]);
	}
	return 0;
}

/* What -M says of the text's charset is how it comes in, not how it goes. */
static int
take_type(struct compose *c, struct err *e)
{
	struct span type = buf_view(&c->type);

	if (span_starts(type, SPAN("multipart/")) ||
	    span_starts(type, SPAN("message/")))
		return err_set(e, ERR_USAGE, "-M %s: a text is none",
		    c->m->type);
	return 0;
}

/* It is written into the header, where a part is in it. */
static int
check_charset(struct compose *c, struct err *e)
{
	const char *charset = account_get(c->m->account, "charset", CONF_SEND);

	for (const char *p = charset; p != NULL && *p != '\0'; p++)
		if (!ascii_alpha(*p) && !ascii_digit(*p) &&
		    strchr("-_.:+", *p) == NULL)
			return err_set(e, ERR_CONFIG,
			    "charset = %s: no charset has such a name",
			    charset);
	return 0;
}

/* Standard input, unless it is a part. */
static int
read_input(struct compose *c, struct err *e)
{
	if (c->is_input_taken)
		return 0;
	if (file_read_fd(STDIN_FILENO, "standard input", COMPOSE_INPUT_MAX,
	    &c->input, e) == -1)
		return -1;
	if (c->m->is_dotted)
		drop_after_dot(&c->input);
	return 0;
}

/* From the line on that is a dot alone. */
static void
drop_after_dot(struct buf *input)
{
	struct span rest = buf_view(input), line;
	size_t at = 0;

	while (span_line(&rest, &line) == 1) {
		if (span_is(line, ".") || span_is(line, ".\r")) {
			buf_cut(input, at);
			return;
		}
		at = input->n - rest.n;
	}
}

static int
make_id(struct compose *c, struct err *e)
{
	struct span domain = c->from.n == 0 ? SPAN("") :
	    addr_domain(c->from.v[0].address);

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
	    .message_id = buf_cstr(&c->message_id),
	    .is_bare_replaced = c->m->is_sendmail};
	struct buf from = {0};
	int status;

	addr_format(&c->from.v[0], strlen("From: "), &from);
	add.from = buf_cstr(&from);
	status = ready_make(buf_view(&c->input), &add, &c->ready, e);
	buf_free(&from);
	if (status == -1)
		return c->is_input_taken ? -1 :
		    err_wrap(e, "standard input");
	ready_shorten(&c->ready);
	if (!c->m->is_to_operands)
		add_list(&c->rcpt, &c->ready.to);
	return 0;
}

static void
take_subject(struct compose *c)
{
	const char *subject = c->m->subject;

	if (subject != NULL)
		compose_utf8(c, span_of(subject), &c->subject);
	else if (c->subject.n == 0)
		reply_forwarded(c, &c->subject);
}

/* Data that is no text goes as it is. */
static void
take_body(struct compose *c)
{
	struct span type = buf_view(&c->type), in = buf_view(&c->input);

	if (c->is_input_taken)
		return;
	if (type.n > 0 && !span_starts(type, SPAN("text/")))
		buf_span(&c->text, in);
	else if (c->charset.n > 0)
		charset_to_utf8(in, buf_view(&c->charset), &c->text);
	else
		compose_utf8(c, in, &c->text);
}

/* Who is named in the header, and all who get it. */
static int
gather(struct compose *c, struct err *e)
{
	struct msend *m = c->m;
	struct addr_list *list[] = {&c->to, &c->cc, &c->rcpt};

	add_list(&c->rcpt, m->is_ready ? &m->to : &c->to);
	add_list(&c->rcpt, &c->cc);
	add_list(&c->rcpt, &m->bcc);
	if (alias_complete(m, list, sizeof list / sizeof list[0], e) == -1)
		return -1;
	addr_list_unique(&c->rcpt);
	return 0;
}

static void
add_list(struct addr_list *to, const struct addr_list *from)
{
	for (size_t i = 0; i < from->n; i++) {
		addr_list_add(to, from->v[i].name, from->v[i].address);
		to->v[to->n - 1].is_group = from->v[i].is_group;
	}
}

static int
check_recipients(struct compose *c, struct err *e)
{
	const char *send = account_get(c->m->account, "send", CONF_SEND);
	bool may_be_bare = send != NULL &&
	    strncmp(send, "smtp", strlen("smtp")) != 0;

	if (c->rcpt.n == 0)
		return err_set(e, ERR_USAGE, "no recipients");
	for (size_t i = 0; i < c->rcpt.n && !may_be_bare; i++)
		if (addr_domain(c->rcpt.v[i].address).n == 0)
			return err_set(e, ERR_USAGE,
			    "the recipient \"%s\" has no domain",
			    c->rcpt.v[i].address);
	return 0;
}

/* The user's is the message's. */
static void
set_message_id(struct compose *c)
{
	for (size_t i = 0; i < c->m->fields; i++) {
		struct span value = c->m->field[i].value;

		if (!span_iis(c->m->field[i].name, "Message-ID"))
			continue;
		buf_cut(&c->message_id, 0);
		buf_span(&c->message_id, span_sub(value, 1, value.n - 2));
	}
}
