/* What watches where the system tells nothing, on any system. */
#define WATCH_POLL
#define WATCH_LOOK_MS 10
#include "host/watch.h"
#include "../../common/host/watch_poll.c"
#include "watch.c"
