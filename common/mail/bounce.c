#include <string.h>

#include "mail/bounce.h"
#include "text/charset.h"

static void put_header(const struct bounce *, struct buf *);
static void put_text(const struct bounce *, struct buf *);
static void put_status(const struct bounce *, struct buf *);
static void put_recipient(const struct bounce_rcpt *, struct buf *);
static void put_address(const char *, struct buf *);
static void put_ascii(struct span, struct buf *);
static void put_message(const struct bounce *, struct buf *);
static void put_lines(struct span, struct buf *);

void
bounce_build(const struct bounce *b, struct buf *out)
{
	put_header(b, out);
	put_text(b, out);
	put_status(b, out);
	put_message(b, out);
}

static void
put_header(const struct bounce *b, struct buf *out)
{
	buf_fmt(out, "Return-Path: <>\nFrom: Mail Delivery <MAILER-DAEMON@%s>\n"
	    "To: <%s>\nSubject: Not delivered: your message is returned\n",
	    b->host, b->sender);
	buf_str(out, "Date: ");
	date_rfc5322(b->date, out);
	buf_fmt(out, "\nMessage-ID: <%s>\n", b->message_id);
	if (b->returned[0] != '\0')
		buf_fmt(out, "In-Reply-To: <%s>\nReferences: <%s>\n",
		    b->returned, b->returned);
	buf_fmt(out, "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\n"
	    "\tboundary=\"%s\"\n\n", b->token);
}

static void
put_text(const struct bounce *b, struct buf *out)
{
	buf_fmt(out, "--%s\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n"
	    "The message of ", b->token);
	date_rfc5322(b->arrived, out);
	buf_fmt(out, "\nwas not delivered to\n");
	for (size_t i = 0; i < b->n; i++) {
		const struct bounce_rcpt *rcpt = &b->rcpt[i];

		buf_fmt(out, "\n    %s\n", rcpt->address);
		if (rcpt->text[0] == '\0')
			continue;
		buf_str(out, "        ");
		charset_line(span_of(rcpt->text), out);
		buf_char(out, '\n');
	}
	buf_str(out, "\nIt will not be tried again.  The message itself is "
	    "below.\n\n");
}

static void
put_status(const struct bounce *b, struct buf *out)
{
	buf_fmt(out, "--%s\nContent-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; %s\nArrival-Date: ", b->token, b->host);
	date_rfc5322(b->arrived, out);
	buf_char(out, '\n');
	for (size_t i = 0; i < b->n; i++)
		put_recipient(&b->rcpt[i], out);
	buf_char(out, '\n');
}

/* A temporary refusal that lasted too long is 4.4.7 (RFC 3463). */
static void
put_recipient(const struct bounce_rcpt *rcpt, struct buf *out)
{
	bool is_final = rcpt->code >= 500;

	buf_str(out, "\nFinal-Recipient: ");
	put_address(rcpt->address, out);
	buf_fmt(out, "\nAction: failed\nStatus: %s\n",
	    rcpt->enhanced[0] == '5' ? rcpt->enhanced :
	    is_final ? "5.0.0" : "4.4.7");
	if (rcpt->code == 0)
		return;
	buf_fmt(out, "Diagnostic-Code: smtp; %d %s%s", rcpt->code,
	    rcpt->enhanced, rcpt->enhanced[0] == '\0' ? "" : " ");
	put_ascii(span_of(rcpt->text), out);
	buf_char(out, '\n');
}

/* By RFC 3464, or where it is not ASCII by RFC 6533. */
static void
put_address(const char *address, struct buf *out)
{
	struct span s = span_of(address);
	uint32_t c;

	if (charset_is_ascii(s)) {
		buf_fmt(out, "rfc822; %s", address);
		return;
	}
	buf_str(out, "utf-8; ");
	for (size_t off = 0; off < s.n;) {
		c = charset_char(s, &off);
		if (c > ' ' && c < 0x7f && c != '\\' && c != '+' && c != '=')
			buf_char(out, (char)c);
		else
			buf_fmt(out, "\\x{%X}", (unsigned)c);
	}
}

static void
put_ascii(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		buf_char(out, text.p[i] >= ' ' && text.p[i] < 0x7f ?
		    text.p[i] : text.p[i] == '\n' ? ' ' : '?');
}

static void
put_message(const struct bounce *b, struct buf *out)
{
	buf_fmt(out, "--%s\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: %s\n\n", b->token,
	    charset_is_ascii(b->message) ? "7bit" : "8bit");
	put_lines(b->message, out);
	buf_fmt(out, "\n--%s--\n", b->token);
}

static void
put_lines(struct span rest, struct buf *out)
{
	struct span line;

	while (span_line(&rest, &line) == 1) {
		buf_span(out, line);
		buf_char(out, '\n');
	}
}
