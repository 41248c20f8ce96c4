# mpart with a URL: what it has mfetch ask for, and what becomes of that.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

ca=$peer_dir/ca.pem

# fetched SECTION FILE [SECTION FILE]: the script of one run of mfetch, which
# asks for both in one flight
fetched()
{
	imap_hello
	cat <<END
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID FETCH 7 (UID BODY.PEEK[$1])
set first \${T}
END
	[ $# -eq 2 ] || cat <<END
expect-tagged UID FETCH 7 (UID BODY.PEEK[$3])
set second \${T}
END
	cat <<END
send * 1 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${examine} OK [READ-ONLY] done
END
	sent first "$1" "$2"
	[ $# -eq 2 ] || sent second "$3" "$4"
	imap_bye
}

# sent TAG SECTION FILE
sent()
{
	cat <<END
send-raw * 1 FETCH (UID 7 BODY[$2]\s
send-literal $3
send )
send \${$1} OK done
END
}

cd "$tmp" || exit 1
printf 'Subject: a\r\n\r\ntext\r\n' >whole
printf 'Subject: a\r\n\r\n' >header
printf 'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n' \
	>mime
printf 'aGFsbG8K' >part
printf '\r\n' >none
printf 'No: header\r\n' >bare
printf '' >empty

{
	fetched '' whole
	echo accept
	fetched HEADER header
	echo accept
	fetched 2.MIME mime 2 part
	echo accept
	fetched 3.MIME none 3 bare
	echo accept
	fetched HEADER header TEXT bare
	echo accept
	fetched 9.MIME empty 9 empty
	echo accept
	fetched 2.MIME mime 2 part
	echo accept
	fetched 3.MIME none 3 bare
	echo accept
	fetched 2.MIME mime
	echo accept
	fetched '' whole
	echo accept
	fetched HEADER header
	echo accept
	fetched 2.HEADER header 2.TEXT bare
} >script
peer_start all -t <script
url="imaps://ann@localhost:$peer_port/INBOX;UIDVALIDITY=9/;UID=7"

# part WANTED NAME ARGUMENT...: what mpart prints
part()
{
	wanted=$1 name=$2
	shift 2
	check "$name" mpart -o tls-ca="$ca" "$@"
	is "$name: is read" "$(cat out)" "$wanted"
}
part text "a message" -p 0 "$url"
part a "of its fields the header alone" -H subject "$url"
part hallo "a part alone" -p 1 "$url/;SECTION=2"
part 'No: header' "a part without a header" -p 1 "$url/;SECTION=3"
part 'No: header' "a text with its header" -p 1 "$url/;SECTION=TEXT"
expect_status 66 "a section without a byte" \
	mpart -o tls-ca="$ca" "$url/;SECTION=9"
part hallo "of a message a part alone" -p 2 "$url"
part "No: header" "a part without a header, too" -p 3 "$url"
part "$(tr -d '\r' <mime)" "a part's header alone" -p 2.MIME "$url"
part "Subject: a$(printf '\r')" "of a part as it stands the message" \
	-p HEADER -r "$url"
part "Subject: a" "a header alone" -p HEADER "$url"
part "No: header" "the text of a message inside" -p 2.TEXT "$url"
peer_end all "the server hears of no more than that"

# refused STATUS NAME WORD ARGUMENT...: by mpart, and mfetch is not run
refused()
{
	wanted=$1 name=$2 word=$3
	shift 3
	expect_status "$wanted" "$name" mpart "$@"
	is "$name: is told" "$(grep -c "$word" err)" 1
	is "$name: once" "$(wc -l <err | tr -d ' ')" 1
}
refused 64 "a password" password "imaps://ann:x@localhost/a/;UID=7"
refused 64 "a folder" ';UID=' "imaps://ann@localhost/a"
refused 64 "no section" section "imaps://ann@localhost/a/;UID=7/;SECTION=1.x"

# mfetch's status is passed on, and what it said stands alone
imap_refuses >script
peer_start cut -t <script
url="imaps://ann@localhost:$peer_port/INBOX/;UID=7"
expect_status 77 "a log-in that is refused" mpart -o tls-ca="$ca" "$url" whole
is "is told once" "$(wc -l <err | tr -d ' ')" 1
is "and the next message is read" "$(cut -f 2 out)" text/plain
peer_status cut
expect_status 75 "nobody there" mpart -o tls-ca="$ca" "$url"

# many names, one log-in and few flights: each is read in its turn, and told by
# its name, once, where it cannot be
# asked FOLDER UIDS UID...: a folder, which it has, and of these two sections
asked()
{
	imap_asked "$1" "$2"
	shift 2
	for uid; do
		cat <<END
expect-tagged UID FETCH $uid (UID BODY.PEEK[1.MIME])
set mime$uid \${T}
expect-tagged UID FETCH $uid (UID BODY.PEEK[1])
set part$uid \${T}
END
	done
}

# opened [UID...]: and what of them is there
opened()
{
	imap_opened
	[ $# -eq 0 ] || cat <<END
send * SEARCH $*
send \${search} OK done
END
}

# answered UID...
answered()
{
	for uid; do
		cat <<END
send * 1 FETCH (UID $uid BODY[1.MIME] "")
send \${mime$uid} OK
send * 1 FETCH (UID $uid BODY[1] "text $uid")
send \${part$uid} OK
END
	done
}
{
	imap_hello
	asked INBOX 1:3 1 2 3
	opened 1 3
	answered 1
	echo 'send ${mime2} OK'
	echo 'send ${part2} OK'
	answered 3
	asked Gone '' 4
	echo 'send ${examine} NO none'
	echo 'send ${mime4} BAD no folder'
	echo 'send ${part4} BAD no folder'
	asked Other '' 5
	opened
	answered 5
	echo 'expect-tagged LOGOUT'
} >script
peer_start many -t <script
at=imaps://ann@localhost:$peer_port
printf 'Subject: f\n\na file\n' >file
{
	printf '%s/INBOX;UIDVALIDITY=9/;UID=%d\n' $at 1 $at 2
	echo file
	echo "$at/INBOX;UIDVALIDITY=9/;UID=3"
	echo "$at/Gone/;UID=4"
	echo "$at/Other/;UID=5"
} >names
expect_status 66 "some of many" mpart -o tls-ca="$ca" -i -p 1 <names
is "each has its turn" "$(cat out)" "text 1a file
text 3text 5"
is "and those that are not there their names" \
	"$(sed "s|imaps://[^/]*/||" err)" \
	"mfetch: INBOX;UIDVALIDITY=9/;UID=2/;SECTION=1.MIME: no such message
mfetch: Gone/;UID=4: the server says: none"
peer_end many "there is one log-in"

# as operands; a server that goes is called again, for what did not come
{
	imap_hello
	asked INBOX 1:3 1 2 3
	opened 1 2 3
	answered 1
	cat <<'END'
send * 2 FETCH (UID 2 BODY[1.MIME] "")
send ${mime2} OK
send-raw * 2 FETCH (UID 2 BODY[1] {6}\r\ntex
cut
accept
END
	imap_hello
	asked INBOX 1:3 2 3 | sed '/FETCH 2 .*MIME/{N;d;}'
	opened 1 2 3
	cat <<'END'
send * 1 FETCH (UID 2 BODY[1] "text 2")
send ${part2} OK
END
	answered 3
	echo 'expect-tagged LOGOUT'
} >script
peer_start again -t <script
at=imaps://ann@localhost:$peer_port
mpart -o tls-ca="$ca" -p 1 "$at/INBOX/;UID=1" "$at/INBOX/;UID=2" \
	"$at/INBOX/;UID=3" >out 2>err
is "a server that goes between" $? 0
is "is called again" "$(cat out)" "text 1text 2text 3"
is "and nothing is told" "$(cat err)" ''
peer_end again "for what did not come"

# who is stopped leaves no mfetch behind
peer_start stopped -t <<'END'
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
mark waiting
stall
END
mpart -o tls-ca="$ca" "imaps://ann@localhost:$peer_port/a/;UID=7" >out 2>err &
pid=$!
await $pid test -e waiting
kill -s TERM $pid
wait $pid 2>wait.err
is "it dies of the signal" $? 143
is "and says nothing" "$(cat err)" ''
peer_end stopped "mfetch is gone with it"

# which mfetch it is, and what it is given
mkdir bin alone
cat >bin/satchel-mfetch <<'END'
#!/bin/sh
printf '%s\n' "$@" >args
printf '{"name":"\\"size\\":9","size":23}\0Subject: of the other\n\n'
tr '\0' '\n' >asked
END
cp "$top/bin/mpart" bin/satchel-mpart
cp "$top/bin/mpart" alone/mpart
chmod +x bin/satchel-mfetch
: >config
chmod 600 config
check "the one beside, of the same kind of name" ./bin/satchel-mpart \
	-v -C config -o timeout=7 -H subject "$url"
is "is run" "$(cat out)" "of the other"
is "with the options" "$(tr '\n' ' ' <args)" \
	"-v -C config -o timeout=7 -0ij -t - "
await $$ grep -q . asked
is "for the URL" "$(cat asked)" "$url/;SECTION=HEADER"
expect_status 71 "none beside" alone/mpart "$url"
is "is told, too" "$(grep -c 'cannot be run' err)" 1
printf '#!/bin/sh\nkill -9 $$\n' >bin/satchel-mfetch
expect_status 70 "one that dies" bin/satchel-mpart "$url"

finish
