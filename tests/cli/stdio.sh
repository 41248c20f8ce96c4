# What the tools do where a standard descriptor is closed, and without HOME.
. tests/tap.sh

cd "$tmp" || exit 1
printf 'From: ann@example.org\nSubject: x\n\nText.\n' >one
SATCHEL_FROM=ann@example.org
export SATCHEL_FROM

expect_status 74 "mlist without standard output" sh -c 'mlist one >&-'
expect_status 74 "mpart without standard output" sh -c 'mpart one >&-'
expect_status 74 "mfetch without standard output" sh -c 'mfetch -h >&-'
expect_status 74 "msend without standard output" \
	sh -c 'msend -n -o send=maildir:box bob@example.org <one >&-'

# a pipe that nobody reads ends them as it does everything else
mkfifo unread
exec 7<>unread 8>unread 7<&-
for call in "mlist -h" "mpart -h" "mfetch -h" "msend -V" "mlist one"; do
	$call >&8 2>err
	is "$call without a reader" "$(kill -l $?) $(cat err)" "PIPE "
done
exec 8>&-

# an input that nobody gave is no empty one
expect_status 74 "mlist without standard input" sh -c 'mlist -i <&-'
expect_status 74 "mpart without standard input" sh -c 'mpart <&-'
expect_status 74 "msend without standard input" \
	sh -c 'msend -o send=maildir:box bob@example.org <&-'
expect_status 1 "which sends nothing" test -e box

for tool in mlist mpart; do
	check "$tool without standard error" sh -c "$tool one 2>&-"
	expect_status 66 "$tool's failure without it" sh -c "$tool none 2>&-"
done

# the user's directory is in passwd(5) then, and never one that is called ~
mkdir none && cd none || exit 1
env -u HOME -u XDG_STATE_HOME -u XDG_CONFIG_HOME mlist >/dev/null 2>err
is "no directory called ~" "$(grep '~' err; ls -d '~' 2>/dev/null)" ""

# end SIGNAL PID: in the background, until it has ended or will not; a signal
# that comes before it is caught may be lost
end()
{
	tries=0
	while kill -s "$1" "$2" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 5000 ] || exec kill -s KILL "$2"
		(:)
	done &
}

# who waits for a terminal or a pipe is ended by a signal
cd "$tmp" || exit 1
mkfifo pipe
for call in "mpart" "mpart -i" "mlist -i" "mpart -x -d none" \
	"msend -o send=maildir:box bob@example.org" \
	"msend -t -o send=maildir:box bob@example.org"; do
	for signal in INT TERM; do
		exec 7<>pipe
		"$top/tests/cli/heeding" $call <&7 >out 2>err &
		pid=$!
		end "$signal" $pid
		wait $pid 2>/dev/null
		is "$signal ends $call" "$(kill -l $?)" "$signal"
		wait
		exec 7>&-
	done
done
expect_status 1 "and nothing was sent" test -e box

# a reader that has left is no fault to tell; what does not fit in a pipe
head -c 200000 /dev/zero | tr '\0' x | fold >big
{ cat one && cat big; } >long
for call in "mpart -p 1 long" \
	"msend -n -o send=maildir:box -A big bob@example.org"; do
	{ $call </dev/null 2>err; echo $? >status; } | :
	is "$call dies of a closed pipe" "$(kill -l "$(cat status)")" PIPE
	is "and says nothing of it" "$(grep -i pipe err)" ""
done

# What is printed of a name goes out before the next one is waited for.
printf 'Subject: one\n\ntext\n' >"$tmp/one"
mkfifo "$tmp/names" "$tmp/shown"
for tool in 'mlist -i -f %s' 'mpart -i -H subject'; do
	$tool <"$tmp/names" >"$tmp/shown" &
	exec 4>"$tmp/names" 5<"$tmp/shown"
	echo "$tmp/one" >&4
	read -r line <&5
	is "${tool%% *} -i shows each at once" "$line" one
	exec 4>&- 5<&-
	wait
done

# what was ignored when a tool began still is, as under nohup; the second name
# is read when the signals have come
printf 'Subject: two\n\ntext\n' >"$tmp/two"
for tool in 'mlist -i -f %s' 'mpart -i -H subject'; do
	"$top/tests/cli/heeding" -i $tool <"$tmp/names" >"$tmp/shown" &
	pid=$!
	exec 4>"$tmp/names" 5<"$tmp/shown"
	echo "$tmp/one" >&4
	read -r line <&5
	for signal in HUP INT TERM; do
		kill -s $signal $pid
	done
	echo "$tmp/two" >&4
	exec 4>&-
	read -r line <&5
	is "${tool%% *} goes on" "$line" two
	wait $pid
	is "to its end" "$?" 0
	exec 5<&-
done

finish
