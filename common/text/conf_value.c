#include "text/conf.h"
#include "text/date.h"
#include "text/pin.h"
#include "text/url.h"

#define NUMBER_MAX 2147483647

static int refuse(const struct conf_entry *, const char *what, const char *,
    struct err *);
static bool is_word_of(const char *words, struct span, bool folds);
static bool is_list_of(const char *words, struct span);
static int check_url(const struct conf_entry *, struct err *);
static bool is_proxy(struct span);
static enum err_kind wrong(const struct conf_entry *);

int
conf_check(const struct conf_entry *entry, struct err *e)
{
	const struct conf_key *k = entry->key;
	struct span v = span_of(entry->value);
	uint64_t number;
	int64_t period;

	switch (k->type) {
	case CONF_BOOL:
		return span_is(v, "yes") || span_is(v, "no") ? 0 :
		    refuse(entry, "yes or no", "", e);
	case CONF_NUMBER:
		return span_num(v, NUMBER_MAX, &number) ? 0 :
		    refuse(entry, "a number up to ", "2147483647", e);
	case CONF_PERIOD:
		return date_period(v, &period) ? 0 :
		    refuse(entry, "a time such as 5d, 12h or 90", "", e);
	case CONF_WORD:
		return is_word_of(k->words, v, false) ? 0 :
		    refuse(entry, "one of: ", k->words, e);
	case CONF_LIST:
		return is_list_of(k->words, v) ? 0 :
		    refuse(entry, "some of: ", k->words, e);
	case CONF_URL:
		return check_url(entry, e);
	case CONF_PROXY:
		return is_proxy(v) ? 0 : refuse(entry,
		    "socks5h://HOST:PORT or http://HOST:PORT", "", e);
	case CONF_PIN:
		return pin_is_list(v) ? 0 : refuse(entry,
		    "sha256//BASE64 of a public key", "", e);
	case CONF_TEXT:
	case CONF_PATH:
		break;
	}
	return 0;
}

bool
conf_is_secret(const struct conf_entry *entry)
{
	struct span v = span_of(entry->value);
	size_t i = span_find(v, SPAN("://")), at;

	if (entry->key->type != CONF_PROXY || i == SPAN_NONE)
		return entry->key->is_secret;
	v = span_from(v, i + 3);
	at = span_chr(v, '@');
	return at != SPAN_NONE && span_chr(span_sub(v, 0, at), ':') < at;
}

static int
refuse(const struct conf_entry *entry, const char *what, const char *words,
    struct err *e)
{
	return err_set(e, wrong(entry), "%s is %s%s", entry->key->name, what,
	    words);
}

static bool
is_word_of(const char *words, struct span v, bool folds)
{
	struct span rest = span_of(words), word;

	while (span_cut(&rest, ' ', &word) == 1)
		if (folds ? span_ieq(word, v) : span_eq(word, v))
			return true;
	return false;
}

/* At least one, and none that is not known. */
static bool
is_list_of(const char *words, struct span v)
{
	struct span part, word;
	bool is_any = false;

	while (span_cut(&v, ',', &part) == 1)
		while (span_cut(&part, ' ', &word) == 1) {
			word = span_trim(word);
			if (word.n == 0)
				continue;
			if (!is_word_of(words, word, true))
				return false;
			is_any = true;
		}
	return is_any;
}

/*
 * What url_parse says may name a part of the URL, and what stands before an @
 * may be a password.
 */
static int
check_url(const struct conf_entry *entry, struct err *e)
{
	const struct conf_key *k = entry->key;
	struct span v = span_of(entry->value);
	struct url u;
	bool is_good;

	if (url_parse(v, &u, e) == -1) {
		e->kind = wrong(entry);
		if (span_chr(v, '@') == SPAN_NONE)
			return err_wrap(e, "%s", k->name);
		return refuse(entry, "not a URL here", "", e);
	}
	is_good = is_word_of(k->words, span_of(url_scheme_name(u.scheme)),
	    false);
	if (u.has_password)
		(void)err_set(e, wrong(entry), "%s: a URL never holds a "
		    "password; use password-command", k->name);
	else if (!is_good)
		(void)refuse(entry, "a URL of: ", k->words, e);
	is_good = is_good && !u.has_password;
	url_free(&u);
	return is_good ? 0 : -1;
}

/* In one piece: it is a line of what satchel-dial is asked. */
static bool
is_proxy(struct span v)
{
	static const char *const schemes[] = {"socks5h://", "socks5://",
	    "socks4a://", "socks4://", "http://"};

	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' || v.p[i] == '\x7f')
			return false;
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (span_istarts(v, span_of(schemes[i])))
			return v.n > span_of(schemes[i]).n;
	return false;
}

/* From a file it is the configuration's fault, from -o the caller's. */
static enum err_kind
wrong(const struct conf_entry *entry)
{
	return entry->line > 0 ? ERR_CONFIG : ERR_USAGE;
}
