# mfetch -d against IMAP servers that lie: what is taken, what is deleted.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh
delete=-d

# fetch OPTION...
fetch()
{
	mfetch $delete -o tls=no -o timeout=5 "$@" "imap://ann@localhost:$peer_port"
}

# A folder has UIDs 1, 2 and 3.  What the server says when asked for them: the
# exit status, what is here then, what is deleted there
while IFS='|' read -r status mail gone lines name; do
	case $status in
	'#'*) continue ;;
	esac
	{
		said "@hello UIDPLUS;@opens SELECT INBOX ALL 3 9 1 2 3"
		echo "expect-tagged UID FETCH 1:3 $items"
		said "$lines"
		[ -z "$gone" ] || imap_deletes "$gone"
		lies_last "$lines"
	} | lie "$status" "$mail" "$name"
done <<'END'
# whose body it is
0|a b c|1,2,3|1 1 a;2 2 b;3 3 c;send ${T} OK|the truth
0|a b c|1,2,3|3 3 c;1 1 a;2 2 b;send ${T} OK|in another order
76|a b||1 1 a;2 2 b;2 2 c|two bodies of one UID
76|a b||1 1 a;2 2 b;3 2 c|two bodies of one UID, by another number
76|a c||1 1 a;2 9 b;3 2 c;send ${T} OK|a body of a UID that is not there
76|a b||1 1 a;2 2 b;3 4 c;send ${T} OK|the same at the end
76|||1 9 a;send ${T} OK|only that
76|a b c||2 1 a;1 2 b;3 3 c;send ${T} OK|numbers exchanged
76|b||2 1 b;send ${T} OK|a UID with the number of the next
76|b||1 3 b;send ${T} OK|a UID with the number of the first
76|a||0 1 a;send ${T} OK|the number 0
76|||send * 1 FETCH (UID 0 BODY[] "a")|UID 0
76|||send * 1 FETCH (UID 4294967296 BODY[] "a")|a UID over 32 bits
76|||send * 1 FETCH (UID -1 BODY[] "a")|a UID below 0
76|||send * 1 FETCH (UID 1 BODY[] "a" UID 2)|two UIDs of one body
76|||send * 1 FETCH (UID 1 BODY[] "a" BODY[] "b")|two bodies in one answer
76|||send * 1 FETCH (BODY[] "a")|no UID
76|||send * 1 FETCH (UID 1 BODY[TEXT] "a")|a section
# what is gone
0|b c|2,3|send * 1 EXPUNGE;1 2 b;2 3 c;send ${T} OK|EXPUNGE before the bodies
0|a b c|1,2,3|1 1 a;send * 1 EXPUNGE;1 2 b;2 3 c;send ${T} OK|EXPUNGE between
0|a c|1,3|1 1 a;send * VANISHED 2;2 3 c;send ${T} OK|VANISHED between
0|b c|2,3|send * 3 EXPUNGE;send * 1 EXPUNGE;2 2 b;1 3 c;send ${T} OK|two, of which the numbers are not certain
76|b c||send * 3 EXPUNGE;2 2 b;1 3 c;send ${T} OK|more numbers than that moved
0|a b c|1,2,3|send * 9 EXPUNGE;1 1 a;2 2 b;3 3 c;send ${T} OK|EXPUNGE of what is not there
0|a b c|1,2,3|send * VANISHED 1:4294967295;1 1 a;2 2 b;3 3 c;send ${T} OK|VANISHED of all, and more
0|||send * 1 EXPUNGE;send * 1 EXPUNGE;send * 1 EXPUNGE;send ${T} OK|all are gone
0|a|1|1 1 a;send ${T} OK|two do not come
# what is no body
75|a c|1,3|1 1 a;send * 2 FETCH (UID 2 BODY[] NIL);3 3 c;send ${T} OK|NIL
75|a c|1,3|1 1 a;2 2 ;3 3 c;send ${T} OK|an empty string
75|a c|1,3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 5 BODY[] {0};send );3 3 c;send ${T} OK|an empty literal that should not be
0| a c|1,2,3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 0 BODY[] {0};send );3 3 c;send ${T} OK|an empty message
75|a b c|1,2,3|1 1 a;send * 2 FETCH (UID 2 BODY[] NIL);2 2 b;3 3 c;send ${T} OK|NIL, and then a body
76|a b||1 1 a;2 2 b;send * 2 FETCH (UID 2 BODY[] NIL)|a body, and then NIL
0|a b c|1,2,3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 999 BODY[] "b");3 3 c;send ${T} OK|a size that is too large
0|a b c|1,2,3|1 1 a;send * 2 FETCH (RFC822.SIZE 0 BODY[] "b" UID 2);3 3 c;send ${T} OK|a size that is too small
76|a||1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE -5 BODY[] "b")|a size below 0
# what was not asked for, between them
0|a b c|1,2,3|1 1 a;send * 2 FETCH (FLAGS (\\Seen));send * 3 FETCH (UID 3 FLAGS ());2 2 b;3 3 c;send ${T} OK|flags
0|a b c|1,2,3|1 1 a;send * 9 EXISTS;send * 4 RECENT;2 2 b;3 3 c;send * 0 EXISTS;send ${T} OK|EXISTS up and down
0|a b c|1,2,3|1 1 a;send * SEARCH 7 8;send * ESEARCH UID ALL 1:3;2 2 b;send * LIST () "/" x;send * STATUS INBOX (MESSAGES 0 UIDNEXT 1);send * FLAGS ();send * OK hello;send * NO really;send * X-NEW (a {3};send-raw b)c d)\r\n;3 3 c;send ${T} OK|answers to nothing
0|a b c|1,2,3|1 1 a;2 2 b;send * CAPABILITY IMAP4rev1 UIDPLUS STARTTLS LOGINDISABLED;3 3 c;send ${T} OK|other capabilities
0|a b c|1,2,3|1 1 a;send * 2 FETCH (X-A (1 "2" {1};send 3 (NIL)) ENVELOPE (NIL NIL (((())))) BODYSTRUCTURE ("a" (("b")) -1) UID 2 BODY[] "b" X-Z NIL);3 3 c;send ${T} OK|items that nobody knows
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] "b"|an answer without end
76|a||1 1 a;send * 2 FETCH UID 2 BODY[] "b"|one without a beginning
76|a||1 1 a;send * OK [UIDVALIDITY 8] new;2 2 b|another UIDVALIDITY
76|a||1 1 a;send * OK [UIDVALIDITY 0] none;2 2 b|UIDVALIDITY 0
0|a b c|1,2,3|1 1 a;send * PREAUTH again;2 2 b;3 3 c;send ${T} OK|PREAUTH
# what is not IMAP
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {1};send-raw bcd)\r\n|a literal that is longer
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {40};send b);3 3 c;send ${T} OK done, I think;send nothing|one that is shorter
75|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {99};send b);cut|one that never ends
75|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {2147483648};send b);cut|2^31 bytes
75|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {9223372036854775807};send b);cut|2^63 - 1
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {9223372036854775808};send b)|2^63
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {18446744073709551617};send b)|2^64 + 1
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {-1};send b)|a literal below 0
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {};send b)|a literal of no size
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {1+};send b)|a literal that does not wait
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {0x1};send b)|a literal in hexadecimal
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] {1} b)|a literal in the line
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] "b\0")|a NUL
0|a b c|1,2,3|1 1 a;send * 2 FETCH (UID 2 BODY[] ~{1};send b);3 3 c;send ${T} OK|a literal of eight bits
76|a||1 1 a;send A99 OK done|an answer to no command
76|a||1 1 a;send A0 OK done|one to a tag that was never
76|a||1 1 a;send A4294967297 OK done|one to a tag over 32 bits
76|a||1 1 a;send ${open} OK again|one that came before
76|a||1 1 a;send ${T} BYE|one that is none
76|a||1 1 a;send ${T} BAD what|BAD
69|a|1|1 1 a;send ${T} NO more|NO
76|a||1 1 a;send + go on|a + that nobody waits for
75|a||1 1 a;send * BYE enough|BYE
75|a||1 1 a;send-raw * 2 FETCH (UID 2 BODY[] {9}\r\nhalf;cut|the end
76|a||1 1 a;repeat 4200;send-raw xxxxxxxxxxxxxxxx;end|a line without end
76|a||1 1 a;send-raw * OK \s;repeat 4200;send-raw xxxxxxxxxxxxxxxx;end|an answer without end
0|a b c|1,2,3|1 1 a;send-raw * X\s;repeat 70000;send-raw xxxxxxxxxxxxxxx\s;end;send ;2 2 b;3 3 c;send ${T} OK|one of a megabyte of words
76|a||1 1 a;send-raw * 2 FETCH (X \s;repeat 10;send-raw (((((((((((((((;end|lists in each other
76|a||1 1 a;send-raw * 2 FETCH (FLAGS (\s;repeat 1200;send-raw xxxxxxxxxxxxxxx\s;end|flags without end
END

# what is in doubt stays so: neither of two honest runs deletes it
for how in '9 b;3 2 c;send ${T} OK;expect-tagged LOGOUT' '2 b;2 2 c;stall'; do
	rm -rf mail home
	{
		said "@hello UIDPLUS;@opens SELECT INBOX ALL 3 9 1 2 3"
		echo "expect-tagged UID FETCH 1:3 $items"
		said "1 1 a;2 $how"
		said "accept;@hello UIDPLUS;@opens SELECT INBOX ALL 3 9 1 2 3"
		echo "expect-tagged UID FETCH 3 $items"
		said '3 3 c;send ${T} OK;@deletes 3;@bye'
		said 'accept;@hello UIDPLUS;@opens SELECT INBOX ALL 2 9 1 2'
		imap_bye
	} >script
	peer_start doubt <script
	expect_status 76 "some that are in doubt" fetch -t "pipe:cat >>got"
	check "what is honest is deleted" fetch -t "pipe:cat >>got"
	check "and what is in doubt stays" fetch -t "pipe:cat >>got"
	peer_end doubt "for ever"
done

# what was asked with the log-in is asked once, where it was understood
rm -rf mail home
{
	said "@hello;@opens EXAMINE INBOX ALL 1 9 1"
	echo "expect-tagged UID FETCH 1 $items"
	said '1 1 a;send ${T} OK;@bye;accept'
	said '@hello' | sed 's/^send ${T} OK/set login ${T}/;s/ \[.*in$//'
	cat <<END
expect-tagged EXAMINE "INBOX"
set open \${T}
expect-tagged UID SEARCH UID 2:*
set search \${T}
expect-tagged UID FETCH 2:4294967294 $items
send \${login} OK in
send * 3 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${open} OK
send * SEARCH 2 3
send \${search} OK
END
	said '2 2 b;2 2 c;stall'
} >script
peer_start early <script
delete=
check "a first message" fetch
expect_status 76 "two as one, asked for early" fetch
is "what came is kept" "$(contents)" "a b "
peer_end early "and nothing is asked again"
finish
