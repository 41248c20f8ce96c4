# mfetch -w and -u against a scripted server: cuts, and IDLE that is no use.

. tests/tap.sh
. tests/peer.sh
peer_certs

export SATCHEL_PASSWORD=secret SATCHEL_MAILDIR="$tmp/mail"
items='(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])'
cd "$tmp" || exit 1

# fetch OPTION...: from the peer, implicit TLS
fetch()
{
	mfetch -o tls-ca="$peer_dir/ca.pem" "$@" \
		"imaps://ann@localhost:$peer_port"
}

# log_in CAPABILITIES
log_in()
{
	cat <<END
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN
send +
expect AGFubgBzZWNyZXQ=
send \${T} OK [CAPABILITY IMAP4rev1 $1] in
END
}

# opened N: INBOX has N messages
opened()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
send * $1 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT $(($1 + 1))] next
send \${examine} OK [READ-ONLY] done
END
}

# searched N FOUND: INBOX, of which nothing is known, has N messages
searched()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH ALL
send * $1 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT $(($1 + 1))] next
send \${examine} OK [READ-ONLY] done
send * SEARCH$2
send \${T} OK
END
}

# pulled FROM N: those from FROM up to N are fetched, where FROM was next
pulled()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH UID $1:*
set search \${T}
expect-tagged UID FETCH $1:4294967294 $items
send * $2 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT $(($2 + 1))] next
send \${examine} OK [READ-ONLY] done
send * SEARCH $2
send \${search} OK
END
	[ "$1" -gt "$2" ] || {
		printf 'send * %s FETCH (UID %s BODY[] {20}\n' "$2" "$2"
		printf 'send-raw Subject: %s\\r\\n\\r\\nabcdef)\\r\\n\n' "$2"
	}
	echo 'send ${T} OK'
}

# idles: until the next line
idles()
{
	echo 'expect-tagged IDLE'
	echo 'send + idling'
}

# the first is there; the second comes while it idles; then the connection is
# cut, and the third has come when it is made again
{
	log_in IDLE
	searched 1 ' 1'
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[] {20}
send-raw Subject: 1\r\n\r\nabcdef)\r\n
send \${T} OK
END
	opened 1
	pulled 2 1
	opened 1
	idles
	cat <<END
send * 1 FETCH (FLAGS (\\\\Seen))
send * 2 EXISTS
expect DONE
send \${T} OK
END
	pulled 2 2
	opened 2
	pulled 3 2
	opened 2
	idles
	echo cut
	echo accept
	log_in IDLE
	pulled 3 3
	cat <<END
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start cut -t <script
check "the third is waited for" fetch -u subject:3 -T 30
is "it is what is printed" "$(grep Subject $(cat out))" "Subject: 3"
is "three have come" "$(ls mail/new | wc -l | tr -d ' ')" 3
is "the cut is told once" "$(cat err)" \
	"mfetch: localhost: connection closed by the server; trying again"
peer_end cut "the server hears what it should"

# BYE while it idles is told, and tried again until the time is over
rm -rf mail
{
	log_in IDLE
	searched 0 ''
	opened 0
	searched 0 ''
	opened 0
	idles
	echo 'send * BYE for now'
} >script
peer_start bye -t <script
check "BYE while it idles" fetch -w -T 1
is "is told once" "$(cat err)" \
	"mfetch: localhost: the server ends it: for now; trying again"
peer_end bye "the server hears what it should"

# a log-in that is refused three times in a row, after it was let in, ends it;
# the time between is short here
rm -rf mail
{
	log_in IDLE
	searched 0 ''
	opened 0
	searched 0 ''
	opened 0
	idles
	echo cut
	for n in 1 2 3; do
		cat <<'END'
accept
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN
send +
expect AGFubgBzZWNyZXQ=
send ${T} NO [AUTHENTICATIONFAILED] no
expect-tagged LOGOUT
END
	done
} >script
peer_start refused -t <script
export HOURS_FACTOR=1000 LD_PRELOAD="$top/tests/crash/hours.so"
expect_status 77 "a log-in that is refused for the third time" \
	fetch -w -T 9000
