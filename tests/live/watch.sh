# Watching on real servers: what arrives is printed at once, from several
# folders too, and until the message comes that is waited for.

. tests/tap.sh

server=$top/tests/live/server
"$server" check 2>"$tmp/err" || skip_all "$(cat "$tmp/err")"

watching=
tap_cleanup()
{
	[ -z "$watching" ] || kill $watching 2>/dev/null
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
}

# watch NAME OPTION...: in the background; what it prints goes to $tmp/NAME
watch()
{
	name=$1
	shift
	: >"$tmp/$name"
	mfetch -C "$tmp/config" "$@" >"$tmp/$name" 2>"$tmp/$name.err" &
	last=$!
	watching="$watching $last"
}

# lines NAME N FILE: it has N lines within ten seconds
lines()
{
	tries=0
	while [ "$(wc -l <"$3")" -lt "$2" ] && [ $tries -lt 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	is "$1" "$(wc -l <"$3" | tr -d ' ')" "$2"
}

# await NAME CONDITION: it holds within ten seconds
await()
{
	tries=0
	until eval "$2" || [ $tries -ge 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	check "$1" eval "$2"
}

# ended NAME STATUS: of the last one that was started
ended()
{
	wait $last
	is "$1" $? "$2"
}

# message FILE SUBJECT
message()
{
	printf 'From: ann@example.org\nSubject: %s\n\nThe code is 4711.\n' \
		"$2" >"$tmp/$1"
}

for subject in one two three four; do
	message $subject $subject
done
check "the server starts" "$server" start "$tmp/server"
. "$tmp/server/env"
account="tls-ca = $CA
fetch = imaps://alice@localhost:$IMAPS_PORT
password-command = cat \"$ALICE_PASSWORD\""
cat >"$tmp/config" <<END
[first]
$account
maildir = $tmp/first
[second]
$account
maildir = $tmp/second
[pop]
tls-ca = $CA
fetch = pop3s://alice@localhost:$POP3S_PORT
password-command = cat "$ALICE_PASSWORD"
maildir = $tmp/pop
END
chmod 600 "$tmp/config"

"$server" deliver "$tmp/server" alice "$tmp/one"
watch all -w -a first
lines "what is there is printed" 1 "$tmp/all"
"$server" deliver "$tmp/server" alice "$tmp/two"
lines "and what comes, while it idles" 2 "$tmp/all"
"$server" deliver "$tmp/server" alice "$tmp/three" "$tmp/four"
lines "also more at once" 4 "$tmp/all"
is "each a file" "$(cat $(cat "$tmp/all") | grep Subject | sort | tr -d '\n')" \
	"Subject: fourSubject: oneSubject: threeSubject: two"
kill $last
ended "it dies of its signal" 143
is "and says nothing" "$(cat "$tmp/all.err")" ""

# -u: the first that matches, though others come before it
watch wanted -a second -u 'subject:five body:4711' -T 20
message five five
"$server" deliver "$tmp/server" alice "$tmp/five"
ended "what is waited for comes" 0
is "and is all that is printed" "$(cat $(cat "$tmp/wanted") |
	grep Subject)" "Subject: five"
is "the others are fetched" "$(ls "$tmp"/second/new | wc -l | tr -d ' ')" 5
expect_status 1 "what does not come is a no" \
	mfetch -C "$tmp/config" -a second -u subject:never -T 1
is "without a word" "$(cat "$tmp/out" "$tmp/err")" ""
expect_status 1 "also by POP3" \
	mfetch -C "$tmp/config" -a pop -u subject:never -T 1
check "where what comes at once is enough" \
	mfetch -C "$tmp/config" -a pop -o maildir="$tmp/pop2" -u subject:five
check "a time to watch ends well" \
	mfetch -C "$tmp/config" -a second -w -T 1

# a folder each, of which the server may keep what it must
for folder in A B; do
	mkdir "$MAIL_ROOT/alice/.$folder" "$MAIL_ROOT/alice/.$folder/cur" \
		"$MAIL_ROOT/alice/.$folder/new" "$MAIL_ROOT/alice/.$folder/tmp"
	chmod 777 "$MAIL_ROOT/alice/.$folder" "$MAIL_ROOT/alice/.$folder"/*
done
# arrives FOLDER: a message
arrives()
{
	n=$((n + 1))
	cp "$tmp/one" "$MAIL_ROOT/alice/.$1/tmp/$n.example"
	chmod 666 "$MAIL_ROOT/alice/.$1/tmp/$n.example"
	mv "$MAIL_ROOT/alice/.$1/tmp/$n.example" "$MAIL_ROOT/alice/.$1/new"
}
n=0
watch each -a first -w -c 3 -f INBOX -f A -f B
lines "INBOX has its connection" 1 "$tmp/each"
for folder in A B; do
	arrives $folder
	lines "and so has $folder" $((n + 1)) "$tmp/each"
done
kill $last
ended "all die of the signal" 143
is "and say nothing" "$(cat "$tmp/each.err")" ""

# both have something new by the time that the one that idles tells of it
watch both -a first -w -f A -f B -v
await "one idles" 'grep -q "+ idling" "$tmp/both.err"'
arrives B
arrives A
lines "two that share a connection" 2 "$tmp/both"
kill $last
ended "it dies of its signal" 143
is "and has nothing to say of the server" \
	"$(grep -v '^mfetch: [<>] ' "$tmp/both.err")" ""

# several accounts: the one that finds it ends the others
watch any -A -u subject:seven -T 20
message seven seven
"$server" deliver "$tmp/server" alice "$tmp/seven"
ended "one of several accounts finds it" 0
watching=

# What dials may be away for a moment, as while it is installed anew: what
# takes its place fails, and tells whom.
mkdir "$tmp/bin"
cp bin/mfetch bin/mlist bin/satchel-dial "$tmp/bin"
printf '#!/bin/sh\necho $PPID >>"%s"\nexit 1\n' "$tmp/who" >"$tmp/none"
chmod 755 "$tmp/none"
mfetch -C "$tmp/config" -a first -q
"$tmp/bin/mfetch" -C "$tmp/config" -a first -v -w >"$tmp/mfetch" \
	2>"$tmp/mfetch.err" &
watching=$!
"$tmp/bin/mlist" -C "$tmp/config" -v -w @first >"$tmp/mlist" \
	2>"$tmp/mlist.err" &
watching="$watching $!"
await "both watch" 'grep -q IDLE "$tmp/mfetch.err" &&
	grep -q IDLE "$tmp/mlist.err"'
: >"$tmp/who"
mv "$tmp/bin/satchel-dial" "$tmp/dials"
mv "$tmp/none" "$tmp/bin/satchel-dial"
"$server" down "$tmp/server"
await "both cannot dial" '[ "$(sort -u "$tmp/who" | wc -l)" -eq 2 ]'
mv "$tmp/dials" "$tmp/bin/satchel-dial"
"$server" up "$tmp/server"
"$server" deliver "$tmp/server" alice "$tmp/one"
lines "mfetch has come back" 1 "$tmp/mfetch"
lines "mlist has come back" 1 "$tmp/mlist"
kill $watching
wait $watching
watching=

expect_status 64 "-u needs a Maildir" \
	mfetch -C "$tmp/config" -u seen -t mbox:"$tmp/mbox"
expect_status 64 "-T needs what it limits" mfetch -C "$tmp/config" -T 1
expect_status 64 "a bad query" mfetch -C "$tmp/config" -u 'subject:"'
is "has a caret under it" "$(grep -c '\^' "$tmp/err")" 1
expect_status 77 "a wrong password ends it" mfetch -C "$tmp/config" \
	-o password-command='echo wrong' -a first -w
finish
