# mfetch where something fails at the end of a message or of a folder: what went
# well is kept, and what did not is told, once.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh

export SATCHEL_PASSWORD=secret SATCHEL_MAILDIR="$tmp/mail"
items='(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])'
cd "$tmp" || exit 1

fetch()
{
	mfetch -o tls=no "$@" "imap://ann@localhost:$peer_port"
}

# two WHAT: the folders A and B; WHAT is done with each, and its name
two()
{
	imap_hello
	cat <<'END'
expect-tagged LIST "" "*"
send * LIST () "/" A
send * LIST () "/" B
send ${T} OK
expect-tagged STATUS "A" (MESSAGES UIDNEXT UIDVALIDITY)
send ${T} OK
expect-tagged STATUS "B" (MESSAGES UIDNEXT UIDVALIDITY)
send ${T} OK
END
	$1 A
	$1 B
	imap_bye
}

# comes NAME: a message
comes()
{
	imap_opens EXAMINE "$1" ALL 1 9 1
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[] "Subject: $1")
send \${T} OK
END
}

# both: in each there is another, of which the size is asked, and the second is
# looked at before that is answered for the first
both()
{
	size='(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])'
	imap_opens EXAMINE A 'UID 2:*' 2 9 2
	cat <<END
expect-tagged UID FETCH 2 $size
set a \${T}
expect-tagged EXAMINE "B"
set open \${T}
expect-tagged UID SEARCH UID 2:*
set search \${T}
send * 2 FETCH (UID 2 RFC822.SIZE 7)
send \${a} OK
send * 2 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${open} OK
send * SEARCH 2
send \${search} OK
expect-tagged UID FETCH 2 $size
send * 2 FETCH (UID 2 RFC822.SIZE 7)
send \${T} OK
END
}

# the log cannot be written: each message is told of, and no folder failed
two comes >script
peer_start log <script
expect_status 74 "a log that takes nothing" fetch -o logfile=/dev/full -f '*'
is "is what is told" "$(sort -u err)" \
	"mfetch: /dev/full: No space left on device"
is "the messages are there" "$(cat $(cat out))" "Subject: ASubject: B"
peer_end log "of each folder"

# -n looks at the record of what all folders share once
rm -rf mail
{
	two comes
	echo accept
	two : | sed '$d' | sed '$d' | sed '$d'
	both
	imap_bye
} >script
peer_start dry <script
check "an mbox of two folders" fetch -t mbox:box -f '*'
rm -rf home/.cache
check "what is new in both" fetch -n -j -t mbox:box -f '*'
is "is named" "$(grep -c '"uid":2' out)" 2
is "and nothing is wrong" "$(cat err)" ""
peer_end dry "the server hears what it should"

[ -d /proc/self/fd ] || {
	skip "a batch" "impossible: the calls cannot be traced without /proc"
	finish
}

# what cannot be taken back from the batch is not followed, nor is the batch
# appended; fetch_broken AT FILE: the call of that number fails
fetch_broken()
{
	rm -rf box home
	SHIM_LOG=$tmp/$2 SHIM_AT=$1 SHIM_DO=EIO SHIM_STAY=0 \
		LD_PRELOAD=$top/tests/crash/shim.so \
		mfetch -o tls=no -t mbox:box "imap://ann@localhost:$peer_port"
}
# broken WHAT-FOLLOWS: the second message has no text after all
broken()
{
	imap_hello
	imap_opens EXAMINE INBOX ALL 3 9 1 2 3
	cat <<END
expect-tagged UID FETCH 1:3 $items
send * 1 FETCH (UID 1 BODY[] "Subject: 1")
send * 2 FETCH (UID 2 RFC822.SIZE 9 BODY[] "")
send * 3 FETCH (UID 3 BODY[] "Subject: 3")
END
	cat
}
{
	broken <<'END'
send ${T} OK
END
	imap_bye
	echo accept
	broken </dev/null
	echo stall
} >script
peer_start abort <script
expect_status 75 "a message without text" fetch_broken 0 calls
is "the others are there" "$(grep -c '^Subject: [13]' box)" 2
cut=$(awk -F '\t' '$3 == "cut" && $5 ~ /batch-/ { print $1 }' calls)
expect_status 75 "one that cannot be taken back" \
	fetch_broken "${cut:-none}" broken
is "is told" "$(grep -c 'message on its way: ' err)" 1
is "no half of it is appended" "$(grep -c . box)" 0
peer_end abort "the server hears what it should, to the fault"
finish
