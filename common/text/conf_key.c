#include <string.h>

#include "base/mem.h"
#include "text/conf.h"

#define KEY_MAX 32 /* a longer name is not compared for nearness */

static const struct conf_key keys[] = {
    {"address", CONF_TEXT, NULL, false, false},
    {"aliases", CONF_PATH, NULL, false, false},
    {"auth", CONF_LIST,
	"EXTERNAL OAUTHBEARER XOAUTH2 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN "
	"CRAM-MD5 USER GSSAPI APOP", true, false},
    {"charset", CONF_TEXT, NULL, false, false},
    {"compress", CONF_BOOL, NULL, false, false},
    {"connections", CONF_NUMBER, NULL, false, false},
    {"dedup", CONF_BOOL, NULL, false, false},
    {"domain", CONF_TEXT, NULL, false, false},
    {"dsn", CONF_LIST, "never failure delay success", false, false},
    {"fetch", CONF_URL, "imap imaps pop3 pop3s", false, false},
    {"folders", CONF_TEXT, NULL, false, false},
    {"html-command", CONF_TEXT, NULL, false, false},
    {"index-body", CONF_BOOL, NULL, false, false},
    {"insecure", CONF_BOOL, NULL, true, false},
    {"keep", CONF_TEXT, NULL, false, false},
    {"layout", CONF_WORD, "plain maildir++", false, false},
    {"logfile", CONF_PATH, NULL, false, false},
    {"maildir", CONF_PATH, NULL, false, false},
    {"mirror", CONF_BOOL, NULL, false, false},
    {"netrc", CONF_PATH, NULL, true, false},
    {"oauth-command", CONF_TEXT, NULL, true, false},
    {"password", CONF_TEXT, NULL, true, true},
    {"password-command", CONF_TEXT, NULL, true, false},
    {"proxy", CONF_PROXY, NULL, true, false},
    {"queue-life", CONF_PERIOD, NULL, false, false},
    {"rate", CONF_TEXT, NULL, false, false},
    {"require-tls", CONF_BOOL, NULL, false, false},
    {"retry-unknown", CONF_BOOL, NULL, false, false},
    {"send", CONF_URL, "smtp smtps lmtp maildir pipe", false, false},
    {"sent", CONF_PATH, NULL, false, false},
    {"size-max", CONF_NUMBER, NULL, false, false},
    {"spool", CONF_PATH, NULL, false, false},
    {"thread-subject", CONF_BOOL, NULL, false, false},
    {"timeout", CONF_NUMBER, NULL, true, false},
    {"tls", CONF_BOOL, NULL, true, false},
    {"tls-ca", CONF_PATH, NULL, true, false},
    {"tls-cert", CONF_PATH, NULL, true, false},
    {"tls-key", CONF_PATH, NULL, true, false},
    {"tls-pin", CONF_PIN, NULL, true, false},
    {"tunnel", CONF_TEXT, NULL, true, false},
    {"user", CONF_TEXT, NULL, true, false},
};

#define KEYS (sizeof keys / sizeof keys[0])

static const struct conf_key *named(struct span);
static const char *nearest(struct span);
static size_t distance(struct span, struct span);

const struct conf_key *
conf_key(struct span name, enum conf_side *side)
{
	const struct conf_key *k = named(name);

	*side = CONF_BOTH;
	if (k != NULL)
		return k;
	if (span_starts(name, SPAN("fetch-"))) {
		*side = CONF_FETCH;
		k = named(span_from(name, 6));
	} else if (span_starts(name, SPAN("send-"))) {
		*side = CONF_SEND;
		k = named(span_from(name, 5));
	}
	return k != NULL && k->is_connection ? k : NULL;
}

int
conf_find(struct span name, struct conf_entry *entry, struct err *e)
{
	entry->key = conf_key(name, &entry->side);
	if (entry->key != NULL)
		return 0;
	return err_set(e, ERR_CONFIG, "unknown key %.*s; the nearest is %s",
	    (int)(name.n < 80 ? name.n : 80), name.n > 0 ? name.p : "",
	    nearest(name));
}

int
conf_setting(const char *arg, struct conf_entry *entry, struct err *e)
{
	struct span name = span_of(arg), value;
	size_t eq = span_chr(name, '=');

	*entry = (struct conf_entry){0};
	if (eq == SPAN_NONE)
		return err_set(e, ERR_USAGE, "%s: not key=value", arg);
	value = span_from(name, eq + 1);
	name = span_trim(span_sub(name, 0, eq));
	if (conf_find(name, entry, e) == -1) {
		e->kind = ERR_USAGE;
		return -1;
	}
	entry->value = mem_dup(value.p, value.n);
	if (conf_is_secret(entry)) {
		(void)err_set(e, ERR_USAGE,
		    "%s: a secret is never given on the command line",
		    entry->key->name);
		conf_entry_free(entry);
		return -1;
	}
	if (conf_check(entry, e) == -1) {
		conf_entry_free(entry);
		return -1;
	}
	return 0;
}

static const struct conf_key *
named(struct span name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (span_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static const char *
nearest(struct span name)
{
	size_t best = SIZE_MAX, d;
	const char *found = keys[0].name;

	for (size_t i = 0; i < KEYS; i++) {
		d = distance(span_sub(name, 0, KEY_MAX),
		    span_of(keys[i].name));
		if (d < best) {
			best = d;
			found = keys[i].name;
		}
	}
	return found;
}

/* The edit distance (Levenshtein); both are at most KEY_MAX long. */
static size_t
distance(struct span a, struct span b)
{
	size_t row[KEY_MAX + 1], diagonal, above, least;

	for (size_t k = 0; k <= b.n; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			above = row[k];
			least = diagonal + (a.p[i - 1] != b.p[k - 1]);
			if (above + 1 < least)
				least = above + 1;
			if (row[k - 1] + 1 < least)
				least = row[k - 1] + 1;
			row[k] = least;
			diagonal = above;
		}
	}
	return row[b.n];
}
