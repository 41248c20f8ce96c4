# Every log-in that real servers offer, by IMAP, POP3 and SMTP; what is wrong
# is refused; a tunnel, a pin and a client's certificate.

. tests/tap.sh
. tests/live.sh

live_start
SATCHEL_FROM=alice@example.org
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
export SATCHEL_FROM SATCHEL_PASSWORD
cd "$tmp" || exit 1

# look URL OPTION...: the check of an account there
look()
{
	look_url=$1
	shift
	case $look_url in
	smtp*) SATCHEL_SEND=$look_url msend -K -o tls-ca="$CA" "$@" ;;
	*) mfetch -K -o tls-ca="$CA" "$@" "$look_url" ;;
	esac
}

# offered URL MECHANISM: does the server have it?
offered()
{
	look "$1" 2>"$tmp/err" | sed -n 's/^mechanisms	ok	//p' |
		tr ' ' '\n' | grep -qx -e "$2"
}

# refused NAME URL OPTION...: the log-in fails, and the server takes its time;
# so all of these go on beside what follows, until settle has their results
refused()
{
	refusals=$((refusals + 1))
	echo "$1" >"$refusals.name"
	shift
	{
		look "$@" >"$refusals.out" 2>"$refusals.err"
		echo $? >"$refusals.status"
	} &
}
refusals=0

settle()
{
	wait
	while [ "$refusals" -gt 0 ]; do
		is "$(cat "$refusals.name")" "$(cat "$refusals.status")" 77
		grep -f good "$refusals.out" "$refusals.err" |
			none "$(cat "$refusals.name"): no token is shown"
		refusals=$((refusals - 1))
	done
}

# by URL MECHANISM OPTION...: logs in, and with a wrong secret does not
by()
{
	url=$1 mechanism=$2 name="${1%%:*}: $2"
	shift 2
	check "$name" look "$url" -o auth="$mechanism" "$@"
	is "$name: is what was taken" "$(tail -n 1 out)" \
		"login	ok	$mechanism	alice"
	SATCHEL_PASSWORD=wrong
	refused "$name: a wrong password" "$url" -o auth="$mechanism" "$@"
	SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
}

"$server" token "$tmp/server" alice 600 >good
"$server" token "$tmp/server" alice -600 >over
"$server" token "$tmp/server" bob 600 >bobs
imap=imap://alice@localhost:$IMAP_PORT
pop3=pop3://alice@localhost:$POP3_PORT
smtp=smtp://alice@localhost:$DOVECOT_SUBMISSION_PORT
exim=smtps://alice@localhost:$SUBMISSIONS_PORT

for m in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	for url in "$imap" "$pop3" "$smtp"; do
		by "$url" $m
	done
done
by "$imap" USER
by "$pop3" USER
for m in PLAIN LOGIN CRAM-MD5; do
	by "$exim" $m
done

# the certificate alone; another's name is refused
for url in "$imap" "$pop3" "$smtp" "$exim"; do
	name="${url%%:*}: EXTERNAL"
	if ! offered "$url" EXTERNAL && [ "$url" != "$exim" ]; then
		skip "$name" "impossible: this server is not set up for it"
		continue
	fi
	check "$name" look "$url" -o tls-cert="$CLIENT.pem" \
		-o tls-key="$CLIENT.key"
	is "$name: is what was taken" "$(tail -n 1 out)" \
		"login	ok	EXTERNAL	alice"
	refused "$name: as another" \
		"$(echo "$url" | sed s/alice/bob/)" -o auth=external \
		-o tls-cert="$CLIENT.pem" -o tls-key="$CLIENT.key"
done
check "EXTERNAL on the carrier" sh -c 'echo text | SATCHEL_SEND=$1 \
	msend -N -o tls-ca="$2" -o tls-cert="$3.pem" -o tls-key="$3.key" \
	-o auth=external bob@example.org' sh "$exim" "$CA" "$CLIENT"
check "it is sent" "$server" await "$tmp/server" bob 1

# tokens: one that is good; one that is over and then one that is good
cat >changes <<'END'
[ -e "$0.run" ] && exec cat good
: >"$0.run"
cat over
END
for m in XOAUTH2 OAUTHBEARER; do
	for url in "$imap" "$pop3" "$smtp"; do
		name="${url%%:*}: $m"
		if ! offered "$url" $m; then
			skip "$name" \
				"impossible: this server is not set up for it"
			continue
		fi
		check "$name" look "$url" -o auth=$m -o oauth-command="cat good; :"
		rm -f changes.run
		check "$name: a fresh token" look "$url" -o auth=$m \
			-o oauth-command="sh changes; :"
		refused "$name: no good token" "$url" -o auth=$m \
			-o oauth-command="cat over; :"
		refused "$name: another's token" "$url" -o auth=$m \
			-o oauth-command="cat bobs; :"
	done
done
if offered "$imap" OAUTHBEARER; then
	expect_status 77 "the server's words on a token" look "$imap" \
		-o oauth-command="cat over; :"
	is "are told" "$(grep -c '^login	failed	.*"status":' out)" 1
fi
settle

# the pin that the check tells is the one to demand, on both wires
look "$imap" >out
pin=$(sed -n 's/^pin	ok	//p' out)
other=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
check "the pin" look "$imap" -o tls-pin="$pin"
expect_status 77 "another pin" look "$imap" -o tls-pin="$other"
is "is told" "$(cut -f 1,2 out | tail -n 1)" "pin	failed"
for p in "0 $pin" "77 $other"; do
	expect_status "${p%% *}" "the pin on the carrier: ${p%% *}" sh -c \
		'echo text | SATCHEL_SEND=$1 msend -N -o tls-ca="$2" \
		-o tls-pin="$3" bob@example.org' sh "$exim" "$CA" "${p#* }"
done

# tunnels: a server that knows the user (Dovecot's takes no socket, but pipes),
# and others through a TLS of openssl's
libexec=$(doveconf -c "$SERVER_ROOT/dovecot.conf" -h libexec_dir 2>/dev/null ||
	doveconf -c "$SERVER_ROOT/dovecot.conf" -h base_libexec_dir)
run="env USER=alice HOME=$MAIL_ROOT/alice $libexec/imap"
cat >config <<END
[tunnel]
fetch  = imap://alice@localhost
tls    = no
tunnel = cat | $run -c $SERVER_ROOT/dovecot.conf 2>$tmp/tunnel.err | cat
END
printf 'Subject: one\n\ntext\n' >one
"$server" deliver "$tmp/server" alice one
expect_status 0 "PREAUTH through a tunnel" \
	env SATCHEL_MAILDIR="$tmp/here" mfetch -C config -t "$tmp/here"
is "brings the message" "$(cat here/new/* here/cur/* 2>/dev/null)" "$(cat one)"
s_client="exec openssl s_client -quiet -verify_quiet -connect"
check "POP3 through a tunnel" look "pop3://alice@localhost" -o tls=no \
	-o tunnel="$s_client localhost:$POP3S_PORT 2>/dev/null"
is "is told" "$(sed -n 2p out)" "connect	ok	tunnel"
check "SMTP through a tunnel" look "smtp://alice@localhost" -o tls=no \
	-o tunnel="$s_client localhost:$SUBMISSIONS_PORT 2>/dev/null"

finish
