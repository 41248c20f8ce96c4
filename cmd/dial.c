#include <curl/curl.h>
#include <unistd.h>

#include "app/diag.h"
#include "app/option.h"
#include "host/wait.h"
#include "net/dialer.h"

static const char usage[] = "usage: satchel-dial [-hV]\n";

static bool is_alone(void);
static void name_libraries(struct buf *);

static const struct tool tool = {DIALER_NAME, usage, name_libraries};

int
main(int argc, char **argv)
{
	struct option_common common = {0};
	struct err e = {0};
	int letter, status = 0;

	option_begin();
	while ((letter = getopt(argc, argv, OPTION_COMMON)) != -1)
		if (option_common(&tool, letter, optarg, &common, &status) ==
			-1) {
			option_common_free(&common);
			return status;
		}
	option_common_free(&common);
	if (argc != optind)
		return option_usage(&tool, NULL);
	if (dialer_serve(STDIN_FILENO, is_alone, &e) == -1) {
		if (e.kind == ERR_USAGE || !is_alone())
			diag_err(tool.name, NULL, &e);
		diag_status(&status, &e);
	}
	return status;
}

/* The tool that asked has ended: nobody is left to tell, or to dial for. */
static bool
is_alone(void)
{
	return wait_is_unread(STDIN_FILENO);
}

static void
name_libraries(struct buf *out)
{
	buf_fmt(out, "%s\n", curl_version());
}
