# -K against scripted servers: what each step tells, which one fails and with
# which exit status; certificates, proxies, and words that come too early.

. tests/tap.sh
. tests/peer.sh
peer_certs
peer_cert soon ca "$peer_local" 5 2>"$tmp/err" || exit 1

export SATCHEL_PASSWORD=secret SATCHEL_FROM=ann@example.org
ca=$peer_dir/ca.pem
cd "$tmp" || exit 1

# steps NAME LINES: the steps and their results
steps()
{
	is "$1" "$(cut -f 1,2 out | tr '\t' ' ')" "$2"
}

login='send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
send ${T} OK [CAPABILITY IMAP4rev1] in
expect-tagged LOGOUT
send * BYE
send ${T} OK'

# a certificate that ends soon; the chain
cat "$peer_dir/soon.pem" "$ca" >chain.pem
echo "$login" >script
peer_start soon -t -c chain.pem -k "$peer_dir/soon.key" <script
check "all is well" mfetch -K -o tls-ca="$ca" "imaps://ann@localhost:$peer_port"
peer_end soon "all is said"
steps "each step" "account ok
name ok
connect ok
tls ok
certificate warning
certificate ok
pin ok
greeting ok
capabilities ok
mechanisms ok
login ok"
cut -f 3- out >fields
is "the account" "$(sed -n 1p fields)" \
	"default	imaps://ann@localhost:$peer_port"
is "the address" "$(sed -n 3p fields | sed 's/.*://')" "$peer_port"
is "the version" "$(sed -n 4p fields | cut -f 1)" TLSv1.3
is "the certificate" "$(sed -n 5p fields | cut -f 1,2)" \
	"CN=soon	CN=Test authority ca"
is "the days left" "$(sed -n 5p fields | cut -f 4 | sed s/5/4/)" 4
is "the chain" "$(sed -n 6p fields | cut -f 1,2)" \
	"CN=Test authority ca	CN=Test authority ca"
is "the pin" "$(sed -n 7p fields)" "$(peer_pin soon)"
is "the capabilities" "$(sed -n 9p fields)" "IMAP4rev1 SASL-IR AUTH=PLAIN"
is "a warning for people" "$(grep -c 'CN=soon ends in [45] days' err)" 1

# what else it prints by
peer_start json -n 3 <script
url=imap://ann@localhost:$peer_port
check "-j" mfetch -K -j -o tls=no "$url"
is "a line of JSON each" "$(head -n 1 out)" \
	'{"step":"account","result":"ok","detail":["default","'"$url"'"]}'
check "-0" mfetch -K -0 -o tls=no "$url"
is "NULs between" "$(tr '\0' '\n' <out | sed -n '$p')" "login	ok	PLAIN	ann"
check "-q" mfetch -K -q -o tls=no "$url"
is "nothing" "$(cat out)" ""
peer_end json "thrice"

# hostile words of a server are no line and no terminal's
peer_start hostile <<'END'
send * OK [CAPABILITY IMAP4rev1] \x1b[31m\tred\x07
expect-tagged LOGIN "ann" "secret"
send ${T} OK in
expect-tagged CAPABILITY
send * CAPABILITY IMAP4rev1
send ${T} OK
expect-tagged LOGOUT
send * BYE
send ${T} OK
END
check "hostile words" mfetch -K -o tls=no "imap://ann@localhost:$peer_port"
peer_end hostile "are heard"
LC_ALL=C grep '[[:cntrl:]]' out | LC_ALL=C tr -d '\t' |
	LC_ALL=C grep '[[:cntrl:]]' | none "and not passed on"

# fails STATUS STEP NAME COMMAND...: the last step fails, with that status
fails()
{
	fails_status=$1 fails_step=$2 fails_name=$3
	shift 3
	expect_status "$fails_status" "$fails_name" "$@"
	is "$fails_name: the step" "$(tail -n 1 out | cut -f 1,2)" \
		"$fails_step	failed"
}

fails 68 name "no such host" mfetch -K imaps://ann@nosuch.invalid
fails 75 connect "nobody listens" mfetch -K imaps://ann@localhost:1
fails 68 name "no such host to send to" \
	env SATCHEL_SEND=smtps://ann@nosuch.invalid msend -K
fails 75 connect "nobody listens there" \
	env SATCHEL_SEND=smtps://ann@localhost:1 msend -K
fails 78 account "TLS is off" mfetch -K -o tls=no imap://ann@192.0.2.1

# distrusts STEP NAME OPTION...: in the handshake, of mfetch and msend
distrusts()
{
	step=$1 name=$2
	shift 2
	for scheme in imaps smtps; do
		peer_start distrust -t $with <stall
		url=$scheme://ann@localhost:$peer_port
		case $scheme in
		imaps) fails 77 "$step" "$name" mfetch -K "$@" "$url" ;;
		smtps) fails 77 "$step" "$name, sending" \
			env SATCHEL_SEND="$url" msend -K "$@" ;;
		esac
		peer_status distrust
	done
}
echo stall >stall
with=
distrusts tls "an authority that is not known" -o tls-ca="$peer_dir/other.pem"
with="-c $peer_dir/expired.pem -k $peer_dir/expired.key"
distrusts tls "an expired certificate" -o tls-ca="$ca"
with="-c $peer_dir/name.pem -k $peer_dir/name.key"
distrusts tls "another name" -o tls-ca="$ca"
with=
distrusts pin "another pin" -o tls-ca="$ca" -o tls-pin="$(peer_pin name)"

