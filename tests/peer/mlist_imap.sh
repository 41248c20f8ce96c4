# mlist against a scripted IMAP server: what it asks for, and what becomes of
# answers that no server should give.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

ca=$peer_dir/ca.pem

# list OPTION...: the peer's INBOX
list()
{
	mlist -o tls-ca="$ca" "$@" "imaps://ann@localhost:$peer_port/INBOX"
}

# begin KEYS FOUND [EXISTS]
begin()
{
	imap_opens EXAMINE INBOX "$1" "${3:-3}" 9 $2
}

cd "$tmp" || exit 1
printf 'From: a@x\r\nSubject: )\r\n * BYE\r\n\r\n' >one
printf 'Subject: two\r\n\r\n' >two
printf '\r\n' >none
fields='UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (Date From Sender Subject)]'

# 1 names alone: no message is looked at
{
	imap_hello ESEARCH
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH RETURN (ALL) (UNSEEN LARGER 10)
send * 9 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${examine} OK [READ-ONLY] done
send * ESEARCH (TAG "\${T}") UID ALL 2,7:8
send \${T} OK done
END
	imap_bye
} >script
peer_start names -t <script
is "flags and sizes are the server's to decide" \
	"$(list -q 'unseen size>10' -f %u 2>&1 | tr '\n' ' ')" "2 7 8 "
peer_end names "asks for nothing more"

# servers that find less than there is: no date, no text of a body is asked for
{
	imap_hello X-REPLICATION
	begin UNSEEN ''
	imap_bye
} >script
peer_start cyrus -t <script
is "Cyrus looks at arrivals for dates, and decodes few bodies" \
	"$(list -c -q 'unseen body:x since:2026-05' 2>&1)" 0
peer_end cyrus "so it is asked for neither"
{
	imap_hello SORT
	begin 'UNSEEN' ''
	imap_bye
} | sed '/^send \* OK .*CAPA/s/$/ Courier-IMAP/; s/EXAMINE/SELECT/' >script
peer_start courier -t <script
is "Courier decodes few bodies, and sorts in another way" \
	"$(list -m 1 -s size -f %u -q 'unseen body:x' 2>&1)" ""
peer_end courier "so it is asked for neither"

# 2 fields, in any order, in pieces of a byte, with what was not asked for
{
	imap_hello
	begin ALL '3 1 2'
	cat <<END
expect-tagged UID FETCH 1:3 ($fields)
set fetch \${T}
split 1
send * 2 FETCH (FLAGS (\\\\Seen \\\\Flagged))
send * 9 FETCH (UID 99 FLAGS () BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)] "Subject: no")
send-raw * 3 FETCH (BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)]\\s
send-literal two
send \\sUID 3 FLAGS (\\\\Recent) INTERNALDATE " 1-Feb-2026 10:00:00 +0000")
send * 4 EXISTS
send-raw * 1 FETCH (UID 1 FLAGS (\\\\Seen) INTERNALDATE " 1-Feb-2026 11:00:00 +0000" BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)]\\s
send-literal one
send )
send * 2 EXPUNGE
send * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)] "Subject: again")
send \${fetch} OK done
split 0
expect-tagged UID FETCH 1,3 (UID BODY.PEEK[HEADER.FIELDS (Received)])
send * 1 FETCH (UID 1 BODY[HEADER.FIELDS (RECEIVED)] "Received: x; 3 Mar 2026 12:00 +0000")
send * 3 FETCH (UID 3 BODY[HEADER.FIELDS (RECEIVED)] NIL)
send \${T} OK done
END
	imap_bye
} >script
peer_start fields -t <script
list -l >out 2>err
is "each message that is there, in their order" "$(cat out err)" \
	"N    2026-03-03 12:00  a@x                   ) * BYE
N    2026-02-01 10:00                        two"
peer_end fields "asks for the fields that it shows"

