# What shell tests share.  A test runs in the top directory:
#
#	. tests/tap.sh
#	expect_status 66 "a missing file" mpart "$tmp/none"
#	is "its message" "$(cat "$tmp/err")" "mpart: ..."
#	finish
#
# $tmp is a private directory, removed at the end; HOME and XDG_* are in it.
# By hand too a test that hangs is stopped: after TEST_SECONDS or ten minutes.

if [ -z "$TEST_BOUND" ] && command -v timeout >/dev/null; then
	TEST_BOUND=yes
	export TEST_BOUND
	exec timeout -k 5 "${TEST_SECONDS:-600}" sh "$0" "$@"
fi

top=$(pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/satchel-test.XXXXXX") || exit 1
tap_results=$tmp/tap-results
: >"$tap_results"

trap 'tap_cleanup; rm -rf "$tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

PATH=$top/bin:$PATH
LC_ALL=C
TZ=UTC0
HOME=$tmp/home
XDG_CONFIG_HOME=$HOME/.config
XDG_STATE_HOME=$HOME/.local/state
XDG_CACHE_HOME=$HOME/.cache
XDG_DATA_HOME=$HOME/.local/share
XDG_RUNTIME_DIR=$tmp/run
export PATH LC_ALL TZ HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
export XDG_DATA_HOME XDG_RUNTIME_DIR
unset SATCHEL_CONFIG SATCHEL_FETCH SATCHEL_SEND SATCHEL_FROM SATCHEL_MAILDIR
unset SATCHEL_PASSWORD MAIL EMAIL
mkdir -p "$HOME" && mkdir -m 700 "$XDG_RUNTIME_DIR" || exit 1

# Redefined by a test that has something to stop at its end.
tap_cleanup()
{
	:
}

# pass NAME; fail NAME, with the lines of standard input as the reason.  The
# count is kept in a file, so that a test may stand in a pipe or a loop.
pass()
{
	echo ok >>"$tap_results"
	echo "ok $(tap_count .) - $1"
}

fail()
{
	echo failed >>"$tap_results"
	echo "not ok $(tap_count .) - $1"
	sed 's/^/# /'
}

tap_count()
{
	grep -c "$1" "$tap_results"
}

# skip NAME REASON: "impossible: ..." if it cannot run on this platform
skip()
{
	echo skipped >>"$tap_results"
	echo "ok $(tap_count .) - $1 # SKIP $2"
}

# skip_all REASON: before the first test, instead of all of them
skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# is NAME GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" | fail "$1"
	fi
}

# expect_status N NAME COMMAND...: the exit status is N.  What the command
# printed is in $tmp/out and $tmp/err.
expect_status()
{
	tap_want=$1 tap_name=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	tap_got=$?
	if [ "$tap_got" -eq "$tap_want" ]; then
		pass "$tap_name"
	else
		{
			echo "exit status $tap_got, not $tap_want: $*"
			head -n 50 "$tmp/out" "$tmp/err"
		} | fail "$tap_name"
	fi
}

# check NAME COMMAND...: it succeeds
check()
{
	expect_status 0 "$@"
}

# await PID COMMAND...: until the command succeeds; false where it does not in
# 30 seconds, or before the process ends (the test's own, $$, never does)
await()
{
	await_pid=$1 await_until=$(($(date +%s) + 30))
	shift
	until "$@"; do
		if ! kill -0 "$await_pid" 2>/dev/null ||
			[ "$(date +%s)" -gt "$await_until" ]; then
			"$@" # the last it did may have been that
			return
		fi
		sleep 0.01
	done
}

# has_lines FILE N: so many or more
has_lines()
{
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# await_start NAME PID FILE: the file that a server makes once it listens
await_start()
{
	await "$2" test -e "$3" && return
	echo "Bail out! $1 does not start"
	exit 1
}

# none NAME: standard input, the faults that were found, is empty
none()
{
	cat >"$tmp/none"
	if [ -s "$tmp/none" ]; then
		fail "$1" <"$tmp/none"
	else
		pass "$1"
	fi
}

# The last line of a test: the plan, and the exit status.
finish()
{
	echo "1..$(tap_count .)"
	[ "$(tap_count failed)" -eq 0 ]
	exit
}
