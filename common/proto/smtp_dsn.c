/* DSN's parameters (RFC 3461). */
#include <string.h>

#include "proto/smtp_machine.h"
#include "text/charset.h"

#define ENVID_MAX 100 /* bytes of it, and of ORCPT, once they are encoded */
#define ORCPT_MAX 500

static bool is_given(const char *);
static bool is_notify(struct span);
static bool is_plain(struct span);
static void xtext(struct span, struct buf *);

int
smtp_dsn_check(const struct smtp_mail *mail, struct err *e)
{
	struct buf envid = {0};
	bool fits;

	if (is_given(mail->notify) && !is_notify(span_of(mail->notify)))
		return err_set(e, ERR_USAGE, "\"%s\" is not NEVER or a list "
		    "of SUCCESS, FAILURE and DELAY", mail->notify);
	if (is_given(mail->ret) && strcmp(mail->ret, "FULL") != 0 &&
	    strcmp(mail->ret, "HDRS") != 0)
		return err_set(e, ERR_USAGE, "\"%s\" is not FULL or HDRS",
		    mail->ret);
	if (!is_given(mail->envid))
		return 0;
	xtext(span_of(mail->envid), &envid);
	fits = envid.n <= ENVID_MAX && is_plain(span_of(mail->envid));
	buf_free(&envid);
	if (fits)
		return 0;
	return err_set(e, ERR_USAGE,
	    "\"%s\" cannot be an envelope's id", mail->envid);
}

void
smtp_dsn_mail(const struct smtp_mail *mail, struct buf *line)
{
	if (is_given(mail->ret))
		buf_fmt(line, " RET=%s", mail->ret);
	if (!is_given(mail->envid))
		return;
	buf_str(line, " ENVID=");
	xtext(span_of(mail->envid), line);
}

/* The recipient as we know it stands in reports; too long a one does not. */
void
smtp_dsn_rcpt(const struct smtp_mail *mail, const char *address,
    struct buf *line)
{
	struct span s = span_of(address);
	struct buf orcpt = {0};

	if (!is_given(mail->notify))
		return;
	buf_fmt(line, " NOTIFY=%s", mail->notify);
	if (!charset_is_ascii(s))
		return;
	xtext(s, &orcpt);
	if (orcpt.n <= ORCPT_MAX)
		buf_fmt(line, " ORCPT=rfc822;%s", buf_cstr(&orcpt));
	buf_free(&orcpt);
}

static bool
is_given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool
is_notify(struct span list)
{
	struct span word;

	if (span_is(list, "NEVER"))
		return true;
	while (span_cut(&list, ',', &word) == 1)
		if (!span_is(word, "SUCCESS") && !span_is(word, "FAILURE") &&
		    !span_is(word, "DELAY"))
			return false;
	return true;
}

static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void
xtext(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '+' ||
		    s.p[i] == '=')
			buf_fmt(out, "+%02X", (unsigned char)s.p[i]);
		else
			buf_char(out, s.p[i]);
}
