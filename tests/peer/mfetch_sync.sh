# mfetch against a scripted IMAP server: the fewest round trips, over many
# folders and from run to run.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

list='LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))'
can='LIST-STATUS ESEARCH'

# lists_early: once more; the folders are asked for before the log-in is answered
lists_early()
{
	echo accept
	imap_early
	cat <<END
expect-tagged $list
send \${login} OK in
END
}

# counts INBOX-NEXT A-NEXT B-NEXT [MESSAGES]: the list's answer
counts()
{
	cat <<END
send * LIST () "/" INBOX
send * STATUS INBOX (MESSAGES ${4:-900} UIDNEXT $1 UIDVALIDITY 5)
send * LIST () "/" A
send * STATUS A (MESSAGES ${4:-900} UIDNEXT $2 UIDVALIDITY 5)
send * LIST () "/" B
send * STATUS B (MESSAGES ${4:-900} UIDNEXT $3 UIDVALIDITY 5)
send \${T} OK
END
}

# opens NAME SEARCH: it is asked for, not answered yet
opens()
{
	cat <<END
expect-tagged EXAMINE "$1"
set examine \${T}
expect-tagged UID SEARCH RETURN (ALL) $2
set search \${T}
END
}

# has UIDNEXT ALL: the answers
has()
{
	cat <<END
send * 900 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT $1] next
send \${examine} OK [READ-ONLY] done
send * ESEARCH (TAG "\${search}") UID $2
send \${search} OK done
END
}

# one UID BODY: a message
one()
{
	echo "send * $1 FETCH (UID $1 FLAGS () BODY[] \"$2\")"
}

cd "$tmp" || exit 1
{
	# the first run: each folder is opened while the last is still fetched
	imap_hello "$can"
	echo "expect-tagged $list"
	counts 2 8 1
	opens INBOX ALL
	has 2 'ALL 1'
	echo "expect-tagged UID FETCH 1 $items"
	echo 'set inbox ${T}'
	opens A ALL
	one 1 first
	echo 'send ${inbox} OK'
	has 8 'ALL 3,7'
	echo "expect-tagged UID FETCH 3:7 $items"
	echo 'set a ${T}'
	opens B ALL
	one 3 second
	# UID 7 does not come
	echo 'send ${a} OK'
	has 1 ''
	imap_bye
	# the second: all in the flight of the log-in, only A is opened
	echo accept
	imap_early
	cat <<END
expect-tagged $list
send \${login} OK [CAPABILITY IMAP4rev1 $can] in
END
	counts 2 8 1
	opens A 'UID 7:*'
	# the server works at both at once, and answers as it likes
	echo "expect-tagged UID FETCH 7:4294967294 $items"
	cat <<END
send * 900 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT 8] next
send \${examine} OK [READ-ONLY] done
END
	one 7 third
	cat <<END
send \${T} OK
send * ESEARCH (TAG "\${search}") UID ALL 7
send \${search} OK done
END
	imap_bye
	# nothing is new: two flights
	lists_early
	counts 2 8 1
	imap_bye
	# it has forgotten LIST-STATUS: BAD, and then step by step
	lists_early
	echo 'send ${T} BAD what'
	imap_bye
	echo accept
	imap_hello
	cat <<END
expect-tagged LIST "" "*"
send * LIST () "/" INBOX
send * LIST () "/" A
send * LIST () "/" B
send \${T} OK
expect-tagged STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
set one \${T}
expect-tagged STATUS "A" (MESSAGES UIDNEXT UIDVALIDITY)
set two \${T}
expect-tagged STATUS "B" (MESSAGES UIDNEXT UIDVALIDITY)
send * STATUS INBOX (UIDNEXT 2 UIDVALIDITY 5)
send \${one} OK
send \${two} NO gone
send * STATUS B (UIDNEXT 1 UIDVALIDITY 5)
send \${T} OK
expect-tagged EXAMINE "A"
set examine \${T}
expect-tagged UID SEARCH UID 8:*
set search \${T}
expect-tagged UID FETCH 8:4294967294 $items
send \${examine} NO gone
send \${search} BAD no mailbox
send \${T} BAD no mailbox
END
	imap_bye
} >script
peer_start folders -t <script
check "all folders, one after the other" fetch -f '*'
is "what came" "$(cat $(cat out))" firstsecond
check "what the server had kept back" fetch -f '*'
is "is asked for again" "$(cat $(cat out))" third
expect_status 1 "nothing is new" fetch -e -f '*'
expect_status 66 "a server that has changed, and lost a folder" fetch -f '*'
is "which is told" "$(grep -c 'A: the server says: gone' err)" 1
peer_end folders "the server hears what it should"