# 3 what only the whole message decides
{
	imap_hello LITERAL+
	begin 'FLAGGED' '1 2 3'
	cat <<END
expect-tagged UID FETCH 1:3 (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])
send-raw * 1 FETCH (UID 1 FLAGS (\\\\Flagged) BODY[HEADER.FIELDS (SUBJECT)]\\s
send-literal one
send )
send-raw * 2 FETCH (UID 2 FLAGS (\\\\Flagged) BODY[HEADER.FIELDS (SUBJECT)]\\s
send-literal two
send )
send-raw * 3 FETCH (UID 3 FLAGS (\\\\Flagged) BODY[HEADER.FIELDS (SUBJECT)]\\s
send-literal two
send )
send \${T} OK done
expect-tagged UID FETCH 2:3 (UID BODY.PEEK[])
send * 2 FETCH (UID 2 BODY[] "needle in no body")
send * 3 FETCH (UID 3 BODY[] NIL)
send \${T} OK done
END
	imap_bye
} >script
peer_start whole -t <script
expect_status 65 "a message without its text is told" \
	list -f %u -q 'flagged subject:/two/ not attachment'
is "the others are found" "$(cat "$tmp/out")" 2
peer_end whole "fetches what the other terms leave over"

# 3b messages that are gone when they are asked for, which some servers answer
{
	imap_hello LITERAL+
	begin 'ALL' '1 2 3'
	cat <<END
expect-tagged UID FETCH 1:3 (UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (Subject)])
send * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] NIL)
send * 2 FETCH (UID 2 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] "Subject: two")
send * 3 FETCH (UID 3 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] "Subject: three")
send * 1 EXPUNGE
send \${T} OK [EXPUNGEISSUED] some are gone
expect-tagged UID FETCH 2:3 (UID BODY.PEEK[])
send * 1 FETCH (UID 2 BODY[] NIL)
send * 2 FETCH (UID 3 BODY[] "needle in no body")
send * 1 EXPUNGE
send \${T} OK [EXPUNGEISSUED] some are gone
END
	imap_bye
} >script
peer_start gone -t <script
expect_status 0 "what is gone meanwhile is no fault" \
	list -f %u:%s -q 'not attachment'
is "and is not listed" "$(cat "$tmp/out")" 3:three
peer_end gone "asks for no more of it"

# 4 a server that has no CHARSET, and one whose SORT is not to be had
{
	imap_hello
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH CHARSET UTF-8 (UNSEEN (BODY "no"))
send * 3 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${examine} OK [READ-ONLY] done
send * SEARCH 1 2 3
send \${T} NO [BADCHARSET (US-ASCII)] no
expect-tagged UID SEARCH UNSEEN
send * SEARCH 2 3
send \${T} OK done
expect-tagged UID FETCH 2:3 (UID FLAGS)
send * 2 FETCH (UID 2 FLAGS ())
send * 3 FETCH (UID 3 FLAGS ())
send \${T} OK done
expect-tagged UID FETCH 2:3 (UID BODY.PEEK[])
send * 2 FETCH (UID 2 BODY[] "needle in no body")
send * 3 FETCH (UID 3 BODY[] "yes")
send \${T} OK done
END
	imap_bye
} >script
peer_start charset -t <script
is "what one without CHARSET has is looked for here" \
	"$(list -f %u -q 'unseen body:no' 2>&1)" 2
peer_end charset "asks it for the rest"
{
	imap_hello SORT
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SORT (SIZE) UTF-8 UNSEEN
send * 3 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${examine} OK [READ-ONLY] done
send \${T} NO [LIMIT] too many
expect-tagged UID SEARCH UNSEEN
send * SEARCH 7 2 3
send \${T} OK done
expect-tagged UID FETCH 2:3,7 (UID FLAGS RFC822.SIZE)
send * 1 FETCH (UID 2 FLAGS () RFC822.SIZE 3)
send * 2 FETCH (UID 3 FLAGS () RFC822.SIZE 1)
send * 3 FETCH (UID 7 FLAGS () RFC822.SIZE 2)
send \${T} OK done
END
	imap_bye
} >script
peer_start sort -t <script
is "what it does not sort is sorted here" \
	"$(list -f %u -q unseen -s size -m 2 2>&1 | tr '\n' ' ')" "3 7 "
peer_end sort "asks it for all"

# hostile NAME WANTED-STATUS OPTION...: after log-in, the script's rest
hostile()
{
	hostile_name=$1 hostile_status=$2
	shift 2
	{
		imap_hello
		cat
	} >script
	peer_start "hostile" -t <script
	expect_status "$hostile_status" "$hostile_name" list "$@"
	peer_stop hostile 2>/dev/null
}