# a server whose TLS is too old: its alert says so
printf 'expect-data 1\nsend-raw %s\nstall\n' '\x15\x03\x01\0\x02\x02\x46' >old
peer_start old <old
fails 77 tls "TLS 1.1" mfetch -K "imaps://ann@localhost:$peer_port"
peer_status old
peer_start old <old
expect_status 77 "TLS 1.1 on the carrier" sh -c \
	'echo text | SATCHEL_SEND=$1 msend -N bob@example.org' sh \
	"smtps://ann@localhost:$peer_port"
peer_status old

# STARTTLS that is not there, and words that come before TLS
printf 'send * OK [CAPABILITY IMAP4rev1] hi\nexpect-tagged LOGOUT\n' >script
peer_start none <script
fails 77 tls "no STARTTLS" mfetch -K "imap://ann@localhost:$peer_port"
peer_end none "no STARTTLS: said"
cat >injection <<'END'
send 220 mx ESMTP
expect-like EHLO *
send 250-mx
send 250 STARTTLS
expect STARTTLS
send 220 go
send 250 injected
stall
END
peer_start injected <injection
expect_status 75 "words before TLS" env \
	SATCHEL_SEND="smtp://ann@localhost:$peer_port" msend -K -o tls-ca="$ca"
is "are a fault of the protocol" \
	"$(tail -n 1 out)" "tls	failed	the server sent bytes ahead of the TLS handshake"
peer_status injected
peer_start injected <injection
echo text >body
expect_status 75 "the same on the carrier" sh -c \
	'SATCHEL_SEND=$1 msend -N -o tls-ca="$2" bob@example.org <body' sh \
	"smtp://ann@localhost:$peer_port" "$ca"
peer_status injected
LC_ALL=C grep -a -i auth "$peer_dir/injected.sent" | none "no log-in is said"

# a proxy, on both wires
{
	printf 'expect CONNECT mx.example.org:143 HTTP/1.1\n'
	printf 'expect-until %s\n' '\r\n\r\n'
	printf 'send-raw HTTP/1.1 200 here you are%s\n' '\r\n\r\n'
	echo "$login"
} >script
peer_start proxy <script
check "a proxy" mfetch -K -o tls=no -o insecure=yes -o auth=PLAIN \
	-o proxy="http://127.0.0.1:$peer_port" imap://ann@mx.example.org
peer_end proxy "a proxy: said"
is "looks up no name here" "$(grep -c '^name' out)" 0
is "and is told" "$(sed -n 's/^connect	ok	[^	]*	//p' out)" proxy
submits='tls
send 220 mx ESMTP
expect-like EHLO *
send 250-mx
send 250 AUTH PLAIN
expect AUTH PLAIN AGFubgBzZWNyZXQ=
send 235 in
expect-like MAIL *
send 250 ok
expect-like RCPT *
send 250 ok
expect DATA
send 354 go
expect-dot
send 250 done
expect QUIT
send 221 bye'
# by_proxy NAME SCHEME: a message sent through it, by what is in $script
by_proxy()
{
	printf '%s\n' "$submits" >>script
	peer_start proxy <script
	check "$1" sh -c 'SATCHEL_SEND=smtps://ann@localhost:25 msend -N \
		-o tls-ca="$2" -o proxy="$3://127.0.0.1:$1" bob@example.org \
		<body' sh "$peer_port" "$ca" "$2"
	peer_end proxy "$1: said"
}
{
	printf 'expect CONNECT localhost:25 HTTP/1.1\n'
	printf 'expect-until %s\n' '\r\n\r\n'
	printf 'send-raw HTTP/1.1 200 here you are%s\n' '\r\n\r\n'
} >script
by_proxy "a proxy on the carrier, TLS within" http
# no log-in among what may be offered; the name; the port; granted
printf '%s\n' 'expect-until \0' 'send-raw \x05\0' \
	'expect-until \x05\x01\0\x03\x09localhost\0\x19' \
	'send-raw \x05\0\0\x01\0\0\0\0\0\0' >script
by_proxy "SOCKS on the carrier, the name unresolved" socks5h
printf 'expect-until %s\nsend HTTP/1.1 407 who are you\nsend \nclose\n' \
	'\r\n\r\n' >script
peer_start proxy <script
fails 77 connect "a proxy that wants a log-in" mfetch -K \
	-o proxy="http://127.0.0.1:$peer_port" imaps://ann@mx.example.org
peer_status proxy

finish
