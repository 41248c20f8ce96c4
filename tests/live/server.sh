# The private mail server itself, as other programs see it: what the tests of
# the tools take for granted.

. tests/tap.sh

server=$top/tests/live/server
"$server" check 2>"$tmp/err" || skip_all "$(cat "$tmp/err")"

tap_cleanup()
{
	for d in "$tmp/one" "$tmp/two"; do
		[ ! -e "$d/env" ] || "$server" stop "$d"
	done
}

# curl_as USER CURL-OPTION...: with the test's CA; bob-wrong is bob with
# another password
curl_as()
{
	case $1 in
	alice) password=$(cat "$ALICE_PASSWORD") ;;
	bob) password=$(cat "$BOB_PASSWORD") ;;
	*) password=wrong ;;
	esac
	user=${1%-*}
	shift
	curl -sS --max-time 20 --ssl-reqd --cacert "$CA" \
		-u "$user:$password" "$@"
}

# refused NAME CODE FROM TO: the server's code for it
refused()
{
	curl_as alice -v --mail-from "$3" --mail-rcpt "$4" -T "$tmp/message" \
		"smtps://localhost:$SUBMISSIONS_PORT" >"$tmp/out" 2>&1
	is "$1" "$(sed -n 's/^< \([45][0-9][0-9] [^ ]*\).*/\1/p' "$tmp/out")" \
		"$2"
}

printf 'Subject: one\r\n\r\n.a dot\r\nGr\303\274\303\237e\r\n' >"$tmp/message"
tr -d '\r' <"$tmp/message" >"$tmp/stored"

"$server" start "$tmp/one" &
check "a server starts" "$server" start "$tmp/two"
wait $!
is "another one starts at the same time" $? 0
two=$(sed -n 's/^SERVER_ROOT=//p' "$tmp/two/env")
. "$tmp/one/env"
check "one stops" "$server" stop "$tmp/two"
check "its directory is gone" test ! -e "$two"

check "a message is delivered" \
	"$server" deliver "$tmp/one" bob "$tmp/stored"
for url in imap://localhost:$IMAP_PORT imaps://localhost:$IMAPS_PORT; do
	is "${url%%:*} has it" "$(curl_as bob "$url/INBOX;MAILINDEX=1" |
		cksum)" "$(cksum <"$tmp/message")"
done
for url in pop3://localhost:$POP3_PORT pop3s://localhost:$POP3S_PORT; do
	is "${url%%:*} has it" "$(curl_as bob "$url/1" | cksum)" \
		"$(cksum <"$tmp/message")"
done
check "all messages are removed" "$server" reset "$tmp/one"
is "none is there" "$(curl_as bob "pop3s://localhost:$POP3S_PORT" |
	tr -d '\r')" ""
expect_status 67 "a wrong password" \
	curl_as bob-wrong "imaps://localhost:$IMAPS_PORT"

for url in smtp://localhost:$SUBMISSION_PORT \
	smtps://localhost:$SUBMISSIONS_PORT; do
	check "${url%%:*} takes a message" curl_as bob -T "$tmp/message" \
		--mail-from bob@example.org --mail-rcpt alice@example.com \
		--mail-rcpt carol@example.net "$url"
done
check "its recipient gets both" "$server" await "$tmp/one" alice 2
check "and so does the catch-all" "$server" await "$tmp/one" other 2
for f in "$MAIL_ROOT"/alice/new/*; do
	is "the body is untouched" "$(sed '1,/^$/d' "$f")" \
		"$(sed '1,/^$/d' "$tmp/stored")"
done

refused "a sender" "553 5.7.1" mail-553@example.org alice@example.org
refused "a sender for now" "452 4.7.1" mail-452@example.org alice@example.org
refused "a recipient" "550 5.7.1" bob@example.org rcpt-550@example.org
refused "a recipient for now" "451 4.7.1" bob@example.org rcpt-451@example.org
refused "data" "554 5.7.1" data-554@example.org alice@example.org
refused "data for now" "451 4.7.1" data-451@example.org alice@example.org

expect_status 60 "a CA that signed nothing" curl_as bob --cacert "$WRONG_CA" \
	"imaps://localhost:$IMAPS_PORT"
expect_status 60 "an expired certificate" \
	curl_as bob "smtps://localhost:$EXPIRED_PORT"
expect_status 60 "another name's certificate" \
	curl_as bob "smtps://localhost:$WRONGNAME_PORT"
expect_status 64 "no TLS where STARTTLS is required" \
	curl_as bob "smtp://localhost:$SMTP_PORT"

check "the other stops" "$server" stop "$tmp/one"
expect_status 7 "nothing listens any more" \
	curl_as bob "imaps://localhost:$IMAPS_PORT"
check "its logs are kept" test -s "$tmp/one/log/exim-main"
finish
