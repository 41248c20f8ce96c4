# msend against a real submission server: what arrives is what was sent.
. tests/tap.sh
. tests/live.sh

live_start
SATCHEL_FROM='Alice <alice@example.org>'
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
export SATCHEL_FROM SATCHEL_PASSWORD
printf 'Gr\303\274\303\237e\n.\n..\nFrom here\nend' >"$tmp/body"
head -c 300000 "$top/bin/msend" >"$tmp/blob.bin"

# send URL ARGUMENT...
send()
{
	url=$1
	shift
	SATCHEL_SEND=$url msend -o tls-ca="$CA" "$@" <"$tmp/body"
}

# arrived NAME USER N: as many messages
arrived()
{
	expect_status 0 "$1" "$server" await "$tmp/server" "$2" "$3"
}

# body FILE: its decoded bytes come from the test's own reading of it
body()
{
	sed '1,/^$/d' "$1"
}

tls=smtps://alice@localhost:$SUBMISSIONS_PORT
start=smtp://alice@localhost:$SUBMISSION_PORT

check "implicit TLS" send "$tls" -s 'Größe' bob@example.org
arrived "it arrives" bob 1
set -- "$MAIL_ROOT"/bob/new/*
is "the subject" "$(grep -c '^Subject: =?UTF-8?' "$1")" 1
is "the envelope's sender" "$(sed -n 's/^Return-[Pp]ath: //p' "$1")" \
	"<alice@example.org>"

check "STARTTLS, an attachment" send "$start" -A "$tmp/blob.bin" \
	bob+x@example.org
arrived "it arrives too" bob 2
set -- $(grep -l blob.bin "$MAIL_ROOT"/bob/new/*)
awk '/filename="blob.bin"/ { on = 1; next }
    on && /^--/ { exit }
    on { print }' "$1" | openssl base64 -d >"$tmp/back"
check "byte for byte" cmp "$tmp/blob.bin" "$tmp/back"

{
	echo "To: bob@example.org"
	echo "Bcc: alice@example.net"
	echo "Subject: dots"
	echo
	printf '.\n..\n.x\r\n\r\n'
	awk 'BEGIN { for (i = 0; i < 20000; i++) print ".line " i " of many" }'
} >"$tmp/ready"
expect_status 0 "a ready message" sh -c \
	'SATCHEL_SEND=$1 msend -t -o tls-ca="$2" <"$3"' sh \
	"$start" "$CA" "$tmp/ready"
arrived "to bob" bob 3
arrived "to alice" alice 1
set -- "$MAIL_ROOT"/alice/new/*
body "$1" | tr -d '\r' >"$tmp/got"
sed '1,/^$/d' "$tmp/ready" | tr -d '\r' >"$tmp/wanted"
check "line for line" cmp "$tmp/wanted" "$tmp/got"
sed '/^$/q' "$1" | grep -i '^bcc' | none "no Bcc"

check "LMTP" send "lmtp://$LMTP_SOCKET" -R bob@example.org alice@example.org
is "LMTP: told" "$(cut -f 1-3 "$tmp/out" | tr '\t' ' ')" \
	"bob@example.org sent 250
alice@example.org sent 250"
arrived "LMTP: it arrives" bob 4

expect_status 69 "a sender that is refused" send "$tls" \
	-f mail-550@example.org bob@example.org
expect_status 75 "a sender that cannot now" send "$tls" \
	-f mail-450@example.org bob@example.org
expect_status 69 "a recipient that is refused" send "$tls" \
	rcpt-550@example.org
expect_status 69 "a message that is refused" send "$tls" \
	-f data-554@example.org bob@example.org
expect_status 75 "a message that cannot now" send "$tls" \
	-f data-451@example.org bob@example.org
is "two are queued" "$(msend -p | cut -f 2,7)" \
	"queued	bob@example.org
queued	bob@example.org"

# another server, which passes on what it takes
relay=smtp://alice@localhost:$DOVECOT_SUBMISSION_PORT
is "Dovecot's submission: a line a recipient" "$(send "$relay" -R -s relayed \
	-o spool="$tmp/relay" bob@example.org rcpt-550@example.org \
	rcpt-450@example.org | cut -f 1-3 | tr '\t' ' ')" \
	"bob@example.org sent 250
rcpt-550@example.org refused 550
rcpt-450@example.org queued 450"

# what careless servers take for the end of a message, and commands after it
printf 'To: bob@example.org\nSubject: smuggled\n\na\r\n.\nMAIL FROM:<b@%b' \
	'example.org>\r.\rRCPT TO:<alice@example.org>\n.\r\nDATA\r\n..\r\nz' \
	>"$tmp/smuggles"
for url in "$tls" "$relay" "$start"; do
	SATCHEL_SEND=$url check "smuggles nothing" msend -o tls-ca="$CA" -t \
		<"$tmp/smuggles"
done
smuggled()
{
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		set -- $(grep -l '^Subject: smuggled' "$MAIL_ROOT"/bob/new/*)
		[ $# -lt 3 ] || break
		sleep 0.2
	done
	for file; do
		sed '1,/^$/d' "$file" | tr '\n' '|'
	done
}
one='a|.|MAIL FROM:<b@example.org> . RCPT TO:<alice@example.org>|.|DATA|..|z|'
is "each is one message, whole" "$(smuggled)" "$one$one$one"

# messages that a server has, by their names
check "one for alice" send "$tls" -s again alice@example.org
arrived "alice has it" alice 2
inbox=imaps://alice@localhost:$IMAPS_PORT/INBOX
SATCHEL_FETCH=$inbox
export SATCHEL_FETCH
mlist -o tls-ca="$CA" -q subject:again -f '%n\n@default/INBOX:%u' "$inbox" \
	>"$tmp/names"
is "sends those of a server" "$(SATCHEL_SEND=$tls msend -o tls-ca="$CA" -R \
	-m <"$tmp/names" | cut -f 1,2,7 | tr '\t' ' ')" \
	"$(sed 's/^/alice@example.org sent /' "$tmp/names")"
arrived "and they arrive" alice 4
is "each share takes its own" "$(SATCHEL_SEND=$tls msend -R \
	-o tls-ca="$CA" -o connections=2 -m $(cat "$tmp/names") | wc -l |
	tr -d ' ')" 2
SATCHEL_SEND=$tls expect_status 66 "one that is gone" msend \
	-o tls-ca="$CA" -m @default/INBOX:99

SATCHEL_PASSWORD=wrong
expect_status 77 "a wrong password" send "$tls" bob@example.org
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
CA=$WRONG_CA
expect_status 77 "a server that is not trusted" send "$tls" bob@example.org
expect_status 77 "the same by STARTTLS" send "$start" bob@example.org
. "$tmp/server/env"
expect_status 77 "another name" send \
	"smtps://alice@localhost:$WRONGNAME_PORT" bob@example.org
expect_status 77 "expired" send \
	"smtps://alice@localhost:$EXPIRED_PORT" bob@example.org
expect_status 75 "nobody listens" send smtps://alice@localhost:1 \
	-N bob@example.org
expect_status 68 "no such host" send smtps://alice@nosuch.invalid \
	bob@example.org

finish
