# Each log-in that a server has, by each protocol, with and without what was
# learnt of the server before.

. tests/tap.sh
. tests/servers/begin

case $SERVER in
dovecot | cyrus*) all="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 USER" ;;
courier) all="PLAIN CRAM-MD5 USER" ;;
esac
printf 'Subject: one\n\ntext\n' >"$tmp/one"
check "a message" deliver "$tmp/one"

for m in $all; do
	for url in "$imap" "imap://bob@localhost:$IMAP_PORT" "$pop" \
		"pop3://bob@localhost:$POP3_PORT"; do
		box=$m.${url%%:*}
		check "$m: ${url%%:*}" fetch $box -o auth=$m "$url"
		is "the message" "$(count <"$tmp/out")" 1
		check "$m: ${url%%:*}, again" fetch $box -o auth=$m "$url"
		is "nothing" "$(count <"$tmp/out")" 0
	done
	(
		SATCHEL_PASSWORD=wrong
		expect_status 77 "$m: a wrong password" fetch wrong \
			-o auth=$m "$imap"
		expect_status 77 "$m: a wrong password by POP3" fetch wrong \
			-o auth=$m "$pop"
	)
done
for url in "$imap" "$pop"; do
	expect_status 77 "${url%%:*}: a mechanism it has not" fetch none \
		-o auth=GSSAPI "$url"
	check "${url%%:*}: it is checked" mfetch -o tls-ca="$CA" -K "$url"
	is "to the end" "$(tail -n 1 "$tmp/out" | cut -f 1,2,4)" \
		"$(printf 'login\tok\tbob')"
done
expect_status 77 "another authority" mfetch -o tls-ca="$WRONG_CA" "$imap"

external()
{
	fetch external -o tls-cert="$CLIENT.pem" -o tls-key="$CLIENT.key" \
		-o auth=EXTERNAL "$1"
}
case $SERVER in
courier) expect_status 77 "no EXTERNAL" external "$imap" ;;
*)
	alice=imaps://alice@localhost:$IMAPS_PORT
	check "EXTERNAL" external "$alice"
	check "EXTERNAL again" external "$alice"
	check "EXTERNAL, POP3" external "pop3s://alice@localhost:$POP3S_PORT"
	;;
esac
case $SERVER in
cyrus*)
	check "APOP" fetch apop -o auth=APOP "pop3://bob@localhost:$POP3_PORT"
	is "its message" "$(count <"$tmp/out")" 1
	;;
esac
# in the clear nothing that shows the password
check "CRAM-MD5 in the clear" fetch clear -o tls=no -o auth=CRAM-MD5 \
	"imap://bob@localhost:$IMAP_PORT"
is "has it" "$(count <"$tmp/out")" 1
finish
