# How mfetch and msend log in, against scripted servers: each mechanism, each
# way to fail, and that a secret is shown to nobody.

. tests/tap.sh
. tests/peer.sh
peer_certs

export SATCHEL_PASSWORD=hunter22secret SATCHEL_FROM=ann@example.org
ca=$peer_dir/ca.pem
cd "$tmp" || exit 1

# A command that counts its runs in the file "runs" and prints other tokens.
cat >token <<'END'
echo run >>runs
echo token-$(wc -l <runs | tr -d ' ')
END
cat >same <<'END'
echo run >>runs
echo token-1
END

b64()
{
	printf "$1" | openssl base64 -A
}

# hello PROTOCOL MECHANISMS: the beginning of a script
hello()
{
	case $1 in
	imap)
		for m in $2; do
			auth="$auth AUTH=$m"
		done
		echo "send * OK [CAPABILITY IMAP4rev1 SASL-IR$auth] hi"
		auth=
		;;
	pop3)
		printf 'send +OK hi <1896.69@mx.example.org>\nexpect CAPA\n'
		printf 'send +OK\nsend SASL %s\nsend UIDL\nsend .\n' "$2"
		;;
	smtp)
		printf 'send 220 mx ESMTP\nexpect-like EHLO *\n'
		printf 'send 250-mx\nsend 250 AUTH %s\n' "$2"
		;;
	esac
}

# bye PROTOCOL: what the tool says after a log-in
bye()
{
	case $1 in
	imap)
		printf 'expect-tagged CAPABILITY\nsend * CAPABILITY IMAP4\n'
		printf 'send ${T} OK\n'
		printf 'expect-tagged LOGOUT\nsend * BYE\nsend ${T} OK\n'
		;;
	pop3)
		printf 'expect CAPA\nsend -ERR\nexpect QUIT\nsend +OK\n' |
			sed 1,2d
		;;
	smtp)
		printf 'expect QUIT\nsend 221 bye\n'
		;;
	esac
}

# run PROTOCOL OPTION...: the check of an account at the peer
run()
{
	run_scheme=$1
	shift
	run_url=$run_scheme$run_s://ann@localhost:$peer_port
	if [ "$run_scheme" = smtp ]; then
		SATCHEL_SEND=$run_url msend -K -v $run_tls "$@"
	else
		mfetch -K -v $run_tls "$@" "$run_url"
	fi
}
run_tls='-o tls=no' run_s=

# logs_in PROTOCOL STATUS NAME MECHANISMS OPTION... <SCRIPT: the conversation
# between greeting and end; nothing that is told holds the secret
logs_in()
{
	what=$1 status=$2 name="$1: $3" offered=$4
	shift 4
	{
		hello "$what" "$offered"
		cat
		[ "$status" -ne 0 ] || bye "$what"
	} >script
	peer_start "$what" <script
	expect_status "$status" "$name" run "$what" "$@"
	peer_end "$what" "$name: said"
	grep -i -e hunter22 -e "$(b64 hunter22secret)" \
		-e "$(b64 '\0ann\0hunter22secret')" -e token-[0-9] out err |
		none "$name: the secret is not shown"
}

# reason NAME TEXT: the last step failed with it
reason()
{
	is "$1: why" "$(sed -n 's/^login	failed	//p' out)" "$2"
}

plain=$(b64 '\0ann\0hunter22secret')
named=$(b64 ann) secret=$(b64 hunter22secret)

# the good ones, for each protocol
logs_in imap 0 PLAIN PLAIN <<END
expect-tagged AUTHENTICATE PLAIN $plain
send \${T} OK in
END
logs_in pop3 0 PLAIN PLAIN <<END
expect AUTH PLAIN $plain
send +OK in
END
logs_in smtp 0 PLAIN PLAIN <<END
expect AUTH PLAIN $plain
send 235 in
END
logs_in imap 0 LOGIN LOGIN <<END
expect-tagged AUTHENTICATE LOGIN
send + VXNlcm5hbWU6
expect $named
send + UGFzc3dvcmQ6
expect $secret
send \${T} OK in
END
logs_in smtp 0 LOGIN LOGIN <<END
expect AUTH LOGIN
send 334 VXNlcm5hbWU6
expect $named
send 334 UGFzc3dvcmQ6
expect $secret
send 235 in
END
digest=$(printf '<1.2@mx>' | openssl dgst -md5 -hmac hunter22secret |
	sed 's/.*[= ]//')
cram=$(b64 "ann $digest")
logs_in imap 0 CRAM-MD5 CRAM-MD5 <<END
expect-tagged AUTHENTICATE CRAM-MD5
send + $(b64 '<1.2@mx>')
expect $cram
send \${T} OK in
END
logs_in pop3 0 CRAM-MD5 CRAM-MD5 <<END
expect AUTH CRAM-MD5
send + $(b64 '<1.2@mx>')
expect $cram
send +OK in
END
logs_in imap 0 "LOGIN, the command" NTLM <<'END'
expect-tagged LOGIN "ann" "hunter22secret"
send ${T} OK in
END
logs_in pop3 0 "USER and PASS" NTLM <<'END'
expect USER ann
send +OK
expect PASS hunter22secret
send +OK in
END
digest=$(printf '<1896.69@mx.example.org>hunter22secret' |
	openssl dgst -md5 | sed 's/.*[= ]//')
