# mfetch against a scripted IMAP server: which log-ins the first commands go
# out with, and which they wait for.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs


# empty: an empty folder, whose opening was asked for; then the end
empty()
{
	cat <<'END'
send * 0 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT 1] next
send ${examine} OK [READ-ONLY] done
send * SEARCH
send ${search} OK done
END
	imap_bye
}

opens()
{
	cat <<'END'
expect-tagged EXAMINE "INBOX"
set examine ${T}
expect-tagged UID SEARCH ALL
set search ${T}
END
}

# greets CAPABILITIES
greets()
{
	echo "send * OK [CAPABILITY IMAP4rev1 $1] hi"
}

# says ANSWER: of the server to the log-in, with which nothing else was said
says()
{
	greets "SASL-IR AUTH=PLAIN"
	echo 'expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ='
	echo "send \${T} $1"
}

# Cyrus forgets what it has read when AUTHENTICATE succeeds.  Where a log-in
# is refused, it is seen what was said with it.
{
	says 'OK [CAPABILITY IMAP4rev1 X-REPLICATION] in'
	opens
	empty
	echo accept
	says 'NO no'
	imap_bye
	echo accept
	says 'OK [CAPABILITY IMAP4rev1 IDLE] in'
	opens
	empty
	echo accept
	imap_early
	opens
	echo 'send ${login} OK in'
	empty
} >"$tmp/script"
cd "$tmp" || exit 1
peer_start cyrus -t <script
check "what a server can is learnt" fetch
expect_status 77 "one that forgets is told the log-in alone" fetch
check "and what follows after it" fetch
check "one that does not forget is told at once" fetch
peer_end cyrus "the server hears what it should"

# a log-in of which the server has to ask for the response
{
	greets "SASL-IR AUTH=CRAM-MD5"
	cat <<'END'
expect-tagged AUTHENTICATE CRAM-MD5
set login ${T}
send + PDEuMkBleGFtcGxlLm9yZz4=
expect-like *
send ${login} OK [CAPABILITY IMAP4rev1 IDLE] in
END
	opens
	empty
} >script
{
	cat script
	echo accept
	cat script
} >twice
rm -rf home/.cache
peer_start asked -t <twice
check "what a server can is learnt by CRAM-MD5" fetch
check "and known the next time" fetch
peer_end asked "the server hears what it should of CRAM-MD5"

# a server that has to be asked what it can, each time: from the second on it
# is asked beside what goes by the last answer
{
	for round in 1 2; do
		greets AUTH=PLAIN
		cat <<'END'
expect-tagged AUTHENTICATE PLAIN
set login ${T}
send +
expect AGFubgBzZWNyZXQ=
send ${login} OK in
expect-tagged CAPABILITY
set can ${T}
END
		[ $round -eq 1 ] || opens
		echo 'send * CAPABILITY IMAP4rev1 IDLE'
		echo 'send ${can} OK'
		[ $round -eq 2 ] || opens
		empty
		[ $round -eq 2 ] || echo accept
	done
} >script
rm -rf home/.cache
peer_start beside -t <script
check "what a server can is asked" fetch
check "and asked again in the flight of the rest" fetch
peer_end beside "the server hears what it should, in that order"

# an answer to what follows the log-in is none to the log-in
{
	says 'OK [CAPABILITY IMAP4rev1 IDLE] in'
	opens
	empty
	echo accept
	greets "SASL-IR AUTH=PLAIN"
	echo 'expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ='
	opens
	echo 'send * 0 EXISTS'
	echo 'send * OK [UIDVALIDITY 5] valid'
	echo 'send ${examine} OK [READ-ONLY] done'
	echo 'send ${search} OK done'
	echo 'expect-tagged LOGOUT'
} >script
rm -rf home/.cache
peer_start order -t <script
check "what a server can is learnt again" fetch
expect_status 76 "the folder is answered before the log-in" fetch
peer_end order "the server hears what it should in this order"
finish
