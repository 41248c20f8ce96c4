/* What watches by kqueue, on Linux too: there by what stands in for it. */
#define WATCH_KQUEUE
#define WATCH_AGAIN_MS 10
#include "host/watch.h"
#ifdef __linux__
#include "unit/kqueue.h"
#define close(fd) kqueue_close(fd)
#endif
#include "../../common/host/watch_kqueue.c"
#undef close
#include "watch.c"
