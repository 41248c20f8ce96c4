# mfetch against a scripted IMAP server: what it says, what it makes of it.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

ca=$peer_dir/ca.pem

# begin: the script up to INBOX with messages 1 to $1, UIDVALIDITY $2, where
# the search is $3 (ALL)
begin()
{
	imap_hello UIDPLUS
	imap_opens EXAMINE INBOX "${3:-ALL}" "$1" "$2" $(seq 1 "$1")
}

# tail: what is fetched from UID $1 on, without waiting for the search
tail_of()
{
	echo "expect-tagged UID FETCH $1:4294967294 $items"
}

# contents: of each message of the Maildir, in the order of the names
contents()
{
	find "$tmp/mail" -type f -path '*/[nc]*/*' -exec cat {} +
}

printf 'Subject: a\r\n\r\n)\r\nA5 OK done\r\n.\r\n' >"$tmp/one"
printf 'b' >"$tmp/two"
cd "$tmp" || exit 1

# one server: a whole run in pieces of one byte, nothing new, UIDVALIDITY
{
	begin 2 9
	cat <<END
expect-tagged UID FETCH 1:2 $items
split 1
send-raw * 1 FETCH (UID 1 FLAGS (\\\\Seen \\\\Flagged) INTERNALDATE " 1-Feb-2026 10:00:00 +0000" BODY[]\s
send-literal one
send )
send * 2 FETCH (BODY[] "b" UID 2 FLAGS ())
send \${T} OK done
split 0
END
	imap_bye
	# "3:*" has the last message, which is known
	echo accept
	begin 2 9 'UID 3:*'
	tail_of 3
	echo 'send ${T} OK'
	imap_bye
	# a server that sends what it did not find
	echo accept
	begin 2 9 'UID 3:*'
	tail_of 3
	cat <<END
send * 3 FETCH (UID 7 BODY[] "late")
send \${T} OK
END
	imap_bye
	echo accept
	begin 1 10 'UID 8:*'
	tail_of 8
	cat <<END
send * 1 FETCH (UID 9 BODY[] "not known yet")
send \${T} OK
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH ALL
send * 1 EXISTS
send * OK [UIDVALIDITY 10] valid
send \${examine} OK
send * SEARCH 1
send \${T} OK
expect-tagged UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])
send * 1 FETCH (UID 1 RFC822.SIZE 1 BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)
send \${T} OK
END
	imap_gives 1 1 c
	imap_bye
} >script
peer_start whole -t <script
check "two messages, byte by byte" fetch
is "are printed" "$(sed "s|^$tmp/mail/||;s|/.*:|/:|;s|/[0-9].*|/|" out)" \
	"$(printf 'cur/:2,FS\nnew/')"
is "as they were" "$(cat $(cat out))" "$(cat one two | tr -d '\r')"
is "with the server's date" "$(find mail/cur -name '*:2,FS' \
	-newermt '2026-02-01 09:59:59' ! -newermt '2026-02-01 10:00:01' |
	wc -l | tr -d ' ')" 1
expect_status 1 "nothing new" fetch -e
check "one that came after the search" fetch
is "is fetched" "$(cat $(cat out))" late
check "a server that counts anew" fetch
is "is told" "$(grep -c UIDVALIDITY err)" 1
is "and fetched from the start" "$(cat $(cat out))" c
peer_end whole "the server hears what it should"

# both are asked at once: the messages may come before the search has ended,
# and it may find less, or more, than came
{
	begin 1 9
	imap_gives 1 1 first
	imap_bye
	cat <<END
accept
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
send \${T} OK [CAPABILITY IMAP4rev1 UIDPLUS] in
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH UID 2:*
set search \${T}
expect-tagged UID FETCH 2:4294967294 $items
send * 5 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT 6] next
send \${examine} OK [READ-ONLY] done
send * SEARCH 2
send * 2 FETCH (UID 2 BODY[] "second")
send * 4 FETCH (UID 4 BODY[] "fourth")
send * SEARCH 3 5
send \${search} OK
send * 5 FETCH (UID 5 BODY[] "fifth")
send \${T} OK
END
	imap_bye
	echo accept
	begin 5 9 'UID 3:*'
	imap_gives 3 3 third
	imap_bye
} >script
rm -rf mail
peer_start crossed -t <script
check "a first message" fetch
check "messages before the search's answer" fetch
is "come once" "$(find mail -type f -path '*/new/*' -exec sh -c 'cat "$1"; echo' \
	sh {} \; | sort | tr '\n' ' ')" "fifth first fourth second "
