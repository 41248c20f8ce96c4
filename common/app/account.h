/*
 * The configuration in force: satchel(5)'s file, the environment and -o,
 * resolved to one account (see satchel(5) for the order).
 */
#ifndef APP_ACCOUNT_H
#define APP_ACCOUNT_H

#include "mail/addr.h"
#include "net/wire.h"
#include "text/conf.h"
#include "text/url.h"

struct account_options {
	const char *config;	  /* -C; NULL: the usual places */
	const char *account;	  /* -a; NULL: by sender, else the first */
	const char *dialer;	  /* struct server's */
	const char **set;	  /* -o values */
	size_t n_set;
	bool is_unattended;	  /* nobody is asked for a password */
};

/*
 * Whether any of -C, -a and -o was given: what they say has to be right, also
 * where nothing will ask for it.
 */
bool account_is_given(const struct account_options *);

struct config; /* a parsed file, the environment and -o */

/*
 * Reads what there is.  A named file that is missing is ERR_NOINPUT, one that
 * others could have written ERR_CONFIG; no file at all is no error.
 */
int config_open(const struct account_options *, struct config **,
    struct err *);
void config_close(struct config *);
/*
 * Puts SATCHEL_PASSWORD back where it was, for a tool of ours that is about to
 * be started, and takes it out again.  config may be NULL: nothing was taken.
 */
void config_lend_password(struct config *, bool is_lent);

/*
 * The value in force of a key for the account, NULL where none is set: -o,
 * then the section, then [*]; for a connection key the side's own spelling
 * before the plain one.
 */
struct account;
const char *account_get(const struct account *, const char *key,
    enum conf_side);
bool account_yes(const struct account *, const char *key, enum conf_side);
int64_t account_number(const struct account *, const char *key,
    enum conf_side, int64_t otherwise);
int64_t account_period(const struct account *, const char *key,
    enum conf_side, int64_t otherwise_sec);
const char *account_name(const struct account *);

/*
 * The account of -a; else, where from is not NULL, the one whose address has
 * it; else the first; else one made of the environment alone.  Freed with the
 * config.
 */
int account_find(struct config *, const char *from, struct account **,
    struct err *);

/* The account of that name: ERR_CONFIG where there is none. */
int account_find_name(struct config *, const char *name, struct account **,
    struct err *);

/*
 * The name of the account with that number, from 0: the environment's, where
 * it has one, then the file's; NULL after the last.
 */
const char *account_at(const struct config *, size_t);

/*
 * The account for a URL: that of -a; else the one of account_find or the first
 * whose "fetch" has the URL's host and, where it names one, its user; else the
 * first with its host; else the environment's, if it has no "fetch".  No secret
 * goes to a host that neither the configuration nor -a chose: ERR_CONFIG.
 */
int account_find_url(struct config *, const struct url *, struct account **,
    struct err *);

/* The addresses of the account; empty where none is set. */
int account_addresses(const struct account *, struct addr_list *,
    struct err *);

/* The Maildir of the account ("~" expanded): "maildir", else ~/Mail/NAME. */
void account_maildir(const struct account *, struct buf *);

/*
 * Fills *s for the URL: TLS choice, trust, proxy, tunnel, time-out and user.
 * Strings are borrowed from the account and the URL.  TLS "no" off loopback
 * without insecure = yes is ERR_CONFIG.
 */
int account_server(const struct account *, enum conf_side,
    const struct url *, struct server *, struct err *);

/*
 * The secret of the side's user: password, password-command, netrc,
 * SATCHEL_PASSWORD where it applies, else a prompt where prompt allows it and
 * a terminal is in the foreground, else ERR_CONFIG.  A command is run once an
 * account, and a question asked once, whatever number of times its secret is
 * needed.  The caller wipes *out.
 */
int account_secret(const struct account *, enum conf_side,
    const struct server *, bool prompt, struct buf *out, struct err *);

/*
 * How many log-ins servers have refused to the accounts of this configuration:
 * ERR_AUTH is said of a certificate too, and of a command that fails.
 */
unsigned account_refusals(const struct account *);

/*
 * The access token that oauth-command prints; run once an account too, and
 * again where fresh.  ERR_CONFIG without the key.  The caller wipes *out.
 */
int account_token(const struct account *, enum conf_side, bool fresh,
    struct buf *out, struct err *);

/* The next one is asked for anew: for who connects again after a while. */
void account_token_forget(const struct account *, enum conf_side);

#endif
