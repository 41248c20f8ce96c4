# mfetch against a scripted POP3 server: what it says, what it makes of it.

. tests/tap.sh
. tests/peer.sh
peer_certs

export SATCHEL_PASSWORD=secret SATCHEL_MAILDIR="$tmp/mail"
ca=$peer_dir/ca.pem

# fetch OPTION...: from the peer, implicit TLS
fetch()
{
	mfetch -o tls-ca="$ca" "$@" "pop3s://ann@localhost:$peer_port"
}

# begin CAPABILITY...: the script up to the log-in
begin()
{
	echo 'send +OK hi'
	echo 'expect CAPA'
	echo 'send +OK'
	printf 'send %s\n' "$@"
	cat <<'END'
send .
expect AUTH PLAIN AGFubgBzZWNyZXQ=
send +OK in
END
}

quit()
{
	printf 'expect QUIT\nsend +OK bye\n'
}

printf 'Subject: a\r\n\r\n.\r\n..\r\n.b\r\nc' >"$tmp/one"
cd "$tmp" || exit 1

# one server: pipelined, in pieces of one byte; nothing new; cut; the rest
{
	begin 'SASL PLAIN' PIPELINING UIDL
	cat <<'END'
expect UIDL
expect LIST
send +OK
send 1 first
send 2 second
send .
send +OK
send 1 20
send 2 30
send .
expect RETR 1
expect RETR 2
split 1
send +OK
send-dot one
send +OK 30 octets
send two
send .
split 0
END
	quit
	echo accept
	begin 'SASL PLAIN' PIPELINING
	cat <<'END'
expect UIDL
expect LIST
send +OK
send 5 second
send .
send +OK
send 5 30
send .
END
	quit
	echo accept
	begin 'SASL PLAIN' PIPELINING
	cat <<'END'
expect UIDL
expect LIST
send +OK
send 1 second
send 2 third
send 3 fourth
send 4 third
send .
send +OK
send 1 30
send 2 30
send 3 3000
send 4 30
send .
expect RETR 2
expect RETR 3
send +OK
send third
send .
send +OK
send-raw half
cut
accept
END
	begin 'SASL PLAIN'
	cat <<'END'
expect UIDL
send +OK
send 1 second
send 2 third
send 3 fourth
send 4 third
send .
expect LIST
send +OK
send 1 30
send 2 30
send 3 3000
send 4 30
send .
expect DELE 1
send +OK
END
	quit
} >script
peer_start whole -t <script
check "two messages, byte by byte" fetch
is "are printed" "$(sed "s|^$tmp/mail/||;s|/.*|/|" out)" \
	"$(printf 'new/\nnew/')"
is "as they were" "$(cat $(cat out))" \
	"$(tr -d '\r' <one; printf '\ntwo\n')"
expect_status 1 "nothing new" fetch -e
expect_status 75 "a connection that is cut" fetch
is "what came whole is there" "$(cat $(cat out))" third
is "nothing is left in tmp" "$(ls mail/tmp)" ""
check "delete what is safe, and nothing else" fetch -d -s 1k
is "the doubles are told" "$(grep -c 'UIDL of another' err)" 1
peer_end whole "the server hears what it should"

# one that the server will not delete does not keep the others
{
	begin 'SASL PLAIN' PIPELINING
	cat <<'END'
expect UIDL
expect LIST
send +OK
send 1 tenth
send 2 eleventh
send .
send +OK
send 1 5
send 2 5
send .
expect RETR 1
expect RETR 2
send +OK
send x
send .
send +OK
send y
send .
expect DELE 1
expect DELE 2
send -ERR locked
send +OK
END
	quit
} >script
peer_start locked -t <script
expect_status 69 "a message that is not deleted" fetch -d
is "is told" "$(grep -c 'tenth: .*locked' err)" 1
peer_end locked "and the others are"

# STLS; USER and PASS where there is no SASL
{
	cat <<'END'
send +OK hi
expect CAPA
send +OK
send STLS
send .
expect STLS
send +OK go
tls
expect CAPA
send -ERR what
expect USER ann
send +OK
expect PASS secret
send +OK in
expect UIDL
send +OK
send .
expect LIST
send +OK
send .
END
	quit
} >script
peer_start stls <script
check "STLS, USER and PASS" mfetch -v -o tls-ca="$ca" \
	"pop3://ann@localhost:$peer_port"
peer_end stls "the server hears that"
grep secret err | none "the trace masks the secret"
peer_start injected <<'END'
send +OK hi
expect CAPA
send +OK
send STLS
send .
expect STLS
send +OK go
send +OK injected
stall
END
expect_status 76 "answers before the handshake" mfetch -o tls-ca="$ca" \
	"pop3://ann@localhost:$peer_port"
peer_end injected "end it"
peer_start stripped <<'END'
send +OK hi
expect CAPA
send -ERR what
stall
END
expect_status 77 "no STLS" mfetch -o tls-ca="$ca" \
	"pop3://ann@localhost:$peer_port"
peer_end stripped "nothing more is said"

