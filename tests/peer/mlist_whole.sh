# mlist -t against a scripted IMAP server: of all messages what threads are made
# of is fetched, and the rest that a query wants of those that the server finds.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh

cd "$tmp" || exit 1
printf '%s\r\n' 'Date: 1 May 2026 10:00 +0000' 'Message-ID: <a@x.example>' \
	'Subject: one or more' '' >1
printf '%s\r\n' 'Date: 2 May 2026 10:00 +0000' 'References: <a@x.example>' \
	'Subject: two or so' '' >2
printf '%s\r\n' 'Date: 3 May 2026 10:00 +0000' 'Subject: two too' '' >3
threads='Date Message-ID References In-Reply-To'

# whole OPTION...
whole()
{
	timeout 20 mlist -t -o tls=no -o timeout=5 "$@" \
		"imap://ann@localhost:$peer_port/INBOX"
}

# found KEYS UID...
found()
{
	echo "expect-tagged UID SEARCH $1"
	shift
	printf 'send * SEARCH %s\nsend ${T} OK\n' "$*"
}

# fetched FIELDS: of the three
fetched()
{
	echo "expect-tagged UID FETCH 1:3 (UID FLAGS INTERNALDATE" \
		"BODY.PEEK[HEADER.FIELDS ($1)])"
	for i in 1 2 3; do
		cat <<END
send-raw * $i FETCH (UID $i FLAGS () BODY[HEADER.FIELDS ($1)]\\s
send-literal $i
send )
END
	done
	echo 'send ${T} OK'
}

# asks NAME WANTED OPTION... <SCRIPT: after the log-in
asks()
{
	label=$1 wanted=$2
	shift 2
	{
		imap_hello
		cat
	} >script
	peer_start one <script
	is "$label" "$(whole -f %u "$@" 2>&1 | tr '\n' ' ')" "$wanted"
	peer_end one "$label: no more is asked for"
}

{
	cat 2
	printf 'a needle\r\n'
} >needle
{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	found 'CHARSET UTF-8 (BODY "need")' 2
	fetched "$threads Subject"
	cat <<'END'
expect-tagged UID FETCH 2 (UID BODY.PEEK[])
send-raw * 2 FETCH (UID 2 BODY[]\s
send-literal needle
send )
send ${T} OK
END
	imap_bye
} | asks "bodies are fetched of who may match" "1 2 " -q body:need

{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	found '(UNSEEN OR SUBJECT "=?" (SUBJECT "too"))' 1 3
	fetched "Subject $threads"
	imap_bye
} | asks "who may match is matched here" "3 " -q 'unseen subject:too'

{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	found UNSEEN 2
	fetched "$threads Subject"
	imap_bye
} | asks "flags are the server's to decide" "1 2 " -q unseen

{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	fetched "Subject $threads"
	imap_bye
} | asks "what cannot be sought is matched here" "1 2 " -q 'subject:/more/'

{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	cat <<'END'
expect-tagged UID SEARCH CHARSET UTF-8 (SEEN (BODY "need"))
send ${T} NO [BADCHARSET (US-ASCII)] no
END
	found SEEN ''
	imap_bye
} | asks "one without CHARSET is asked again, and nothing is fetched" "" -q 'seen body:need'

{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	found UNSEEN 99 2 2
	fetched "$threads Subject"
	imap_bye
} | asks "UIDs that are of no message, in disorder, and twice" "1 2 " -q unseen

# liars
{
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	cat <<'END'
expect-tagged UID SEARCH UNSEEN
send * SEARCH 1 2 3 4
END
} >script
printf '%s\n' "$(imap_hello)" "$(cat script)" stall >lie
peer_start lie <lie
expect_status 76 "more UIDs than there are messages" whole -q unseen
peer_status lie || fail "it waits" <"$peer_dir/lie.err"
is "are told" "$(wc -l <"$tmp/err" | tr -d ' ') $(cat "$tmp/out")" "1 "
{
	imap_hello
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	cat <<'END'
expect-tagged UID SEARCH UNSEEN
send ${T} NO not now
END
	imap_bye
} >lie
peer_start lie <lie
expect_status 69 "a refusal" whole -q unseen
peer_end lie "is the end"

finish
