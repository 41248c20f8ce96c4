#include <stdio.h>
#include <string.h>

#include "app/account_config.h"
#include "app/login.h"
#include "text/enc.h"

#define HIDDEN_LEAST 8 /* bytes of a secret's start that are hidden too */

static int get_secret(struct login *, bool prompt, struct err *);
static int begin(struct login *, struct err *);
static void note_success(const struct login *);
static struct sasl_options options(const struct login *);
static void explain(struct login *, struct err *);
static void hide_secret(struct login *);
static void hide(struct login *, struct span);
static void hide_encoded(struct login *, struct span);
static size_t hidden_at(const struct login *, struct span);

int
login_open(struct login *l, const struct account *a, enum conf_side side,
    const struct server *s, const char *service, bool prompt,
    struct span offered, struct err *e)
{
	struct sasl_options o;

	*l = (struct login){.account = a, .side = side, .server = s,
	    .service = service};
	o = options(l);
	server_note(s, "mechanisms", span_trim(offered));
	server_begins(s, "login");
	if (sasl_choose(&o, offered, &l->mechanism, e) == -1)
		return -1;
	if (s->user == NULL && l->mechanism->secret != SASL_NOTHING)
		return err_set(e, ERR_CONFIG, "account %s: no user",
		    account_name(a));
	if (get_secret(l, prompt, e) == -1 || begin(l, e) == -1) {
		login_close(l);
		return -1;
	}
	return 0;
}

void
login_close(struct login *l)
{
	sasl_close(l->sasl);
	buf_wipe(&l->secret);
	buf_wipe(&l->initial);
	buf_wipe(&l->hidden);
	*l = (struct login){0};
}

int
login_answer(struct login *l, struct span challenge, struct buf *out)
{
	size_t at = out->n;

	/* the first fault is the one that counts */
	if (l->failed.kind != ERR_NONE)
		return -1;
	if (l->sasl == NULL)
		return err_set(&l->failed, ERR_PROTO, "an unasked challenge");
	if (sasl_step(l->sasl, challenge, out, &l->failed) == -1)
		return -1;
	hide_encoded(l, span_from(buf_view(out), at));
	return 0;
}

bool
login_is_said(const struct login *l)
{
	return l->failed.kind == ERR_NONE && l->sasl != NULL &&
	    l->mechanism->secret != SASL_TOKEN && sasl_is_said(l->sasl);
}

int
login_end(struct login *l, struct err *e)
{
	if (l->failed.kind != ERR_NONE) {
		*e = l->failed;
		return -1;
	}
	if (l->sasl != NULL && sasl_end(l->sasl, e) == -1)
		return -1;
	note_success(l);
	return 0;
}

int
login_refused(struct login *l, struct err *e)
{
	struct buf text = {0};

	if (l->failed.kind != ERR_NONE)
		*e = l->failed;
	else if (l->sasl != NULL && sasl_said(l->sasl).n > 0)
		explain(l, e);
	login_mask(l, span_of(e->text), &text);
	snprintf(e->text, sizeof e->text, "%s", buf_cstr(&text));
	buf_wipe(&text);
	l->account->config->refusals += e->kind == ERR_AUTH;
	return -1;
}

bool
login_again(struct login *l, const struct err *e)
{
	struct buf token = {0};
	struct err ignored;
	bool is_new;

	if (l->mechanism->secret != SASL_TOKEN || l->is_fresh ||
	    e->kind != ERR_AUTH)
		return false;
	l->is_fresh = true;
	is_new = account_token(l->account, l->side, true, &token, &ignored) ==
		0 && !span_eq(buf_view(&token), buf_view(&l->secret));
	if (is_new) {
		buf_wipe(&l->secret);
		l->secret = token;
		return begin(l, &ignored) == 0;
	}
	buf_wipe(&token);
	return false;
}

void
login_mask(const struct login *l, struct span line, struct buf *out)
{
	size_t n;

	if (l == NULL) {
		buf_span(out, line);
		return;
	}
	while (line.n > 0) {
		n = hidden_at(l, line);
		if (n > 0)
			buf_str(out, "***");
		else
			buf_char(out, line.p[0]);
		line = span_from(line, n > 0 ? n : 1);
	}
}