begin ALL '1 2 3 4' 3 | hostile "more UIDs than messages" 76
begin ALL '4294967296' 3 | hostile "a UID that is none" 76
{
	begin ALL '1' 1
	cat <<END
expect-tagged UID FETCH 1 ($fields)
send * 1 FETCH (FLAGS () BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)] "x")
END
} | hostile "a message without its UID" 76 -l
{
	begin ALL '1' 1
	cat <<END
expect-tagged UID FETCH 1 ($fields)
send * 1 FETCH (UID 1 BODY[HEADER] {5}
send abc
close
END
} | hostile "a literal that is cut off" 75 -l
{
	begin ALL '1' 1
	cat <<END
expect-tagged UID FETCH 1 ($fields)
send \${T} BAD no
END
	imap_bye
} | hostile "a BAD answer" 76 -l
{
	begin ALL '1' 1
	cat <<END
expect-tagged UID FETCH 1 ($fields)
send \${T} NO [EXPUNGEISSUED] gone
END
	imap_bye
} | hostile "a NO answer" 69 -l
{
	begin ALL '1' 1
	cat <<END
expect-tagged UID FETCH 1 ($fields)
send * OK [UIDVALIDITY 10] anew
send * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (DATE FROM SENDER SUBJECT)] "x")
END
} | hostile "another UIDVALIDITY in between" 76 -l
cat <<END | hostile "no such folder" 66
expect-tagged EXAMINE "INBOX"
send \${T} NO [NONEXISTENT] no
expect-tagged UID SEARCH ALL
send \${T} BAD nothing is open
END
cat <<END | hostile "no UIDVALIDITY" 69
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH ALL
send \${examine} OK done
send * SEARCH
send \${T} OK done
END

# watch UIDNEXT FROM: log-in, and what is watched from then on
watch()
{
	imap_hello 'IDLE'
	cat <<END
expect-tagged EXAMINE "INBOX"
send * 5 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT $1] next
send \${T} OK [READ-ONLY] done
expect-tagged UID SEARCH UID $2:* FLAGGED
END
}

# next UIDNEXT: the same, told by STATUS alone
next()
{
	sed '/UIDNEXT/d; /READ-ONLY/{
		a\
expect-tagged STATUS "INBOX" (UIDNEXT)
		a\
send * STATUS INBOX (UIDNEXT '"$1"')
		a\
send ${T} OK done
	}'
}

# -w: what was there is not told; what came while the connection was lost is
{
	watch 7 7
	cat <<END
send * SEARCH 6
send \${T} OK done
expect-tagged IDLE
send * 6 EXISTS
send + idling
set idle \${T}
expect DONE
send \${idle} OK done
expect-tagged UID SEARCH UID 7:* FLAGGED
send * SEARCH 7
send \${T} OK done
expect-tagged IDLE
send * BYE for now
close
accept
END
	watch 9 8
	cat <<END
send \${T} NO not now
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start watch -t <script
expect_status 69 "-w goes on after a connection that was lost" \
	list -w -f %u -q flagged
is "and tells what came" "$(cat "$tmp/out")" 7
peer_end watch "watches from the next UID on"
{
	watch 7 7 | next 7
	cat <<END
send * SEARCH 7
send \${T} OK done
expect-tagged LOGOUT
send * BYE
send \${T} OK
END
} >script
peer_start status -t <script
check "-w of a server that has the next UID in STATUS ends with -m" \
	list -w -m 1 -f %u -q flagged
peer_end status "asks for it"

# folders of a server that cannot tell all at once
{
	imap_hello
	cat <<END
expect-tagged LIST "" "*"
send * LIST () "/" b&-c
send * LIST (\\\\Noselect) "/" none
send * LIST () "/" inbox
send * LIST () NIL {3}
send a b
send * STATUS a (MESSAGES 1)
send \${T} OK done
expect-tagged STATUS "b&-c" (MESSAGES UNSEEN)
set first \${T}
expect-tagged STATUS "inbox" (MESSAGES UNSEEN)
set second \${T}
expect-tagged STATUS "a b" (MESSAGES UNSEEN)
send * STATUS INBOX (UNSEEN 1 MESSAGES 3)
send \${second} OK done
send \${T} NO not you
send * STATUS "b&-c" (MESSAGES 7 UNSEEN 0 SIZE 12)
send \${first} OK done
END
	imap_bye
} >script
peer_start folders -t <script
root=imaps://ann@localhost:$peer_port
is "INBOX comes first, what is not told is -" \
	"$(mlist -o tls-ca="$ca" -F "$root" 2>&1 | sed "s,$root/,,")" \
	"$(printf 'inbox\t3\t1\t-\na%%20b\t-\t-\t-\nb%%26c\t7\t0\t12')"
peer_end folders "asks for each"

# what is asked for in one go: UIDs that are long and not in a row
{
	imap_hello
	imap_opens EXAMINE INBOX FLAGGED 4000 9 "$(awk 'BEGIN {
		for (i = 0; i < 4000; i++)
			printf "%.0f ", 4000000000 + 2 * i
	}' | sed 's/ $//')"
	cat <<'END'
repeat 54
expect-tagged-like UID FETCH 4*
send ${T} OK they are gone
end
END
	imap_bye
} >script
peer_start sparse -t <script
expect_status 0 "long UIDs" list -q flagged -f %s
peer_end sparse "in some commands"

