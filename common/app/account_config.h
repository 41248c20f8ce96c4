/* The inside of a configuration that app/account resolves. */
#ifndef APP_ACCOUNT_CONFIG_H
#define APP_ACCOUNT_CONFIG_H

#include "app/account.h"

struct account {
	struct config *config;
	const struct conf_section *section; /* NULL: the environment's */
};

/* A secret that was got, and by what. */
struct config_secret {
	char *source;
	struct buf secret;
};

struct config {
	char *path; /* NULL where there is no file */
	struct conf conf;
	struct conf_entry *set; /* -o, the last of a key first */
	size_t n_set;
	const char *wanted; /* -a */
	const char *dialer; /* struct server's */
	bool is_unattended; /* nobody is asked for a password */
	char *password;	    /* SATCHEL_PASSWORD, taken out of the environment */
	struct account account;
	struct config_secret *got;
	size_t n_got, got_cap;
	const struct server_watch *watch; /* of the connections; or NULL */
	unsigned refusals;  /* of log-ins */
};

#endif
