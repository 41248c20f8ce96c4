# Watching on a real server: by accounts, by POP3, and while nothing can dial.

. tests/tap.sh
. tests/servers/begin
. tests/servers/watched
unset SATCHEL_PASSWORD SATCHEL_MAILDIR

account="tls-ca = $CA
fetch = imaps://bob@localhost:$IMAPS_PORT
password-command = cat \"$BOB_PASSWORD\""
cat >"$tmp/config" <<END
[first]
$account
maildir = $tmp/first
[second]
$account
maildir = $tmp/second
[pop]
tls-ca = $CA
fetch = pop3s://bob@localhost:$POP3S_PORT
password-command = cat "$BOB_PASSWORD"
maildir = $tmp/pop
END
chmod 600 "$tmp/config"

expect_status 1 "also by POP3" \
	mfetch -C "$tmp/config" -a pop -u subject:never -T 1
check "where what comes at once is enough" \
	mfetch -C "$tmp/config" -a pop -o maildir="$tmp/pop2" -u subject:five
check "a time to watch ends well" \
	mfetch -C "$tmp/config" -a second -w -T 1

# several accounts: the one that finds it ends the others
watch any mfetch -C "$tmp/config" -A -u subject:seven -T 20
message seven
deliver "$tmp/seven"
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
both_watch()
{
	grep -q "> .* IDLE$" "$tmp/mfetch.err" &&
		grep -q "> .* IDLE$" "$tmp/mlist.err"
}
check "both watch" await $$ both_watch
: >"$tmp/who"
mv "$tmp/bin/satchel-dial" "$tmp/dials"
mv "$tmp/none" "$tmp/bin/satchel-dial"
"$server" down "$tmp/server"
both_failed()
{
	[ "$(sort -u "$tmp/who" | wc -l)" -eq 2 ]
}
check "both cannot dial" await $$ both_failed
mv "$tmp/dials" "$tmp/bin/satchel-dial"
"$server" up "$tmp/server"
deliver "$tmp/one"
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