static int
get_secret(struct login *l, bool prompt, struct err *e)
{
	switch (l->mechanism->secret) {
	case SASL_TOKEN:
		return account_token(l->account, l->side, false, &l->secret,
		    e);
	case SASL_PASSWORD:
		return account_secret(l->account, l->side, l->server, prompt,
		    &l->secret, e);
	case SASL_NOTHING:
		break;
	}
	return 0;
}

static int
begin(struct login *l, struct err *e)
{
	const struct sasl_options o = options(l);

	sasl_close(l->sasl);
	l->sasl = NULL;
	buf_wipe(&l->initial);
	l->has_initial = false;
	l->failed = (struct err){0};
	hide_secret(l);
	if (l->mechanism->is_command)
		return 0;
	if (sasl_open(l->mechanism, &o, &l->sasl, e) == -1)
		return -1;
	if (!l->mechanism->is_client_first)
		return 0;
	l->has_initial = true;
	if (sasl_step(l->sasl, SPAN(""), &l->initial, e) == -1)
		return -1;
	hide_encoded(l, buf_view(&l->initial));
	return 0;
}

static void
note_success(const struct login *l)
{
	const struct span field[] = {span_of(l->mechanism->name),
	    span_of(l->server->user == NULL ? "" : l->server->user)};

	server_notes(l->server, "login", field, l->server->user == NULL ? 1 :
	    2);
}

static struct sasl_options
options(const struct login *l)
{
	return (struct sasl_options){.server = l->server,
	    .service = l->service, .secret = buf_view(&l->secret),
	    .has_token = account_get(l->account, "oauth-command", l->side) !=
		NULL};
}

static void
explain(struct login *l, struct err *e)
{
	struct span said = sasl_said(l->sasl);
	char text[ERR_TEXT];

	snprintf(text, sizeof text, "%s", e->text);
	err_set(e, e->kind, "%s (%.*s)", text,
	    said.n < ERR_TEXT ? (int)said.n : ERR_TEXT, said.p);
}

/* As it is, as base64, and as IMAP quotes it. */
static void
hide_secret(struct login *l)
{
	struct span secret = buf_view(&l->secret);
	struct buf quoted = {0};

	buf_room(&quoted, 2 * secret.n);
	for (size_t i = 0; i < secret.n; i++) {
		if (secret.p[i] == '"' || secret.p[i] == '\\')
			buf_char(&quoted, '\\');
		buf_char(&quoted, secret.p[i]);
	}
	hide(l, secret);
	if (quoted.n > secret.n)
		hide(l, buf_view(&quoted));
	hide_encoded(l, secret);
	buf_wipe(&quoted);
}

static void
hide(struct login *l, struct span s)
{
	struct buf all = {0};

	if (s.n == 0 || span_chr(s, '\0') != SPAN_NONE)
		return;
	/* grown by hand: no copy is left behind unwiped */
	buf_room(&all, l->hidden.n + s.n + 1);
	buf_span(&all, buf_view(&l->hidden));
	buf_span(&all, s);
	buf_char(&all, '\0');
	buf_wipe(&l->hidden);
	l->hidden = all;
}

static void
hide_encoded(struct login *l, struct span s)
{
	struct buf encoded = {0};

	buf_room(&encoded, s.n / 3 * 4 + 8);
	enc_base64(s, &encoded);
	hide(l, buf_view(&encoded));
	buf_wipe(&encoded);
}

/*
 * How many bytes at the line's start are a secret, or as much of one as the
 * server has repeated, in whatever case.
 */
static size_t
hidden_at(const struct login *l, struct span line)
{
	struct span rest = buf_view(&l->hidden), one;
	size_t most = 0, n;

	while (span_cut(&rest, '\0', &one) == 1) {
		for (n = 0; n < one.n && n < line.n &&
		    ascii_lower(one.p[n]) == ascii_lower(line.p[n]); n++)
			continue;
		if (n > most && (n == one.n || n >= HIDDEN_LEAST))
			most = n;
	}
	return most;
}
