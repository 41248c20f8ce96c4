#include "proto/smtp_machine.h"

static void learn_keyword(struct smtp_caps *, struct span line);
static void learn_limits(struct smtp_caps *, struct span);

void
smtp_caps_learn(struct smtp_caps *caps, const struct smtp_reply *reply)
{
	struct span rest = buf_view(&reply->text), line;

	smtp_caps_clear(caps);
	/* the server's name */
	span_line(&rest, &line);
	while (span_line(&rest, &line) == 1)
		learn_keyword(caps, line);
}

void
smtp_caps_clear(struct smtp_caps *caps)
{
	buf_free(&caps->auth);
	*caps = (struct smtp_caps){0};
}

static void
learn_keyword(struct smtp_caps *caps, struct span line)
{
	const struct {
		struct span name;
		bool *is_there;
	} plain[] = {
	    {SPAN("PIPELINING"), &caps->pipelining},
	    {SPAN("CHUNKING"), &caps->chunking},
	    {SPAN("8BITMIME"), &caps->eightbit},
	    {SPAN("SMTPUTF8"), &caps->utf8},
	    {SPAN("STARTTLS"), &caps->starttls},
	    {SPAN("DSN"), &caps->dsn},
	    {SPAN("REQUIRETLS"), &caps->requiretls},
	    {SPAN("ENHANCEDSTATUSCODES"), &caps->enhanced},
	    {SPAN("SIZE"), &caps->has_size},
	};
	struct span rest = span_trim(line), word = {0};

	span_cut(&rest, ' ', &word);
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (span_ieq(word, plain[i].name))
			*plain[i].is_there = true;
	if (span_iis(word, "SIZE"))
		span_num(span_trim(rest), UINT64_MAX, &caps->size_max);
	else if (span_iis(word, "LIMITS"))
		learn_limits(caps, rest);
	else if (span_iis(word, "AUTH") || span_istarts(word, SPAN("AUTH="))) {
		if (caps->auth.n > 0)
			buf_char(&caps->auth, ' ');
		/* "AUTH=LOGIN" is how it was written before the RFC */
		buf_span(&caps->auth, span_from(span_trim(line), 5));
	}
}

static void
learn_limits(struct smtp_caps *caps, struct span rest)
{
	struct span name = SPAN("RCPTMAX="), limit;

	while (span_cut(&rest, ' ', &limit) == 1)
		if (span_istarts(limit, name))
			span_num(span_from(limit, name.n), UINT64_MAX,
			    &caps->recipients_max);
}
