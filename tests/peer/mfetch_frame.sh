# mfetch -i -j -t -: a line for each name, with the size of the message that
# follows it or what went wrong.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh

export SATCHEL_PASSWORD=secret
cd "$tmp" || exit 1

# asked SECTION FOLDER KEYS UID...: the folder, which messages it has, and
# these, in one flight; of one it is not asked, and KEYS is empty
asked()
{
	section=$1
	imap_asked "$2" "$3"
	shift 3
	for uid; do
		cat <<END
expect-tagged UID FETCH $uid (UID BODY.PEEK[$section])
set of$uid \${T}
END
	done
}

# over a piece, and over what is held in memory; its lines end in CR LF
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "a line, which is %d\r\n", i }' \
	>large
tr -d '\r' <large >plain
size=$(wc -c <plain | tr -d ' ')

{
	imap_hello
	asked '' INBOX 7:10 7 8 9 10
	imap_opened
	cat <<'END'
send * SEARCH 7 9 10
send ${search} OK done
send * 1 FETCH (UID 7 BODY[] "Subject: a")
send ${of7} OK
send ${of8} OK
send-raw * 3 FETCH (UID 9 BODY[]\s
send-literal large
send )
send ${of9} OK
send * 4 FETCH (UID 10 BODY[] NIL)
send ${of10} OK
END
	asked '' Gone 1:2 1 2
	cat <<'END'
send ${examine} NO [NONEXISTENT] none
send ${search} BAD no folder
send ${of1} BAD no folder
send ${of2} BAD no folder
END
	asked HEADER INBOX '' 7
	echo 'expect-tagged UID FETCH 7 (UID BODY.PEEK[])'
	imap_opened
	echo 'send * 1 FETCH (UID 7 BODY[HEADER] "")'
	echo 'send ${of7} OK'
	echo cut
} >script
peer_start frame <script
at=imap://ann@localhost:$peer_port
{
	printf '%s/INBOX/;UID=%d\n' $at 7 $at 8 $at 9 $at 10
	echo what
	echo $at/INBOX
	printf '%s/Gone/;UID=%d\n' $at 1 $at 2
	echo "$at/INBOX/;UID=7/;SECTION=HEADER"
	echo "$at/INBOX/;UID=7"
} >names
expect_status 66 "ten names" mfetch -o tls=no -i -j -t - <names
peer_end frame "the server hears what it should"
mv out got
mv err told
{
	printf '{"name":"%s/INBOX/;UID=7","size":10}\nSubject: a' $at
	printf '{"name":"%s/INBOX/;UID=8","status":66}\n' $at
	printf '{"name":"%s/INBOX/;UID=9","size":%d}\n' $at $size
	cat plain
	printf '{"name":"%s/INBOX/;UID=10","status":75}\n' $at
	printf '{"name":"what","status":64}\n'
	printf '{"name":"%s/INBOX","status":64}\n' $at
	printf '{"name":"%s/Gone/;UID=%d","status":66}\n' $at 1 $at 2
	printf '{"name":"%s/INBOX/;UID=7/;SECTION=HEADER","size":0}\n' $at
	printf '{"name":"%s/INBOX/;UID=7","status":75}\n' $at
} >wanted
check "each has its line, in their order" cmp got wanted
is "and what is wrong is told" "$(sed 's/^mfetch: //; s|imap://[^/]*/||
	s/Failed to connect.*/gone/' told)" \
"INBOX/;UID=8: no such message
INBOX/;UID=10: the server has no text
what: not a URL of a known scheme
INBOX: the URL names no message (;UID=)
Gone: the server says: none
INBOX/;UID=7: gone"

# a log-in that is refused: each has its line
imap_refuses >script
peer_start refused <script
at=imap://ann@localhost:$peer_port
printf '%s/INBOX/;UID=7\0%s/A/;UID=8\0' $at $at >names
expect_status 77 "a log-in that is refused" mfetch -o tls=no -0 -i -j -t - \
	<names
is "of each name" "$(tr '\0' '\n' <out | grep -c '"status":77}$')" 2
peer_end refused "is not tried again"
finish