check "the one that was found and did not come" fetch
is "comes the next time" "$(cat $(cat out))" third
peer_end crossed "the server hears what it should"

# STARTTLS, and LOGIN where no AUTH= is one that we know
{
	cat <<END
send * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi
expect-tagged STARTTLS
send \${T} OK go
tls
expect-tagged CAPABILITY
send * CAPABILITY IMAP4rev1 AUTH=X-NEW
send \${T} OK
expect-tagged LOGIN "ann" "secret"
send \${T} OK in
expect-tagged CAPABILITY
send * CAPABILITY IMAP4rev1
send \${T} OK
expect-tagged EXAMINE "INBOX"
send * 0 EXISTS
send * OK [UIDVALIDITY 10] valid
send \${T} OK
expect-tagged UID SEARCH ALL
send * SEARCH
send \${T} OK
END
	imap_bye
} >script
peer_start starttls <script
check "STARTTLS and LOGIN" mfetch -v -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end starttls "the server hears that"
grep -e secret -e AGFub err | none "the trace masks the secret"

peer_start disabled -t <<'END'
send * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=X-NEW] hi
expect-tagged LOGOUT
END
expect_status 77 "no way to log in" fetch
peer_end disabled "and so it ends"

# what STARTTLS must not let through
peer_start injected <<'END'
send * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
expect-tagged STARTTLS
send ${T} OK go
send * PREAUTH welcome
stall
END
expect_status 76 "answers before the handshake" mfetch -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end injected "end it"
peer_start foretold <<'END'
send * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
send A1 OK go
stall
END
expect_status 76 "an answer before STARTTLS" mfetch -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end foretold "ends it"
# what the server could before, it need not be able to behind it
peer_start changed <<'END'
send * OK [CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN] hi
expect-tagged STARTTLS
send ${T} OK go
tls
expect-tagged CAPABILITY
send * CAPABILITY IMAP4rev1 LOGINDISABLED
send ${T} OK
expect-tagged LOGOUT
stall
END
expect_status 77 "other capabilities behind STARTTLS" mfetch -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end changed "are those that count"
peer_start stripped <<'END'
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
stall
END
expect_status 77 "no STARTTLS" mfetch -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end stripped "nothing more is said"
peer_start preauth <<'END'
send * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome
stall
END
expect_status 77 "PREAUTH instead of STARTTLS" mfetch -o tls-ca="$ca" \
	"imap://ann@localhost:$peer_port"
peer_end preauth "nothing more is said"
# a name can only be looked at after the handshake
echo expect-eof >script
peer_start name -t -c "$peer_dir/name.pem" -k "$peer_dir/name.key" <script
expect_status 77 "a certificate of another name" fetch
peer_end name "is refused"
for cert in expired foreign; do
	echo 'tls refused' >script
	peer_start $cert -c "$peer_dir/$cert.pem" -k "$peer_dir/$cert.key" \
		<script
	expect_status 77 "the wrong certificate: $cert" fetch
	peer_end $cert "is refused"
done

