# Watching: what arrives is printed at once, from several folders, however the
# server tells of it, and until the message comes that is waited for.

. tests/tap.sh
. tests/servers/begin

watching=
tap_cleanup()
{
	[ -z "$watching" ] || kill $watching 2>/dev/null
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
}

# watch NAME COMMAND...: in the background; it prints to $tmp/NAME
watch()
{
	name=$1
	shift
	: >"$tmp/$name"
	timeout 60 "$@" >"$tmp/$name" 2>"$tmp/$name.err" &
	last=$!
	watching="$watching $last"
}

# lines NAME N FILE: it has N lines within twenty seconds
lines()
{
	tries=0
	while [ "$(wc -l <"$3")" -lt "$2" ] && [ $tries -lt 200 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	is "$1" "$(count <"$3")" "$2"
}

for subject in one two three four five; do
	printf 'From: ann@example.org\nSubject: %s\n\nThe code is 4711.\n' \
		"$subject" >"$tmp/$subject"
done
SATCHEL_MAILDIR=$tmp/mail
export SATCHEL_MAILDIR

deliver "$tmp/one"
watch all mfetch -o tls-ca="$CA" -w "$imap"
lines "what is there is printed" 1 "$tmp/all"
deliver "$tmp/two"
lines "and what comes, while it idles" 2 "$tmp/all"
deliver "$tmp/three" "$tmp/four"
lines "also more at once" 4 "$tmp/all"
kill $last
wait $last
is "it says nothing" "$(cat "$tmp/all.err")" ""

SATCHEL_MAILDIR=$tmp/wanted
watch code mfetch -o tls-ca="$CA" -u 'subject:five body:4711' -T 30 "$imap"
deliver "$tmp/five"
wait $last
is "what is waited for comes" $? 0
is "alone" "$(cat $(cat "$tmp/code") | sed -n 's/^Subject: //p')" five
expect_status 1 "what does not come is a no" mfetch -o tls-ca="$CA" \
	-u subject:never -T 1 "$imap"

SATCHEL_MAILDIR=$tmp/boxes
for folder in A B; do
	there "" "CREATE $prefix$folder"
done
watch each mfetch -o tls-ca="$CA" -w -c 3 -f INBOX -f "${prefix}A" \
	-f "${prefix}B" "$imap"
lines "INBOX, over a connection of its own" 5 "$tmp/each"
put "${prefix}A" "$tmp/one"
lines "one in a folder" 6 "$tmp/each"
put "${prefix}B" "$tmp/two"
lines "one in another" 7 "$tmp/each"
kill $last
wait $last
is "nothing is said" "$(cat "$tmp/each.err")" ""

# mlist -w has no sign of when it watches: there is more until it has enough
watch news mlist -o tls-ca="$CA" -w -m 2 -f '%u %s' -q subject:news \
	"$imap/INBOX"
tries=0
while [ "$(wc -l <"$tmp/news")" -lt 2 ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	printf 'Subject: news\n\n%s\n' $tries >"$tmp/yes"
	printf 'Subject: none\n\n%s\n' $tries >"$tmp/no"
	deliver "$tmp/yes" "$tmp/no"
	sleep 0.2
	kill -s 0 $last 2>/dev/null || break
done
kill $last 2>/dev/null
wait $last
is "mlist tells what comes, as much as is wanted" \
	"$? $(sed 's/^[0-9]* //' "$tmp/news" | tr '\n' ' ')$(cat \
	"$tmp/news.err")" "0 news news "
finish
