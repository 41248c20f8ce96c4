# mfetch -w and -u against a scripted server: cuts, and IDLE that is no use.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

cd "$tmp" || exit 1

# hurried FACTOR ARGUMENT...: mfetch, for which long waits pass so many times as
# quickly; those for the server, with this time-out, do not
hurried()
{
	factor=$1
	shift
	HOURS_FACTOR=$factor HOURS_JUMP=$tmp/jump HOURS_TOLD=$tmp/told \
		LD_PRELOAD=$top/tests/crash/hours.so \
		mfetch -o timeout=5 -o tls-ca="$peer_dir/ca.pem" "$@"
}

fetch()
{
	hurried 100 "$@" "imaps://ann@localhost:$peer_port"
}

# log_in ANSWER: of a server without SASL-IR
log_in()
{
	cat <<END
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN
send +
expect AGFubgBzZWNyZXQ=
send \${T} $1
END
}

# idler: the log-in to one that has IDLE
idler()
{
	log_in 'OK [CAPABILITY IMAP4rev1 IDLE] in'
}

# has N [NEXT]: INBOX, which is opened, has N messages
has()
{
	cat <<END
send * $1 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT ${2:-$(($1 + 1))}] next
send \${examine} OK [READ-ONLY] done
END
}

# opened N
opened()
{
	cat <<'END'
expect-tagged EXAMINE "INBOX"
set examine ${T}
END
	has "$1"
}

# searched N FOUND: of what is in INBOX nothing is known
searched()
{
	cat <<'END'
expect-tagged EXAMINE "INBOX"
set examine ${T}
expect-tagged UID SEARCH ALL
END
	has "$1"
	echo "send * SEARCH$2"
	echo 'send ${T} OK'
}

# pulled FROM N [NEXT]: what came from FROM on, which was next; none or one
pulled()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH UID $1:*
set search \${T}
expect-tagged UID FETCH $1:4294967294 $items
END
	has "$2" "$3"
	[ -n "$3" ] && last=$(($3 - 1)) || last=$2
	echo "send * SEARCH $last"
	echo 'send ${search} OK'
	[ "$1" -gt "$last" ] || mail "$2" "$last"
	echo 'send ${T} OK'
}

# mail NUMBER UID: which is its subject
mail()
{
	echo "send * $1 FETCH (UID $2 BODY[] {20}"
	printf 'send-raw Subject: %s\\r\\n\\r\\nabcdef)\\r\\n\n' "$2"
}

# first: one that is there when INBOX is looked at first
first()
{
	searched 1 ' 1'
	echo "expect-tagged UID FETCH 1 $items"
	mail 1 1
	echo 'send ${T} OK'
}

# empty: INBOX, looked at first, and once more before it is waited for
empty()
{
	searched 0 ''
	opened 0
	searched 0 ''
}

# idles: until the next line
idles()
{
	echo 'expect-tagged IDLE'
	echo 'send + idling'
}

# idles_with_one: which was there, and is fetched before
idles_with_one()
{
	idler
	first
	opened 1
	pulled 2 1
	opened 1
	idles
}

# the first is there; the second comes while it idles; then the connection is
# cut, and the third has come when it is made again
{
	idles_with_one
	cat <<'END'
send * 1 FETCH (FLAGS (\\Seen))
send * 2 EXISTS
expect DONE
send ${T} OK
END
	pulled 2 2
	opened 2
	pulled 3 2
	opened 2
	idles
	echo cut
	echo accept
	idler
	pulled 3 3
	imap_bye
} >script
peer_start cut -t <script
check "the third is waited for" fetch -u subject:3 -T 3000
is "it is what is printed" "$(grep Subject $(cat out))" "Subject: 3"
is "three have come" "$(ls mail/new | wc -l | tr -d ' ')" 3
is "the cut is told once" "$(cat err)" \
	"mfetch: localhost: connection closed by the server; trying again"
peer_end cut "the server hears what it should"

# BYE while it idles is told, and tried again until the time is over
rm -rf mail
{
	idler
	empty
	opened 0
	idles
	echo 'send * BYE for now'
} >script
peer_start bye -t <script
check "BYE while it idles" fetch -w -T 10
is "is told once" "$(cat err)" \
	"mfetch: localhost: the server ends it: for now; trying again"
peer_end bye "the server hears what it should"

# a log-in that is refused for a while is tried again, also the first
rm -rf mail
{
	for n in 1 2 3 4; do
		log_in 'NO [UNAVAILABLE] ask me later'
		printf 'expect-tagged LOGOUT\naccept\n'
	done
	idler
	empty
	opened 0
	idles
	echo cut
	for n in 1 2 3 4; do
		echo accept
		log_in 'NO [INUSE] by another'
		echo 'expect-tagged LOGOUT'
	done
	echo accept
	idler
	first
	imap_bye
} >script
peer_start later -t <script
check "a log-in that is refused for a while" hurried 1000 -u subject:1 \
	-T 40000 "imaps://ann@localhost:$peer_port"
peer_end later "is tried until it is let in"

# a log-in that is refused three times in a row, after it was let in, ends it,
# but not within minutes
rm -rf mail
{
	idler
	empty
	opened 0
	idles
	echo cut
	for n in 1 2 3; do
		echo accept
		log_in 'NO [AUTHENTICATIONFAILED] no'
		echo 'expect-tagged LOGOUT'
	done
} >script
peer_start refused -t <script
rm -f told
expect_status 77 "a log-in that is refused for the third time" \
	hurried 2000 -w -T 80000 "imaps://ann@localhost:$peer_port"
peer_end refused "is not tried once more"
read -r told <told
check "which takes minutes" [ "${told#0000000000}" -ge 300 ]

# a server that says IDLE and does not, is asked instead
rm -rf mail
{
	idler
	empty
	opened 0
	cat <<'END'
expect-tagged IDLE
send ${T} NO not now
END
	imap_bye
} >script
peer_start lame -t <script
check "IDLE that is refused is no fault" fetch -w -T 30
is "nor is it told" "$(cat err)" ""
peer_end lame "the server hears what it should"

# one that is removed while it idles hides none that comes
rm -rf mail
{
	idles_with_one
	cat <<'END'
send * 1 EXPUNGE
send * 0 EXISTS
send * 1 EXISTS
expect DONE
send ${T} OK
END
	pulled 2 1 3
	imap_bye
} >script
peer_start removed -t <script
check "one is removed and one comes" fetch -u subject:2 -T 3000
peer_end removed "the server hears what it should"

# a server that has something to say at once each time that it idles, or idles
# no longer than a moment, is asked about once a second in the end
rm -rf mail
{
	idler
	empty
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
	first
	imap_bye
} >script
peer_start hurry -t <script
check "IDLE that ends at once, each time" fetch -u subject:1 -T 3000
read -r told <told
check "is not begun again as fast as it ends" [ "${told#0000000000}" -ge 2 ]
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
echo 0 0 >jump
expect_status 69 "what is kept for a day" \
	hurried 1000 -w -T 30000 -o keep=1 \
	-t "pipe:grep -q 1 || echo 0 90000 >$tmp/jump" \
	"pop3s://ann@localhost:$peer_port"
peer_end days "is deleted a day later"
finish
