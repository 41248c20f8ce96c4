#include "mail/query_tree.h"

#define LONG_LINE 998 /* bytes; mail has none that is longer, RFC 5322 2.1.1 */

static bool make_far(struct query_regex *, struct span pattern, int flags);
static bool has_reference(struct span pattern);
static bool takes_any(void);

int
query_regex_make(struct query_regex *r, const char *pattern, int flags)
{
	int error = regcomp(&r->here, pattern, flags);

	if (error == 0)
		r->has_far = make_far(r, span_of(pattern), flags);
	return error;
}

bool
query_regex_finds(const struct query_regex *r, const char *line, size_t n)
{
	const regex_t *regex = r->has_far && n > LONG_LINE ? &r->far
	    : &r->here;

	return regexec(regex, line, 0, NULL, 0) == 0;
}

void
query_regex_free(struct query_regex *r)
{
	regfree(&r->here);
	if (r->has_far)
		regfree(&r->far);
}

static bool
make_far(struct query_regex *r, struct span pattern, int flags)
{
	struct buf far = {0};
	bool is_made;

	if (has_reference(pattern) || !takes_any())
		return false;
	buf_str(&far, "^.*(");
	buf_span(&far, pattern);
	buf_char(&far, ')');
	is_made = regcomp(&r->far, buf_cstr(&far), flags) == 0;
	buf_free(&far);
	return is_made;
}

/* To a group, whose number would be another; some libraries have them. */
static bool
has_reference(struct span pattern)
{
	for (size_t i = 1; i < pattern.n; i++)
		if (pattern.p[i - 1] == '\\' && pattern.p[i] >= '0' &&
		    pattern.p[i] <= '9')
			return true;
	return false;
}

/* Whether all of UTF-8 is characters in this locale. */
static bool
takes_any(void)
{
	regex_t any;
	bool takes;

	if (regcomp(&any, "^.*$", REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	takes = regexec(&any, "a\303\251\342\202\254\360\237\230\200z", 0,
	    NULL, 0) == 0;
	regfree(&any);
	return takes;
}
