#include "mail/flag.h"

static const struct kind {
	unsigned flag;
	char letter, status; /* in a Maildir, in an mbox; NUL: none */
	const char *imap, *word;
} kinds[] = {
    {FLAG_DRAFT, 'D', 'T', "\\Draft", "draft"},
    {FLAG_FLAGGED, 'F', 'F', "\\Flagged", "flagged"},
    {FLAG_PASSED, 'P', '\0', "$Forwarded", "passed"},
    {FLAG_ANSWERED, 'R', 'A', "\\Answered", "answered"},
    {FLAG_SEEN, 'S', 'R', "\\Seen", "seen"},
    {FLAG_TRASHED, 'T', 'D', "\\Deleted", "trashed"}};

#define KINDS (sizeof kinds / sizeof kinds[0])

unsigned
flag_of_name(struct span name)
{
	size_t at = name.n;
	unsigned flags = 0;

	while (at > 0 && name.p[at - 1] != ':' && name.p[at - 1] != '/')
		at--;
	name = span_from(name, at > 0 ? at - 1 : 0);
	if (!span_starts(name, SPAN(":2,")))
		return 0;
	for (size_t i = 3; i < name.n; i++)
		for (size_t k = 0; k < KINDS; k++)
			if (name.p[i] == kinds[k].letter)
				flags |= kinds[k].flag;
	return flags;
}

void
flag_letters(unsigned flags, struct buf *out)
{
	for (size_t k = 0; k < KINDS; k++)
		if ((flags & kinds[k].flag) != 0)
			buf_char(out, kinds[k].letter);
}

unsigned
flag_of_status(struct span value)
{
	unsigned flags = 0;

	for (size_t i = 0; i < value.n; i++)
		for (size_t k = 0; k < KINDS; k++)
			if (kinds[k].status != '\0' &&
			    value.p[i] == kinds[k].status)
				flags |= kinds[k].flag;
	return flags;
}

unsigned
flag_of_imap(struct span name)
{
	for (size_t k = 0; k < KINDS; k++)
		if (span_iis(name, kinds[k].imap))
			return kinds[k].flag;
	return 0;
}

unsigned
flags_of_imap(struct span names)
{
	struct span name;
	unsigned flags = 0;

	while (span_cut(&names, ' ', &name) == 1)
		flags |= flag_of_imap(name);
	return flags;
}

unsigned
flag_of_word(struct span word)
{
	for (size_t k = 0; k < KINDS; k++)
		if (span_iis(word, kinds[k].word))
			return kinds[k].flag;
	return 0;
}

const char *
flag_word(unsigned flag)
{
	for (size_t k = 0; k < KINDS; k++)
		if (flag == kinds[k].flag)
			return kinds[k].word;
	return NULL;
}