logs_in pop3 0 APOP PLAIN -o auth=apop <<END
expect APOP ann $digest
send +OK in
END
logs_in imap 0 "the first that is asked for" "CRAM-MD5 LOGIN PLAIN" \
	-o "auth=SCRAM-SHA-1, PLAIN LOGIN" <<END
expect-tagged AUTHENTICATE PLAIN $plain
send \${T} OK in
END

# refused, and the server repeats what it was sent
logs_in imap 77 "a wrong password" PLAIN <<END
expect-tagged AUTHENTICATE PLAIN $plain
send \${T} NO [AUTHENTICATIONFAILED] hunter22secret is wrong
expect-tagged LOGOUT
END
reason "imap: a wrong password" "the server says: *** is wrong"
logs_in imap 77 "a command that is not understood" NTLM <<'END'
expect-tagged LOGIN "ann" "hunter22secret"
send * OK [ALERT] what is LOGIN ann hunter22secret
send ${T} BAD what is LOGIN ann HUNTER22SECRET
expect-tagged LOGOUT
END
logs_in imap 75 "not now" PLAIN <<END
expect-tagged AUTHENTICATE PLAIN $plain
send \${T} NO [UNAVAILABLE] later
expect-tagged LOGOUT
END
logs_in pop3 77 "a wrong password" PLAIN <<END
expect AUTH PLAIN $plain
send -ERR [AUTH] what is AUTH PLAIN $plain
END
reason "pop3: a wrong password" "the server says: what is AUTH PLAIN ***"
logs_in pop3 75 "not now" PLAIN <<END
expect AUTH PLAIN $plain
send -ERR [SYS/TEMP] later
END
logs_in smtp 77 "a wrong password" PLAIN <<END
expect AUTH PLAIN $plain
send 535 5.7.8 what is $plain
expect QUIT
END
reason "smtp: a wrong password" "log-in: 535 5.7.8 what is ***"
logs_in smtp 75 "454" PLAIN <<END
expect AUTH PLAIN $plain
send 454 4.7.0 later
expect QUIT
END
logs_in smtp 75 "421" PLAIN <<END
expect AUTH PLAIN $plain
send 421 4.7.0 not you, $plain
END
logs_in smtp 77 "no AUTH" "" <<'END'
expect QUIT
END
logs_in imap 77 "nothing that is asked for" PLAIN -o auth=CRAM-MD5 <<'END'
expect-tagged LOGOUT
END
reason "imap: nothing that is asked for" \
	"the server offers no CRAM-MD5, but PLAIN USER"

# SCRAM: a server that does not prove itself is refused
for m in SCRAM-SHA-1 SCRAM-SHA-256; do
	logs_in imap 77 "$m without a proof" "PLAIN $m" <<END
expect-tagged-like AUTHENTICATE $m biws*
send \${T} OK in
expect-tagged LOGOUT
END
	reason "imap: $m without a proof" \
		"the server has not proved that it knows the secret"
done
logs_in imap 77 "another's nonce" SCRAM-SHA-1 <<END
expect-tagged-like AUTHENTICATE SCRAM-SHA-1 *
send + $(b64 'r=other,s=QSXCR+Q6sek8bf92,i=4096')
expect *
send \${T} BAD given up
expect-tagged LOGOUT
END
logs_in pop3 77 "SCRAM without a proof" SCRAM-SHA-256 <<'END'
expect-like AUTH SCRAM-SHA-256 *
send +OK in
END
logs_in smtp 77 "SCRAM without a proof" SCRAM-SHA-256 <<'END'
expect-like AUTH SCRAM-SHA-256 *
send 235 in
expect QUIT
END
logs_in smtp 77 "SCRAM that costs too much" SCRAM-SHA-256 <<END
expect-like AUTH SCRAM-SHA-256 *
send 334 $(b64 'r=x,s=QSXCR+Q6sek8bf92,i=99999999999')
expect *
send 501 given up
expect QUIT
END
reason "smtp: SCRAM that costs too much" \
	"the server demands over 1000000 rounds of hashing"

# a token that is over is asked for again, once
oauth()
{
	printf '%s,a=ann,\001host=localhost\001port=%s\001auth=Bearer %s\001\001' \
		n "$1" "$2"
}
said=$(b64 '{"status":"invalid_token","scope":"mail"}')
one=$(b64 'user=ann\001auth=Bearer token-1\001\001')
two=$(b64 'user=ann\001auth=Bearer token-2\001\001')
rm -f runs
logs_in imap 0 "a token that is over" "PLAIN XOAUTH2" \
	-o oauth-command="sh $tmp/token" <<END
