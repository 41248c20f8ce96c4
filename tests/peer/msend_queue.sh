# The queue of msend: retries, returns, keys, rates, copies, and many processes
# at once.
. tests/tap.sh
. tests/peer.sh

SATCHEL_FROM=ann@example.org
SATCHEL_MAILDIR=$tmp/mail
export SATCHEL_FROM SATCHEL_MAILDIR
nowhere='-o send=smtp://127.0.0.1:1 -o tls=no'
spool=$XDG_STATE_HOME/satchel/spool
echo text >"$tmp/body"

# post ARGUMENT...: msend with a body
post()
{
	msend "$@" <"$tmp/body"
}

# files DIR: how many
files()
{
	find "$1" -type f 2>/dev/null | wc -l | tr -d ' '
}

# empties the queue
drop_all()
{
	msend -p | cut -f 1 | sort -u | while read -r id; do
		msend -d "$id"
	done
}

# what is seen of it
expect_status 75 "queued" post $nowhere bob@example.org carol@example.org
msend -p >"$tmp/queue"
is "a line a recipient" "$(cut -f 2,5,6,7 "$tmp/queue" | tr '\t' ' ')" \
	"queued 1 ann@example.org bob@example.org
queued 1 ann@example.org carol@example.org"
grep -q 'Failed to connect' "$tmp/queue" || fail "why" <"$tmp/queue"
msend -p -j >"$tmp/json"
is "JSON" "$(sed 's/"id":"[a-z0-9]*"/ID/; s/T[0-9:]*Z/T/g
	s/"text":"[^"]*"/TEXT/g; s/20[0-9-]*T/DATE/g
	s/"message-id":"[^"]*"/MID/; s/"account":"[^"]*"/ACCOUNT/' "$tmp/json")" \
	'{ID,ACCOUNT,"created":"DATE","next":"DATE","tries":1,"sender":"ann@example.org",MID,"recipients":[{"address":"bob@example.org","state":"queued",TEXT},{"address":"carol@example.org","state":"queued",TEXT}]}'
check "not due yet" msend $nowhere -q
is "and not tried" "$(msend -p | cut -f 5 | sort -u)" 1
id=$(cut -f 1 "$tmp/queue" | head -n 1)
expect_status 75 "by its id" msend $nowhere -q "$id"
is "tried" "$(msend -p | cut -f 5 | sort -u)" 2
check "sent by its id" msend -o send=maildir:"$tmp/box" -q "$id"
is "once" "$(files "$tmp/box")" 1
is "the queue is empty" "$(msend -p)$(msend -p -j)" ""
is "and so is the spool" "$(ls "$spool")" "spool.db
spool.db-journal"

# what is due goes with the next message that was sent
expect_status 0 "queued only" post -Q -o send=maildir:"$tmp/box" bob@example.org
check "another" post -o send=maildir:"$tmp/box" bob@example.org
is "takes it along" "$(files "$tmp/box")" 3

# after queue-life it is returned
expect_status 75 "one to return" post $nowhere bob@example.org
id=$(msend -p | cut -f 1)
while [ "$(msend -p | cut -f 3)" = "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ]; do
	sleep 0.05
done
expect_status 69 "after queue-life" msend $nowhere -o queue-life=0 -q "$id"
is "it is returned" "$(files "$tmp/mail/new")" 1
report=$(echo "$tmp"/mail/new/*)
is "and named" "$(head -n 1 "$tmp/err")" "msend: returned: $report"
is "for people, programs, and itself" \
	"$(mpart -l "$report" | cut -f 2 | tr '\n' ' ')" \
	"multipart/report text/plain message/delivery-status message/rfc822 text/plain "
mpart -p 2 "$report" >"$tmp/status"
is "its status" "$(grep -E '^(Final|Action|Status)' "$tmp/status")" \
	"Final-Recipient: rfc822; bob@example.org
Action: failed
Status: 4.4.7"
is "its text" "$(mpart -p 3.1 "$report")" text
is "and is queued no more" "$(msend -p)" ""
rm "$report"

# so is what the queue's run has refused
expect_status 75 "one to refuse" post $nowhere bob@example.org
id=$(msend -p | cut -f 1)
expect_status 69 "refused in the queue" msend -o send="pipe:exit 69" -q "$id"
is "returned" "$(files "$tmp/mail/new")" 1
rm -f "$tmp"/mail/new/*
# but nothing is lost where it cannot be returned
expect_status 75 "one that cannot" post $nowhere bob@example.org
id=$(msend -p | cut -f 1)
: >"$tmp/file"
SATCHEL_MAILDIR=$tmp/file expect_status 73 "no place for it" \
	msend -o send="pipe:exit 69" -q "$id"
is "stays queued" "$(msend -p | cut -f 2)" queued
drop_all

# a key
check "a key" post -k one -o send=maildir:"$tmp/k" bob@example.org
check "the same key" post -k one -o send=maildir:"$tmp/k" bob@example.org
is "sends nothing" "$(files "$tmp/k")" 1
expect_status 75 "a key that is queued" post -k two $nowhere bob@example.org
expect_status 75 "stays so" post -k two -o send=maildir:"$tmp/k" bob@example.org
is "and sends nothing" "$(files "$tmp/k")" 1
check "-q id" msend -o send=maildir:"$tmp/k" -q "$(msend -p | cut -f 1)"
check "is 0 from then on" post -k two -o send=maildir:"$tmp/k" bob@example.org
is "sent once" "$(files "$tmp/k")" 2
expect_status 69 "a key that is refused" \
	post -k three -o send="pipe:exit 69" bob@example.org
check "is free" post -k three -o send=maildir:"$tmp/k" bob@example.org
is "and used" "$(files "$tmp/k")" 3
expect_status 78 "what failed before" post -k four -o tls=no \
	-o send=smtp://mail.example.org bob@example.org
check "has no key" post -k four -o send=maildir:"$tmp/k" bob@example.org
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	post -k five -o send="pipe:cat >>'$tmp/five'" bob@example.org &
	eval "pid$i=\$!"
done
while [ $i -gt 0 ]; do
	eval "wait \$pid$i" || echo "status $?" >>"$tmp/five.status"
	i=$((i - 1))
done
is "five at once with one key" "$(grep -c '^text$' "$tmp/five")" 1
is "all end alike" "$(cat "$tmp/five.status" 2>/dev/null)" ""

# what is unknown is sent again only where the account says so
cat >"$tmp/unknown" <<'S'
send 220 mx
expect-like EHLO *
send 250-mx
send 250-PIPELINING
send 250 CHUNKING
expect-like MAIL *
expect-like RCPT *
expect-like BDAT * LAST
expect-data ${1}
cut
S
peer_start unknown <"$tmp/unknown"
expect_status 76 "unknown" post -o tls=no -o send=smtp://localhost:$peer_port \
	bob@example.org
peer_end unknown "unknown: said"
# its time may lie ahead: the clock is a day later for the spool
at=$(msend -p | cut -f 4)
expect_status 76 "the queue tells it" msend -o send=maildir:"$tmp/u" -q
is "and does not send it" "$(files "$tmp/u")" 0
sqlite3 "$spool/spool.db" "UPDATE message SET next = 0" 2>/dev/null &&
	check "retry-unknown" msend -o retry-unknown=yes \
		-o send=maildir:"$tmp/u" -q &&
	is "sends it" "$(files "$tmp/u")" 1
drop_all

# a rate: two at once, the third in its turn
i=0
while [ $i -lt 3 ]; do
	i=$((i + 1))
	post -o rate=2/h -o send="pipe:cat >>'$tmp/rate'" bob@example.org \
		2>"$tmp/err"
	echo $? >>"$tmp/rate.status"
done
is "a pipe has no rate" "$(tr '\n' ' ' <"$tmp/rate.status")" "0 0 0 "
"$top/tests/crash/sink" chunking "$tmp" "$tmp/port" &
sink_pid=$!
await_start sink $sink_pid "$tmp/port"
sink="-o tls=no -o send=smtp://127.0.0.1:$(cat "$tmp/port")"
tap_cleanup()
{
	kill $sink_pid 2>/dev/null
}
mkdir -p "$tmp/rated/inbox"
rm "$tmp/rate.status"
for i in 1 2 3; do
	post $sink -o rate=2/h rated@example.org 2>"$tmp/err"
	echo $? >>"$tmp/rate.status"
done
is "a rate" "$(tr '\n' ' ' <"$tmp/rate.status")" "0 0 75 "
is "says so" "$(grep -c 'no more now: rate = 2/h' "$tmp/err")" 1
is "and sent two" "$(files "$tmp/rated/inbox")" 2
expect_status 78 "no rate" post $sink -o rate=often rated@example.org
drop_all

# ten processes run the queue: each message once
mkdir "$tmp/many"
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	mkdir -p "$tmp/u$i/inbox"
	printf 'To: u%d@example.org\n\ntext %d\n' $i $i >"$tmp/many/$i"
done
check "sixty are queued" msend $sink -Q -m "$tmp"/many/*
is "all of them" "$(msend -p | wc -l | tr -d ' ')" 60
pids=
for i in 1 2 3 4 5 6 7 8 9 10; do
	msend $sink -q 2>>"$tmp/ten" &
	pids="$pids $!"
done
for pid in $pids; do
	wait $pid || echo "status $?" >>"$tmp/ten"
done
cat "$tmp/ten" | none "ten at once"
is "each is sent once" "$(find "$tmp"/u*/inbox -type f | wc -l | tr -d ' ')" 60
is "to its own" "$(find "$tmp"/u*/inbox -name 2)" ""
is "none is left" "$(msend -p)" ""

# and one run over several connections
check "queued again" msend $sink -Q -m "$tmp"/many/*
check "connections" msend $sink -o connections=3 -q
is "twice each" "$(find "$tmp"/u*/inbox -name 2 | wc -l | tr -d ' ')" 60
is "not more" "$(find "$tmp"/u*/inbox -name 3)" ""
check "-m over connections" sh -c 'printf "%s\n" "$1"/many/* |
	msend $2 -o connections=4 -R -m >"$1/out4"' sh "$tmp" "$sink"
is "-m: thrice each" "$(find "$tmp"/u*/inbox -name 3 | wc -l | tr -d ' ')" 60
is "-m: each is told" "$(cut -f 1,2 "$tmp/out4" | sort -u | wc -l | tr -d ' ')" \
	60
expect_status 66 "-m: a missing one" msend $sink -o connections=3 -m \
	"$tmp/missing" "$tmp/many/1"
is "-m: is told once" "$(grep -c missing: "$tmp/err")" 1

# copies
rm -rf "$tmp/box"
check "a copy" post -o send=maildir:"$tmp/box" -o sent="$tmp/sent" bob@example.org
is "is the message" "$(cat "$tmp"/sent/cur/*:2,S)" "$(cat "$tmp"/box/new/*)"
is "a copy of what is sent" "$(files "$tmp/sent")" 1
expect_status 75 "none of what is not" post $nowhere -o sent="$tmp/sent" \
	bob@example.org
is "no copy" "$(files "$tmp/sent")" 1
drop_all
check "one that fails" post -o send=maildir:"$tmp/box" -o sent="$tmp/file" \
	bob@example.org
is "is told" "$(grep -c 'sent, but not copied' "$tmp/err")" 1
check "and made by the queue" msend -o send=maildir:"$tmp/box" \
	-o sent="$tmp/sent" -q
is "one copy more" "$(files "$tmp/sent")" 2
is "and nothing sent again" "$(files "$tmp/box")" 2
is "nothing is left" "$(ls "$spool")" "spool.db
spool.db-journal"
cat >"$tmp/imap" <<S
send * OK [CAPABILITY IMAP4rev1 LITERAL+] hello
expect-tagged LOGIN "ann" "secret"
send \${T} OK [CAPABILITY IMAP4rev1 LITERAL+] in
expect-like * APPEND "Sent" (\\\\Seen) "??-???-???? ??:??:?? +0000" {*+}
S
sed -i 's/??-???-???? ??:??:?? +0000/*/' "$tmp/imap"
cat >>"$tmp/imap" <<'S'
expect-data ${3}
save SAVED
set tag ${1}
expect-like
send ${tag} NO [TRYCREATE] no such folder
expect-tagged CREATE "Sent"
send ${T} OK made
expect-like * APPEND "Sent" (\\Seen) "*" {*+}
expect-data ${3}
set tag ${1}
expect-like
send ${tag} OK done
expect-tagged LOGOUT
S
sed "s|SAVED|$tmp/saved|" "$tmp/imap" >"$tmp/imap2"
peer_start imap <"$tmp/imap2"
SATCHEL_PASSWORD=secret check "a copy by IMAP" post \
	-o send=maildir:"$tmp/box2" -o tls=no -o sent=imap://ann@localhost:$peer_port/Sent \
	bob@example.org
peer_end imap "a copy by IMAP: said"
is "a copy by IMAP: is the message" "$(tr -d '\r' <"$tmp/saved")" \
	"$(cat "$tmp"/box2/new/*)"

# a line in the logfile
check "a log" post -o send=maildir:"$tmp/box" -o logfile="$tmp/log" \
	bob@example.org carol@example.org
expect_status 75 "of what is queued too" post $nowhere -o logfile="$tmp/log" \
	bob@example.org
is "two lines" "$(sed 's/.* from=/from=/; s/ size.*//' "$tmp/log")" \
	"from=ann@example.org sent=bob@example.org,carol@example.org
from=ann@example.org queued=bob@example.org"

finish
