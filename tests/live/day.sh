# mfetch -w for a day, in the time of a coffee: tests/crash/hours.so lets it
# wait quickly, while the server goes down and comes back, connections die with
# and without a word, the machine sleeps, clocks are set, and the server's
# certificate and the log-in fail for a while.  In the end each message that
# came meanwhile is here once, and mfetch is as small as it was.
#
# DAY_HOURS says how many; with 24 every fault comes some times.

. tests/tap.sh
. tests/live.sh
[ -d /proc/self/fd ] ||
	skip_all "impossible: a process cannot be looked at without /proc"

hours=${DAY_HOURS:-1}
factor=1200
relay=
watcher=
tap_cleanup()
{
	[ -z "$watcher" ] || kill -s KILL $watcher 2>/dev/null
	[ -z "$relay" ] || {
		kill -s KILL $(children) $relay 2>/dev/null
	}
	live_stop
}

# children: of the relay, one a connection
children()
{
	cat /proc/$relay/task/$relay/children
}

# clock: sets $now to the simulated seconds since the start
clock()
{
	read -r now <"$tmp/told" || now=0
	now=${now#"${now%%[!0]*}"}
	now=${now:-0}
}

# pass SECONDS: until so many have passed for mfetch
pass_time()
{
	clock
	until_sec=$((now + $1))
	while [ $now -lt $until_sec ] && alive; do
		sleep 0.01
		clock
	done
}

alive()
{
	kill -0 $watcher 2>/dev/null
}

# arrive: one more message
arrive()
{
	sent=$((sent + 1))
	printf 'From: ann@example.org\nSubject: %d\nMessage-ID: <%d@%s>\n\n' \
		$sent $sent example.org >"$tmp/message"
	echo "body $sent" >>"$tmp/message"
	"$server" deliver "$tmp/server" alice "$tmp/message"
}

# printed: all that has come is printed, after a minute at the latest
printed()
{
	tries=0
	while [ "$(wc -l <"$tmp/names")" -lt $sent ] && alive &&
		[ $tries -lt 1200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	[ "$(wc -l <"$tmp/names")" -ge $sent ] || {
		clock
		echo "$1: $(wc -l <"$tmp/names") of $sent printed at $now"
		tail -n 5 "$tmp/said"
	} >>"$tmp/faults"
}

# jump MONOTONIC REAL: sets the clocks forward by so many seconds
jump()
{
	mono=$((mono + $1)) real=$((real + $2))
	echo "$mono $real" >"$tmp/jump.new"
	mv "$tmp/jump.new" "$tmp/jump"
}

restart()
{
	"$server" down "$tmp/server"
	"$server" up "$tmp/server"
}

# certificate NAME
certificate()
{
	cat "$SERVER_ROOT/tls/$1.pem" >"$SERVER_ROOT/tls/now.pem"
	cat "$SERVER_ROOT/tls/$1.key" >"$SERVER_ROOT/tls/now.key"
}

# What happens; mail comes in the midst of each.
is_restarted()
{
	restart
	arrive
}

is_cut()
{
	kill -s KILL $(children)
	arrive
}

# the connection is dead, and nobody says so
falls_silent()
{
	kill -s STOP $(children)
	arrive
}

is_away_for_an_hour()
{
	"$server" down "$tmp/server"
	arrive
	pass_time 3600
	"$server" up "$tmp/server"
}

# the clock that waits are by stands still meanwhile, on most systems
sleeps()
{
	kill -s STOP $watcher
	kill -s STOP $(children)
	arrive
	jump ${1:-0} 28800
	kill -s CONT $watcher
}

is_paused()
{
	sleeps 28800
}

# which makes the certificate one of the future
has_its_clock_set_back()
{
	jump 0 -86400
	restart
	arrive
	pass_time 1800
	jump 0 86400
}

meets_another_certificate()
{
	certificate wrongname
	restart
	arrive
	pass_time 1800
	certificate server
	restart
}

has_no_token()
{
	echo none >"$tmp/token"
	restart
	arrive
	pass_time 600
	echo good >"$tmp/token"
}

# once, and once more with what should have been a fresh one
is_refused()
{
	echo bad >"$tmp/token"
	count=$(wc -l <"$tmp/asked")
	restart
	arrive
	tries=0
	while [ "$(wc -l <"$tmp/asked")" -lt $((count + 2)) ] && alive &&
		[ $tries -lt 500 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	echo good >"$tmp/token"
}

# resident: its memory in kB, but for what is a file's; descriptors: their
# number; ticks: of the processor
resident()
{
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' /proc/$watcher/status
}

descriptors()
{
	ls /proc/$watcher/fd | wc -l
}

ticks()
{
	cut -d ' ' -f 14-15 /proc/$watcher/stat | tr ' ' '+'
}

live_start
certificate server
sed "s|tls/server\\.|tls/now.|" "$SERVER_ROOT/dovecot.conf" >"$tmp/conf"
cat "$tmp/conf" >"$SERVER_ROOT/dovecot.conf"
restart
mkfifo "$tmp/port"
"$top/tests/bench/far" "$IMAPS_PORT" 0 >"$tmp/port" 2>"$tmp/far.err" &
relay=$!
read -r port <"$tmp/port"

cat >"$tmp/oauth" <<END
echo asked >>"$tmp/asked"
case \$(cat "$tmp/token") in
none) exit 1 ;;
bad) echo bad ;;
*) sh "$server" token "$tmp/server" alice 600 ;;
esac
END
cat >"$tmp/config" <<END
[day]
fetch = imaps://alice@localhost:$port
maildir = $tmp/box
tls-ca = $CA
timeout = 2
auth = XOAUTH2
oauth-command = sh "$tmp/oauth"
END
chmod 600 "$tmp/config"
echo good >"$tmp/token"
: >"$tmp/names"
: >"$tmp/asked"
: >"$tmp/faults"
sent=0 mono=0 real=0
jump 0 0
echo 0 >"$tmp/told"
arrive
HOURS_FACTOR=$factor HOURS_JUMP=$tmp/jump HOURS_TOLD=$tmp/told \
	LD_PRELOAD=$top/tests/crash/hours.so \
	mfetch -C "$tmp/config" -w >"$tmp/names" 2>"$tmp/said" &
