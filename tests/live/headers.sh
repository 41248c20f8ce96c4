# Headers alone from a real server, and the whole message in their place later.

. tests/tap.sh
. tests/live.sh

# fetch NAME OPTION...: into a Maildir of that name
fetch()
{
	name=$1
	shift
	SATCHEL_MAILDIR=$tmp/$name mfetch -o tls-ca="$CA" "$@"
}

mkdir "$tmp/messages" "$tmp/headers"
for i in 1 2 3 4 5; do
	printf 'Message-ID: <%s@example.org>\nSubject: %s\n\n' $i $i \
		>"$tmp/headers/$i"
	cp "$tmp/headers/$i" "$tmp/messages/$i"
	printf 'text\n.\nFrom here\n' >>"$tmp/messages/$i"
done
live_start
SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD")
export SATCHEL_PASSWORD
"$server" deliver "$tmp/server" bob "$tmp/messages"/*
check "the messages are delivered" "$server" await "$tmp/server" bob 5
imap=imaps://bob@localhost:$IMAPS_PORT
pop=pop3s://bob@localhost:$POP3S_PORT

check "the URLs of all" fetch none -n -j "$imap"
sed 's/.*"name":"\([^"]*\)".*/\1/' "$tmp/out" >"$tmp/urls"
is "are five" "$(grep -c '/INBOX;UIDVALIDITY=[0-9]*/;UID=[1-5]$' "$tmp/urls")" 5
cat "$tmp/headers"/* | sort >"$tmp/headers.all"
for url in "$imap" "$pop"; do
	p=${url%%:*}
	check "$p: headers" fetch "$p" -H "$url"
	is "of all" "$(wc -l <"$tmp/out")" 5
	cat $(cat "$tmp/out") | sort | cmp - "$tmp/headers.all" |
		none "and nothing else"
	expect_status 1 "$p: they are not new" fetch "$p" -e "$url"
	check "$p: none is deleted" fetch "$p" -d "$url"
	is "all are still there" "$(find "$MAIL_ROOT/bob/new" \
		"$MAIL_ROOT/bob/cur" -type f | wc -l)" 5
done

# one of them was read meanwhile
two=$(grep -l 'Subject: 2' "$tmp/imaps/new"/*)
read="$tmp/imaps/cur/${two##*/}:2,S"
mv "$two" "$read"
check "the whole message" fetch imaps "$(sed -n 2p "$tmp/urls")"
is "is where its header was" "$(cat "$tmp/out")" "$read"
cmp "$read" "$tmp/messages/2" | none "and is whole"
check "those that are named" sh -c 'SATCHEL_MAILDIR=$1 mfetch -o tls-ca="$2" -i \
	<"$3"' sh "$tmp/imaps" "$CA" "$tmp/urls"
is "come once" "$(wc -l <"$tmp/out")" 4
is "and are all" "$(find "$tmp/imaps/new" "$tmp/imaps/cur" -type f | wc -l)" 5
cat "$tmp/imaps/new"/* "$tmp/imaps/cur"/* | sort >"$tmp/got"
cat "$tmp/messages"/* | sort | cmp - "$tmp/got" | none "whole"

box=$tmp/box
check "headers to an mbox" fetch none -H -t "mbox:$box" "$imap"
is "are five" "$(mlist -c "$box")" 5
check "and a whole message" fetch none -t "mbox:$box" "$(sed -n 3p "$tmp/urls")"
is "is another" "$(mlist -c "$box")" 6
check "headers to standard output" fetch none -H -t - "$imap"
is "as an mbox" "$(grep -c '^From MAILER' "$tmp/out")" 5
check "of one message" fetch none -H -t - "$(sed -n 3p "$tmp/urls")"
cmp "$tmp/out" "$tmp/headers/3" | none "as it is"

check "what is whole is deleted" fetch imaps -d "$imap"
is "all" "$(find "$MAIL_ROOT/bob/new" "$MAIL_ROOT/bob/cur" -type f | wc -l)" 0
finish
