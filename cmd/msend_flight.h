/* Mails of many messages on their way through one session after another. */
#ifndef CMD_MSEND_FLIGHT_H
#define CMD_MSEND_FLIGHT_H

#include "msend_link.h"

struct letter;

/* The messages that a call of submit has in hand. */
struct flight {
	struct msend *m;
	struct spool *spool; /* NULL: nothing is kept */
	struct link *link;   /* whose session has the letters */
	bool may_prompt;
	struct letter *letter[SMTP_WINDOW]; /* on their way, in order */
	size_t letters;
	struct outgoing **again; /* to be sent on with; in order */
	size_t agains, again_cap;
	struct outgoing *done[SMTP_WINDOW]; /* to be written down and told */
	size_t dones;
};

/*
 * Gives the message's mails to its account's session, as many as there is room
 * for; what is over meanwhile is finished by flight_finish.
 */
void flight_send(struct flight *, struct outgoing *);
/* Goes on until there are at most that many letters on their way. */
void flight_drain(struct flight *, size_t letters);

/* submit's: the message is at its end for this run, o->why says why. */
void flight_finish(struct flight *, struct outgoing *);
/*
 * submit's: writes down what is done, and that these n are sending, in one
 * commit; then tells and frees what is done.
 */
int flight_save(struct flight *, struct spool_item *const *sending, size_t n,
    struct err *);

/* Another text in the place of one. */
void flight_text(char **, const char *to);

#endif