watcher=$!
printed "at first"
pass_time 600
arrive
printed "in peace"
pass_time 600
rss=$(resident) fds=$(descriptors)

faults=0
clock
while [ $now -lt $((hours * 3600)) ] && alive && [ ! -s "$tmp/faults" ]; do
	for event in is_restarted meets_another_certificate sleeps is_refused \
		is_cut is_away_for_an_hour falls_silent has_no_token \
		has_its_clock_set_back is_paused; do
		[ $now -lt $((hours * 3600)) ] || break
		faults=$((faults + 1))
		$event
		printed "when it $event"
		for i in 1 2; do
			pass_time 240
			arrive
			printed "after it $event"
		done
		alive || {
			echo "ended when it $event"
			cat "$tmp/said"
		} >>"$tmp/faults"
		[ ! -s "$tmp/faults" ] || break
	done
done
none "all that came is printed, whatever happens" <"$tmp/faults"
alive || finish
pass_time 600
used=$(($(ticks)))
rss_end=$(resident) fds_end=$(descriptors)
echo "# $now seconds, $faults faults, $sent messages, $used ticks of" \
	"processor, $rss and $rss_end kB, $fds and $fds_end descriptors," \
	"$(wc -l <"$tmp/asked") tokens"
kill $watcher
wait $watcher
is "it dies of its signal" $? 143
watcher=
find "$tmp/box/new" "$tmp/box/cur" -type f | sort >"$tmp/here"
xargs sed -n 's/^Subject: //p' <"$tmp/here" | sort -n >"$tmp/subjects"
i=0
while [ $i -lt $sent ]; do
	i=$((i + 1))
	echo $i
done >"$tmp/wanted"
check "each message is here once" cmp "$tmp/wanted" "$tmp/subjects"
sort "$tmp/names" >"$tmp/printed"
check "and was printed once" cmp "$tmp/here" "$tmp/printed"
is "no descriptor is left" "$fds_end" "$fds"
check "its memory is what it was ($rss kB, $rss_end kB)" \
	test "$rss_end" -le $((rss + 1024))
check "and it works little ($used ticks)" test $used -le $((10 * sent + 100))
finish
