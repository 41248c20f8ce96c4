/* Returns. */
#include "msend.h"

void
give_back(struct msend *m, struct outgoing *o, int64_t now)
{
	(void)m; (void)o; (void)now;
}
