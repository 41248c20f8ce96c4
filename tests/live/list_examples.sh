# The example of mlist's manual page that needs a server does what it says, on a
# real one; tests/cli has the others.
. tests/tap.sh
. tests/live.sh
. tests/examples.sh

examples mlist
live_start
mkdir "$tmp/messages"
now=$(date '+%a, %d %b %Y %H:%M:%S +0000')

# message N DATE SUBJECT [ANSWERED]: with its number as Message-ID
message()
{
	printf 'From: u%s@example.org\nSubject: %s\nDate: %s\n' "$1" "$3" "$2"
	printf 'Message-ID: <%s@example.org>\n' "$1"
	[ -z "$4" ] || printf 'References: <%s@example.org>\n' "$4"
	printf '\nx\n'
}
message 1 'Sun, 18 Nov 2001 09:05:00 +0000' 'When?' >"$tmp/messages/1"
message 2 "$now" 'The release' 1 >"$tmp/messages/2"
message 3 "$now" 'Thanks' 2 >"$tmp/messages/3"
message 4 'Sun, 18 Nov 2001 09:06:00 +0000' 'An old release' \
	>"$tmp/messages/4"
message 5 "$now" 'Lunch' >"$tmp/messages/5"
"$server" deliver "$tmp/server" bob "$tmp/messages"/*
check "the messages are delivered" "$server" await "$tmp/server" bob 5

mkdir -p "$XDG_CONFIG_HOME/satchel"
cat >"$XDG_CONFIG_HOME/satchel/config" <<E
[work]
fetch = imaps://bob@localhost:$IMAPS_PORT
tls-ca = $CA
password-command = cat "$BOB_PASSWORD"
E
take_example @work
check "conversations on the server" sh -e "$tmp/script"
none "nothing is wrong" <"$tmp/err"
is "this week's about a release, whole, answers moved in" \
	"$(cut -c 1-4,23- "$tmp/out")" \
	"N    u1@example.org        When?
N    u2@example.org          The release
N    u3@example.org            Thanks"

finish
