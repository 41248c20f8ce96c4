/* Copies of what was sent. */
#include "msend.h"

bool
copy_is_wanted(struct msend *m, const struct spool_item *item)
{
	(void)item;
	return account_get(m->account, "sent", CONF_SEND) != NULL;
}

void
copy_due(struct msend *m, struct spool *spool, const char *account)
{
	(void)m; (void)spool; (void)account;
}