expect-tagged AUTHENTICATE XOAUTH2 $one
send + $said
expect 
send \${T} NO [AUTHENTICATIONFAILED] over
expect-tagged AUTHENTICATE XOAUTH2 $two
send \${T} OK in
END
is "imap: the command ran twice" "$(wc -l <runs | tr -d ' ')" 2
rm -f runs
logs_in pop3 0 "a token that is over" XOAUTH2 \
	-o oauth-command="sh $tmp/token" <<END
expect AUTH XOAUTH2 $one
send + $said
expect 
send -ERR [AUTH] over
expect AUTH XOAUTH2 $two
send +OK in
END
rm -f runs
logs_in smtp 0 "a token that is over" XOAUTH2 \
	-o oauth-command="sh $tmp/token" <<END
expect AUTH XOAUTH2 $one
send 334 $said
expect 
send 535 5.7.8 over
expect AUTH XOAUTH2 $two
send 235 in
END
rm -f runs
logs_in imap 77 "no token is good" "PLAIN OAUTHBEARER" \
	-o oauth-command="sh $tmp/token" <<END
expect-tagged-like AUTHENTICATE OAUTHBEARER bixhPWFubiwBaG9zdD1sb2NhbGhvc3QBcG9ydD*
send + $said
expect AQ==
send \${T} NO no
expect-tagged-like AUTHENTICATE OAUTHBEARER *
send + $said
expect AQ==
send \${T} NO no
expect-tagged LOGOUT
END
reason "imap: no token is good" \
	'the server says: no ({"status":"invalid_token","scope":"mail"})'
is "imap: twice is enough" "$(wc -l <runs | tr -d ' ')" 2
rm -f runs
logs_in smtp 77 "the same token again" OAUTHBEARER \
	-o oauth-command="sh $tmp/same" <<END
expect-like AUTH OAUTHBEARER *
send 334 $(b64 '{"status":"400","token":"token-1"}')
expect AQ==
send 535 5.7.8 no
expect QUIT
END
reason "smtp: the same token again" \
	'log-in: 535 5.7.8 no ({"status":"400","token":"***"})'
logs_in imap 77 "a token goes nowhere else" "PLAIN LOGIN" \
	-o oauth-command="sh $tmp/same" <<'END'
expect-tagged LOGOUT
END
logs_in imap 77 "a command that fails" XOAUTH2 -o oauth-command=false <<'END'
expect-tagged LOGOUT
END
reason "imap: a command that fails" "oauth-command: exit status 1"

# the client's certificate, on both wires
run_tls="-o tls-ca=$ca -o tls-cert=$peer_dir/client.pem"
run_tls="$run_tls -o tls-key=$peer_dir/client.key" run_s=s
for what in imap pop3 smtp; do
	{
		hello $what "PLAIN EXTERNAL"
		case $what in
		imap)
			echo "expect-tagged AUTHENTICATE EXTERNAL $named"
			echo 'send ${T} OK in'
			;;
		pop3)
			printf 'expect AUTH EXTERNAL %s\nsend +OK in\n' "$named"
			;;
		smtp)
			printf 'expect AUTH EXTERNAL %s\nsend 235 in\n' "$named"
			;;
		esac
		bye $what
	} >script
	peer_start external -t -C "$ca" <script
	check "$what: EXTERNAL" run $what
	peer_end external "$what: EXTERNAL: said"
done
{
	hello smtp "PLAIN EXTERNAL"
	printf 'expect AUTH EXTERNAL =\nsend 235 in\n'
	printf 'expect-like MAIL *\nsend 250 ok\nexpect-like RCPT *\n'
	printf 'send 250 ok\nexpect DATA\nsend 354 go\nexpect-dot\n'
	printf 'send 250 done\n'
	bye smtp
} >script
peer_start external -t -C "$ca" <script
SATCHEL_SEND=smtps://localhost:$peer_port
export SATCHEL_SEND
echo text >body
check "smtp: EXTERNAL on the carrier, whom the certificate names" sh -c \
	'msend -N "$@" b@example.org <body' sh $run_tls -o auth=external
peer_end external "smtp: EXTERNAL on the carrier: said"
unset SATCHEL_SEND

# a command is run once for all connections of an account
{
	hello imap PLAIN
	echo "expect-tagged AUTHENTICATE PLAIN $plain"
	echo 'send ${T} OK in'
	bye imap
	echo accept
	hello imap PLAIN
	echo "expect-tagged AUTHENTICATE PLAIN $plain"
	echo 'send ${T} OK in'
	bye imap
} >script
peer_start once <script
cat >config <<END
[ann]
fetch = imap://ann@localhost:$peer_port
tls = no
password-command = echo run >>runs; echo hunter22secret; :
END
rm -f runs
url=imap://ann@localhost:$peer_port
check "two connections" mfetch -C config -K "$url" "$url"
peer_end once "two connections: said"
is "one run of the command" "$(wc -l <runs | tr -d ' ')" 1

finish