# folders that are new and small: all they have in one flight
rm -rf mail home
{
	imap_hello "$can"
	echo "expect-tagged $list"
	counts 2 8 3 2
	for folder in INBOX A B; do
		echo "expect-tagged EXAMINE \"$folder\""
		echo "set examine$folder \${T}"
		echo 'expect-tagged UID SEARCH RETURN (ALL) ALL'
		echo "set search$folder \${T}"
		echo "expect-tagged UID FETCH 1:4294967294 $items"
		echo "set fetch$folder \${T}"
	done
	for folder in INBOX A B; do
		cat <<END
send * 2 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT 9] next
send \${examine$folder} OK [READ-ONLY] done
send * ESEARCH (TAG "\${search$folder}") UID ALL 3,8
send \${search$folder} OK done
send * 1 FETCH (UID 3 FLAGS () BODY[] "$folder")
END
		# of A one does not come
		[ $folder = A ] ||
			echo "send * 2 FETCH (UID 8 FLAGS () BODY[] \"2\")"
		echo "send \${fetch$folder} OK done"
	done
	imap_bye
	lists_early
	counts 9 9 9 2
	opens A 'UID 8:*'
	echo "expect-tagged UID FETCH 8:4294967294 $items"
	has 9 'ALL 8'
	cat <<END
send * 2 FETCH (UID 8 FLAGS () BODY[] "late")
send \${T} OK
END
	imap_bye
} >script
peer_start small -t <script
check "all of small folders" fetch -f '*'
is "is what they have" "$(cat $(cat out))" INBOX2AB2
check "what did not come" fetch -f '*'
is "is asked for again" "$(cat $(cat out))" late
peer_end small "in one flight"

# a server that counts anew: what is here is not fetched again, what is not
# sure is
old='(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])'
# dated N UID DAY: the message of that number, as it came on that day
dated()
{
	cat <<END
send-raw * $(($2 % 10)) FETCH (UID $2 INTERNALDATE " $3-Feb-2026 10:00:00 +0000" FLAGS () BODY[]\s
send-literal m$1
send )
END
}
# told N UID DAY SIZE: what is told of it
told()
{
	cat <<END
send-raw * 1 FETCH (UID $2 INTERNALDATE " $3-Feb-2026 10:00:00 +0000" RFC822.SIZE $4 BODY[HEADER.FIELDS (MESSAGE-ID)]\s
send-literal h$1
send )
END
}
for n in 1 2 3 4 5; do
	id=$n
	[ $n != 5 ] || id=4
	printf 'Message-ID: <%d@example.org>\r\n\r\n' $id >h$n
	printf 'Subject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\n%d\r\n' \
		$n $id $n >m$n
done
size=$(wc -c <m1 | tr -d ' ')
{
	imap_hello "$can"
	opens INBOX ALL
	has 6 'ALL 1:5'
	echo "expect-tagged UID FETCH 1:5 $items"
	for n in 1 2 3 4 5; do
		[ $n = 5 ] && dated 5 5 4 || dated $n $n $n
	done
	echo 'send ${T} OK'
	imap_bye
	echo accept
	imap_early
	opens INBOX 'UID 6:*'
	echo "expect-tagged UID FETCH 6:4294967294 $items"
	echo "send \${login} OK [CAPABILITY IMAP4rev1 $can] in"
	has 20 'ALL 11:16' | sed 's/UIDVALIDITY 5/UIDVALIDITY 6/'
	echo 'send ${T} OK'
	opens INBOX ALL
	has 20 'ALL 11:16' | sed 's/UIDVALIDITY 5/UIDVALIDITY 6/'
	echo "expect-tagged UID FETCH 1:* $old"
	# 1 as it was; another date; another size; two of the same; a new one
	told 1 16 1 $size
	told 2 12 9 $size
	told 3 13 3 $((size + 1))
	told 4 14 4 $size
	told 5 15 4 $size
	told 1 11 7 $size
	cat <<END
send \${T} OK
expect-tagged UID FETCH 11:15 $items
END
	dated 1 11 7
	dated 2 12 9
	dated 3 13 3
	dated 4 14 4
	dated 5 15 4
	echo 'send ${T} OK'
	imap_bye
	echo accept
	imap_early
	opens INBOX 'UID 17:*'
	echo "expect-tagged UID FETCH 17:4294967294 $items"
	echo "send \${login} OK [CAPABILITY IMAP4rev1 $can] in"
	has 20 '' | sed 's/UIDVALIDITY 5/UIDVALIDITY 6/'
	echo 'send ${T} OK'
	imap_bye
} >script
rm -rf mail home/.cache
peer_start anew -t <script
check "five messages" fetch
is "come" "$(wc -l <out | tr -d ' ')" 5
check "a server that counts anew" fetch
is "sends what is not sure" "$(wc -l <out | tr -d ' ')" 5
is "and not what is" "$(grep -l 'Subject: 1' mail/new/* | wc -l |
	tr -d ' ')" 2
expect_status 1 "then nothing is new" fetch -e
peer_end anew "the server hears what it should"

# what -m leaves out is not lost
{
	imap_hello "$can"
	opens INBOX ALL
	has 4 'ALL 1:3'
	echo "expect-tagged UID FETCH 3 $items"
	one 3 newest
	echo 'send ${T} OK'
	imap_bye
	echo accept
	imap_early
	opens INBOX ALL
	echo "send \${login} OK [CAPABILITY IMAP4rev1 $can] in"
	has 4 'ALL 1:3'
	echo "expect-tagged UID FETCH 1:2 $items"
	one 1 older
	one 2 old
	echo 'send ${T} OK'
	imap_bye
} >script
rm -rf mail home/.cache
peer_start newest -t <script
check "the newest" fetch -m 1
is "alone" "$(cat $(cat out))" newest
check "then the others" fetch
is "are fetched" "$(cat $(cat out))" olderold
peer_end newest "the server hears what it should"
finish