# refusals
peer_start password -t <<'END'
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN
send +
expect AGFubgBzZWNyZXQ=
send ${T} NO [AUTHENTICATIONFAILED] \x1b[31mno
expect-tagged LOGOUT
END
expect_status 77 "a wrong password" fetch
peer_end password "without SASL-IR"
tr -d '\n' <err | tr -dc '\000-\037\177' | none "no control reaches us"
peer_start busy -t <<'END'
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi
expect-tagged-like AUTHENTICATE PLAIN *
send ${T} NO [UNAVAILABLE] later
expect-tagged LOGOUT
END
expect_status 75 "a log-in that may do later" fetch
peer_end busy "and so it ends"
echo 'send * BYE too many' >script
peer_start bye -t <script
expect_status 75 "BYE as the greeting" fetch
peer_end bye "and so it ends"
peer_start late -t <<'END'
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi
expect-tagged-like AUTHENTICATE PLAIN *
send * BYE going down
END
expect_status 75 "BYE later" fetch
peer_end late "and so it ends"
printf 'send HTTP/1.1 400 Bad Request\nstall\n' >script
peer_start http -t <script
expect_status 76 "no IMAP server" fetch
peer_end http "and so it ends"
peer_start select -t <<'END'
send * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi
expect-tagged-like AUTHENTICATE PLAIN *
send ${T} OK [CAPABILITY IMAP4rev1] in
expect-tagged EXAMINE "INBOX"
send ${T} NO none
expect-tagged UID SEARCH ALL
send ${T} BAD nothing is selected
expect-tagged LOGOUT
END
expect_status 66 "no INBOX" fetch
peer_end select "and so it ends"
rm -rf mail

# one server: cut in the middle; what came whole is kept and not fetched again
{
	begin 3 9
	cat <<END
expect-tagged UID FETCH 1:3 $items
send-raw * 1 FETCH (UID 1 BODY[]\s
send-literal one
send )
send-raw * 2 FETCH (UID 2 BODY[] {100}\r\nhalf
cut
accept
END
	begin 3 9
	cat <<END
expect-tagged UID FETCH 2:3 $items
send * 7 EXISTS
send * 2 FETCH (UID 2 BODY[] NIL)
send * 3 FETCH (FLAGS (\\\\Seen) UID 3)
send * 2 EXPUNGE
send * OK [ALERT] look here
send * 3 FETCH (UID 3 BODY[] {1}\r\nd)
send \${T} OK
END
	imap_bye
	echo accept
	begin 3 9 | sed 's/EXAMINE/SELECT/'
	imap_gives 2 2 e
	cat <<END
expect-tagged UID STORE 1:3 +FLAGS.SILENT (\\\\Deleted)
send \${T} OK
expect-tagged UID EXPUNGE 1:3
send * 1 EXPUNGE
send * 1 EXPUNGE
send \${T} OK
END
	imap_bye
} >script
peer_start cut -t <script
expect_status 75 "a connection that is cut" fetch
is "keeps the one before" "$(contents)" "$(tr -d '\r' <one)"
is "and prints it" "$(wc -l <out | tr -d ' ')" 1
is "nothing is left in tmp" "$(ls mail/tmp)" ""
expect_status 75 "a message that has no text" fetch
is "alerts are told" "$(grep -c 'look here' err)" 1
is "the third is there" "$(cat $(cat out))" d
is "it alone" "$(wc -l <out | tr -d ' ')" 1
check "delete what is safe, by UID" fetch -d
is "and fetched" "$(cat $(cat out))" e
peer_end cut "the server hears what it should"

n=0
for garbage in '* 1 FETCH (UID 1 BODY[] {3}\r\nabcdef)' \
	'* 1 FETCH (BODY[] "x")' '* 1 FETCH (UID 1 UID 3)' \
	'A99 OK done' '+ go on' 'what?'; do
	{
		begin 1 9
		cat <<END
expect-tagged UID FETCH 1 $items
send $garbage
stall
END
	} >script
	peer_start garbage -t <script
	n=$((n + 1))
	expect_status 76 "garbage $n" fetch
	peer_end garbage "ends it"
done
{
	begin 2 9 | sed 's/^send \* SEARCH.*/send * SEARCH 1 2 3/;$d'
	echo stall
} >script
peer_start uids -t <script
expect_status 76 "more UIDs than messages" fetch
peer_end uids "end it"

# claims of a size that no memory should be asked for
{
	begin 1 9 | sed 's/ 1 EXISTS/ 4294967295 EXISTS/;$d' |
		sed 's/^send \* SEARCH.*/send * ESEARCH ALL 1:4294967295/'
	echo stall
} >script
peer_start many -t <script
expect_status 76 "a folder without bounds" fetch
peer_end many "ends it"

# what was listed is not meant any more: nothing is deleted
rm -rf mail
{
	begin 1 9 | sed 's/EXAMINE/SELECT/'
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[] "a")
send * OK [UIDVALIDITY 10] new
send \${T} OK
END
	imap_bye
} >script
peer_start anew -t <script
expect_status 76 "a server that counts anew in between" fetch -d
peer_end anew "is told to delete nothing"
is "what came before is kept" "$(contents)" a

# nor what was not asked for
rm -rf mail
{
	begin 2 9 | sed 's/EXAMINE/SELECT/;s/SEARCH ALL/SEARCH UID 2/;$d'
	imap_bye
} >script
peer_start others -t <script
expect_status 76 "other UIDs than the one asked for" \
	mfetch -d -o tls-ca="$ca" \
	"imaps://ann@localhost:$peer_port/INBOX;UIDVALIDITY=9/;UID=2"
peer_end others "are not taken"
{
	begin 1 9
	cat <<END
expect-tagged UID FETCH 1 $items
send * 1 FETCH (UID 1 BODY[HEADER] "x")
stall
END
} >script
peer_start section -t <script
expect_status 76 "a section of a message" fetch
peer_end section "is not taken for it"
is "and nothing is kept" "$(contents)" ""

# a signal while the server is silent
rm -rf mail
{
	begin 2 9
	cat <<END
expect-tagged UID FETCH 1:2 $items
send-raw * 1 FETCH (UID 1 BODY[] "a")\r\n* 2 FETCH (UID 2 BODY[] {9}\r\nhalf
stall
END
} >script
peer_start signal -t <script
mfetch -o tls-ca="$ca" "imaps://ann@localhost:$peer_port" >out 2>err &
pid=$!
two_are_there()
{
	[ "$(ls mail/tmp 2>/dev/null | wc -l)" -ge 2 ]
}
await $pid two_are_there
kill -TERM $pid
wait $pid
is "TERM kills" $? 143
peer_end signal "and the server sees it go"
is "what came whole is kept" "$(contents)" a
is "and nothing else is left" "$(ls mail/tmp)" ""

# the same before it has said a word: in the TLS handshake
printf 'expect-data 1\nmark shaking\nstall\n' >script
peer_start handshake <script
mfetch -o tls-ca="$ca" "imaps://ann@localhost:$peer_port" >out 2>err &
pid=$!
await $pid test -e shaking
kill -TERM $pid
wait $pid
is "TERM kills in the handshake" $? 143
peer_end handshake "and the server sees it go"

# -n -j: what is known of each is asked for, and nothing is marked or kept
ask='(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])'
{
	begin 3 9
	cat <<END
expect-tagged UID FETCH 1:3 $ask
send * 3 FETCH (UID 3 RFC822.SIZE 50 BODY[HEADER.FIELDS (MESSAGE-ID)] "")
send * 2 FETCH (FLAGS (\\\\Seen))
send * 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] {36}
send Message-ID:
send-raw  <1\xff@example.org> x\r\n\r\n
send  UID 1 RFC822.SIZE 30)
send * 1 FETCH (UID 1 RFC822.SIZE 31 BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)
send * 9 FETCH (UID 9 RFC822.SIZE 31 BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)
send \${T} OK
END
	imap_bye
} >script
rm -rf mail
peer_start dry -t <script
check "-n -j" fetch -n -j
at="imaps://ann@localhost:$peer_port/INBOX;UIDVALIDITY=9/;UID="
is "is a line for each" "$(cat out)" "$(printf \
'{"name":"%s1","folder":"INBOX","uid":1,"size":30,"message-id":"1\303\277@example.org"}
{"name":"%s2","folder":"INBOX","uid":2}
{"name":"%s3","folder":"INBOX","uid":3,"size":50}' "$at" "$at" "$at")"
peer_end dry "the server is asked once"
[ ! -e mail ] && pass "nothing is made" || fail "nothing is made"

finish