# and headers that may be large
{
	imap_hello
	imap_opens EXAMINE INBOX ALL 775 9 \
		"$(awk 'BEGIN { for (i = 1; i < 775; i++) printf "%d ", i }')775"
	for set in 1:25 26:75 76:175 176:375 376:575 576:775; do
		cat <<END
expect-tagged-like UID FETCH $set *BODY.PEEK[HEADER])
send \${T} OK they are gone
END
	done
	imap_bye
} >script
peer_start headers -t <script
expect_status 0 "headers" list -f "%{x y}"
peer_end headers "in small pieces"

# five of nearly 4 MB each, where less may be held at once: the last ones are
# asked for again, also where one of them comes first, and one unasked for is
# passed over
awk 'BEGIN {
	printf "To: "
	for (i = 0; i < 1000; i++)
		line = line "a"
	for (i = 0; i < 3900; i++)
		printf "%s@example.org,\r\n ", line
	printf "ann@example.org\r\n\r\n"
}' >large
# asked SET UID...: for the field To of the set, and given that of these
asked()
{
	echo "expect-tagged UID FETCH $1 (UID FLAGS INTERNALDATE" \
		"BODY.PEEK[HEADER.FIELDS (To)])"
	shift
	for uid; do
		cat <<END
send-raw * $uid FETCH (UID $uid FLAGS () BODY[HEADER.FIELDS (To)]\\s
send-literal large
send )
END
	done
	echo "send \${T} OK"
}
{
	imap_hello
	imap_opens EXAMINE INBOX ALL 5 9 1 2 3 4 5
	asked 1:5 5 1 2 3 4
	asked 1:3 1 2 3 5
	asked 4:5 4 5
	imap_bye
} >script
peer_start large -t <script
expect_status 0 "messages with large headers" \
	list -f '%u %.5t'
is "none is missed for the others" "$(tr '\n' ' ' <"$tmp/out")" \
	"1 aaaaa 2 aaaaa 3 aaaaa 4 aaaaa 5 aaaaa "
peer_end large "less is asked for at once"

# of a header only the first 4 MB
awk 'BEGIN {
	for (i = 0; i < 70000; i++)
		printf "X: %060d\r\n", i
	printf "Subject: late\r\n\r\n"
}' >late
{
	imap_hello
	imap_opens EXAMINE INBOX ALL 1 9 1
	cat <<'END'
expect-tagged UID FETCH 1 (UID FLAGS BODY.PEEK[HEADER.FIELDS (subject)])
send-raw * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (subject)]\s
send-literal late
send )
send ${T} OK
END
	imap_bye
} >script
peer_start late -t <script
is "a field behind 4 MB" "$(list -f '%{subject}.' 2>&1)" .
peer_end late "of a header"

# more names in a row than a thread reads in one go: one command, each once
{
	imap_hello
	cat <<'END'
expect-tagged EXAMINE "INBOX"
send * 20 EXISTS
send * OK [UIDVALIDITY 9] valid
send ${T} OK done
expect-tagged UID FETCH 1:20 (UID FLAGS)
END
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "send * $i FETCH (UID $i FLAGS ())"
	done
	echo 'send ${T} OK'
	imap_bye
} >script
peer_start names -t <script
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	echo "imaps://ann@localhost:$peer_port/INBOX;UIDVALIDITY=9/;UID=$i"
done >names
is "many names in a row" \
	"$(mlist -o tls-ca="$ca" -i <names 2>&1)" "$(cat names)"
peer_end names "are asked for together"

finish
