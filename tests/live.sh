# What shell tests share that talk to a real server, tests/live/server, which
# tells of its DIR/env.  After tests/tap.sh, and where it is another one with
# $server set:
#
#	. tests/live.sh
#	live_start

: "${server:=$top/tests/live/server}"
"$server" check 2>"$tmp/err" || skip_all "$(cat "$tmp/err")"

# A test that has more to stop stops the server too.
tap_cleanup()
{
	live_stop
}

live_start()
{
	"$server" start "$tmp/server" 2>"$tmp/err" || {
		echo "Bail out! no server: $(tail -n 1 "$tmp/err")"
		exit 1
	}
	. "$tmp/server/env"
}

live_stop()
{
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
}