# refused STATUS NAME ANSWER: the log-in is answered so
refused()
{
	begin 'SASL PLAIN' | sed '$d' >script
	echo "send $3" >>script
	peer_start refused -t <script
	expect_status "$1" "$2" fetch
	peer_end refused "and so it ends"
}
refused 77 "a wrong password" '-ERR [AUTH] no'
refused 77 "one without a code" '-ERR no'
refused 75 "a mailbox in use" '-ERR [IN-USE] locked'
refused 76 "garbage" 'what'
echo 'send -ERR [SYS/TEMP] later' >script
peer_start later -t <script
expect_status 75 "a server that is not ready" fetch
peer_end later "and so it ends"
{
	begin 'SASL PLAIN'
	printf 'expect UIDL\nsend -ERR what\nstall\n'
} >script
peer_start nouidl -t <script
expect_status 69 "a server without UIDL" fetch
is "is told" "$(grep -c UIDL err)" 1
peer_end nouidl "and so it ends"
{
	begin 'SASL PLAIN' PIPELINING
	cat <<'END'
expect UIDL
expect LIST
send -ERR what
send +OK
send 1 5
send 2 5
send .
expect RETR 1
expect RETR 2
send +OK
send x
send .
send +OK
send y
send .
expect DELE 1
expect DELE 2
send +OK
send +OK
END
	quit
} >script
peer_start nouidl -t <script
check "without UIDL, but what comes is deleted" fetch -d
is "two are printed" "$(cat $(cat out) | tr '\n' ' ')" "x y "
peer_end nouidl "once they are safe"

# dates: the server's own, else the sender's; what has none is fetched
now=$(date -u '+%a, %d %b %Y %H:%M:%S +0000')
old='Sat, 1 Jan 2000 00:00:00 +0000'
{
	begin 'SASL PLAIN' PIPELINING
	cat <<END
expect UIDL
expect LIST
send +OK
send 1 old
send 2 new
send 3 sent
send 4 none
send 5 late
send .
send +OK
send .
expect TOP 1 0
expect TOP 2 0
expect TOP 3 0
expect TOP 4 0
expect TOP 5 0
send +OK
send Received: by a; $old
send Date: $now
send
send .
send +OK
send Received: from b (c; d) by a;
send  $now
send Date: $old
send
send .
send +OK
send Date: $old
send
send .
send +OK
send Subject: x
send
send .
send +OK
send Received: by a; $now
send
send .
expect RETR 4
expect RETR 5
send +OK
send none
send .
send +OK
send late
send .
END
	quit
} >script
peer_start since -t <script
check "the newest two since yesterday" fetch -S yesterday -m 2
is "are these" "$(cat $(cat out) | tr '\n' ' ')" "none late "
peer_end since "the others are not asked for"
{
	begin 'SASL PLAIN'
	printf 'expect UIDL\nsend +OK\nsend 1 \\x1b[31m\nsend .\nstall\n'
} >script
peer_start uidl -t <script
expect_status 76 "a UIDL that is none" fetch
peer_end uidl "and so it ends"

# RFC 6856: in the flight of the log-in where that may be, and before it where
# not; a server that does not after all is spoken to as it is
{
	begin 'SASL PLAIN' PIPELINING UTF8 | awk '
		/^expect AUTH/ { print "expect UTF8" }
		{ print }
		/^expect AUTH/ { print "send +OK" }'
	printf 'expect UIDL\nexpect LIST\n'
	printf 'send +OK\nsend .\nsend +OK\nsend .\n'
	quit
	echo accept
	begin 'SASL PLAIN' 'UTF8 USER' |
		awk '/^expect AUTH/ { print "expect UTF8\nsend -ERR no" }
		{ print }'
	printf 'expect UIDL\nsend +OK\nsend .\n'
	printf 'expect LIST\nsend +OK\nsend .\n'
	quit
} >script
peer_start utf8 -t <script
check "a server with UTF8" fetch
check "and one that has it not" fetch
peer_end utf8 "UTF8 goes before the log-in"

# headers alone from a server that cannot: told once
{
	begin 'SASL PLAIN' UIDL
	printf 'expect UIDL\nsend +OK\nsend 1 t1\nsend 2 t2\nsend .\n'
	printf 'expect LIST\nsend +OK\nsend 1 3\nsend 2 3\nsend .\n'
	printf 'expect TOP 1 0\nsend -ERR what\n'
} >script
for o in -H '-S 7d'; do
	peer_start top -t <script
	expect_status 69 "$o without TOP" fetch $o
	is "$o without TOP is told" "$(sed 's/.*: //' err)" \
		"${o%% *} fetches nothing"
	peer_end top "$o without TOP: no more is asked"
done

# a slow wire: what came is not kept back for the rest of a batch; who asks for
# the second has done with the first, before the clock is set forward
mkfifo second
echo 0 0 >jump
{
	begin 'SASL PLAIN' UIDL
	printf 'expect UIDL\nsend +OK\nsend 1 w1\nsend 2 w2\nsend 3 w3\nsend .\n'
	printf 'expect LIST\nsend +OK\nsend 1 3\nsend 2 3\nsend 3 3\nsend .\n'
	printf 'expect RETR 1\nsend +OK\nsend a\nsend .\n'
	printf 'expect RETR 2\nmark first\nsend +OK\nsend-dot second\n'
	printf 'expect RETR 3\ntimeout 60000\nstall\n'
} >script
peer_start slow -t <script
HOURS_FACTOR=1 HOURS_JUMP=$tmp/jump LD_PRELOAD=$top/tests/crash/hours.so \
	mfetch -o timeout=3600 -o tls-ca="$ca" \
	"pop3s://ann@localhost:$peer_port" >out 2>err &
waited=$!
await $waited test -e first
echo 10 0 >jump
echo b >second
await $waited has_lines out 2
is "two are printed while the third has not come" \
	"$(grep -c / out) $(kill $waited && echo awaited)" "2 awaited"
wait $waited 2>/dev/null

finish