unset HOURS_FACTOR LD_PRELOAD
peer_end refused "is not tried once more"

# a server that says IDLE and does not, is asked instead
rm -rf mail
{
	log_in IDLE
	searched 0 ''
	opened 0
	searched 0 ''
	opened 0
	cat <<END
expect-tagged IDLE
send \${T} NO not now
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start lame -t <script
check "IDLE that is refused is no fault" fetch -w -T 1
is "nor is it told" "$(cat err)" ""
peer_end lame "the server hears what it should"
# one that is removed while it idles hides none that comes
rm -rf mail
{
	log_in IDLE
	searched 1 ' 1'
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[] {20}
send-raw Subject: 1\r\n\r\nabcdef)\r\n
send \${T} OK
END
	opened 1
	pulled 2 1
	opened 1
	idles
	cat <<END
send * 1 EXPUNGE
send * 0 EXISTS
send * 1 EXISTS
expect DONE
send \${T} OK
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH UID 2:*
set search \${T}
expect-tagged UID FETCH 2:4294967294 $items
send * 1 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT 3] next
send \${examine} OK [READ-ONLY] done
send * SEARCH 2
send \${search} OK
send * 1 FETCH (UID 2 BODY[] {20}
send-raw Subject: 2\r\n\r\nabcdef)\r\n
send \${T} OK
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start removed -t <script
check "one is removed and one comes" fetch -u subject:2 -T 5
peer_end removed "the server hears what it should"

# a server that has something to say at once each time that it idles, or idles
# no longer than a moment, is asked about once a second in the end
rm -rf mail
{
	log_in IDLE
	searched 0 ''
	opened 0
	searched 0 ''
	for end in at-once told at-once told; do
		opened 0
		idles
		if [ "$end" = told ]; then
			echo 'send * 1 EXISTS'
			echo 'expect DONE'
		fi
		echo 'send ${T} OK'
		[ "$end" = at-once ] || searched 0 ''
	done
	opened 1
	searched 1 ' 1'
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[] {20}
send-raw Subject: 1\r\n\r\nabcdef)\r\n
send \${T} OK
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start hurry -t <script
begun=$(date +%s)
check "IDLE that ends at once, each time" fetch -u subject:1 -T 30
check "is not begun again as fast as it ends" \
	[ $(($(date +%s) - begun)) -ge 2 ]
peer_end hurry "the server hears what it should"

# what is kept for a day goes when that is over, however long it is watched: a
# day passes with the second message
rm -rf mail
# pop LINE...: the log-in of one pass, and what UIDL and LIST say
pop()
{
	cat <<'END'
send +OK hi
expect CAPA
send +OK
send SASL PLAIN
send PIPELINING
send .
expect AUTH PLAIN AGFubgBzZWNyZXQ=
send +OK in
expect UIDL
expect LIST
END
	printf 'send %s\n' "$@"
}
{
	pop +OK '1 20' '2 30' . +OK '1 20' '2 30' .
	cat <<'END'
expect RETR 1
expect RETR 2
send +OK
send Subject: 1
send .
send +OK
send Subject: 2
send .
expect QUIT
send +OK
accept
END
	pop +OK '1 20' . +OK '1 20' .
	cat <<'END'
expect DELE 1
send +OK
expect QUIT
send +OK
accept
END
	pop '-ERR it is enough' +OK .
} >script
peer_start days -t <script
export HOURS_FACTOR=100 HOURS_JUMP="$tmp/jump" \
	LD_PRELOAD="$top/tests/crash/hours.so"
echo 0 0 >jump
expect_status 69 "what is kept for a day" \
	mfetch -w -T 1800 -o timeout=10 -o keep=1 \
	-t "pipe:grep -q 1 || echo 0 90000 >$tmp/jump" \
	-o tls-ca="$peer_dir/ca.pem" "pop3s://ann@localhost:$peer_port"
unset HOURS_FACTOR HOURS_JUMP LD_PRELOAD
peer_end days "is deleted a day later"
finish
