#include "text/netrc.h"

/* One machine's entry as it is read. */
struct entry {
	bool is_host, has_password;
	bool is_user; /* its login is the one that is asked for */
};

static bool next_token(struct span *, struct buf *);
static void quoted(struct span *, struct buf *);
static void skip_macro(struct span *);
static bool is_blank(char);

int
netrc_find(struct span text, const char *host, const char *user,
    struct buf *password)
{
	struct entry at = {0};
	struct buf token = {0}, found = {0};
	bool more = true;

	buf_room(&token, text.n);
	buf_room(&found, text.n);
	while (more && (more = next_token(&text, &token))) {
		struct span t = buf_view(&token);
		bool starts = span_is(t, "machine") || span_is(t, "default");

		if (starts && at.is_host && at.is_user && at.has_password)
			break;
		if (span_is(t, "default")) {
			at = (struct entry){.is_host = true, .is_user = true};
		} else if (span_is(t, "machine")) {
			more = next_token(&text, &token);
			at = (struct entry){
			    .is_host = span_iis(buf_view(&token), host),
			    .is_user = true};
		} else if (span_is(t, "login")) {
			more = next_token(&text, &token);
			at.is_user =
			    user == NULL || span_is(buf_view(&token), user);
		} else if (span_is(t, "password")) {
			buf_cut(&found, 0);
			more = next_token(&text, &found);
			at.has_password = more;
		} else if (span_is(t, "account")) {
			more = next_token(&text, &token);
		} else if (span_is(t, "macdef")) {
			skip_macro(&text);
		}
	}
	at.has_password = at.is_host && at.is_user && at.has_password;
	if (at.has_password)
		buf_span(password, buf_view(&found));
	buf_wipe(&token);
	buf_wipe(&found);
	return at.has_password;
}

static bool
next_token(struct span *rest, struct buf *token)
{
	struct span line;
	size_t n = 0;

	buf_cut(token, 0);
	while (rest->n > 0 && (is_blank(rest->p[0]) || rest->p[0] == '#'))
		if (rest->p[0] == '#')
			span_line(rest, &line);
		else
			*rest = span_from(*rest, 1);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"') {
		quoted(rest, token);
		return true;
	}
	while (n < rest->n && !is_blank(rest->p[n]))
		n++;
	buf_add(token, rest->p, n);
	*rest = span_from(*rest, n);
	return true;
}

static void
quoted(struct span *rest, struct buf *token)
{
	size_t i;

	for (i = 1; i < rest->n && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		buf_char(token, rest->p[i]);
	}
	*rest = span_from(*rest, i + 1);
}

/* A macro runs to an empty line. */
static void
skip_macro(struct span *rest)
{
	struct span line;

	while (span_line(rest, &line) == 1 && line.n > 0)
		;
}

static bool
is_blank(char c)
{
	return ascii_blank(c) || c == '\n' || c == '\r';
}
