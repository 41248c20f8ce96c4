# mfetch -d against IMAP servers that lie: what is taken, what is deleted.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh
delete=-d

lie_bodies <<'END'
# whose body it is
0|a b c|1:3|1 1 a;2 2 b;3 3 c;send ${T} OK|the truth
0|a b c|1:3|3 3 c;1 1 a;2 2 b;send ${T} OK|in another order
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
0|b c|2:3|send * 1 EXPUNGE;1 2 b;2 3 c;send ${T} OK|EXPUNGE before the bodies
0|a b c|1:3|1 1 a;send * 1 EXPUNGE;1 2 b;2 3 c;send ${T} OK|EXPUNGE between
0|a c|1,3|1 1 a;send * VANISHED 2;2 3 c;send ${T} OK|VANISHED between
0|b c|2:3|send * 3 EXPUNGE;send * 1 EXPUNGE;2 2 b;1 3 c;send ${T} OK|two, of which the numbers are not certain
76|b c||send * 3 EXPUNGE;2 2 b;1 3 c;send ${T} OK|more numbers than that moved
0|a b c|1:3|send * 9 EXPUNGE;1 1 a;2 2 b;3 3 c;send ${T} OK|EXPUNGE of what is not there
0|a b c|1:3|send * VANISHED 1:4294967295;1 1 a;2 2 b;3 3 c;send ${T} OK|VANISHED of all, and more
0|||send * 1 EXPUNGE;send * 1 EXPUNGE;send * 1 EXPUNGE;send ${T} OK|all are gone
0|a|1|1 1 a;send ${T} OK|two do not come
# what is no body
75|a c|1,3|1 1 a;send * 2 FETCH (UID 2 BODY[] NIL);3 3 c;send ${T} OK|NIL
75|a c|1,3|1 1 a;2 2 ;3 3 c;send ${T} OK|an empty string
75|a c|1,3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 5 BODY[] {0};send );3 3 c;send ${T} OK|an empty literal that should not be
0| a c|1:3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 0 BODY[] {0};send );3 3 c;send ${T} OK|an empty message
75|a b c|1:3|1 1 a;send * 2 FETCH (UID 2 BODY[] NIL);2 2 b;3 3 c;send ${T} OK|NIL, and then a body
76|a b||1 1 a;2 2 b;send * 2 FETCH (UID 2 BODY[] NIL)|a body, and then NIL
0|a b c|1:3|1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE 999 BODY[] "b");3 3 c;send ${T} OK|a size that is too large
0|a b c|1:3|1 1 a;send * 2 FETCH (RFC822.SIZE 0 BODY[] "b" UID 2);3 3 c;send ${T} OK|a size that is too small
76|a||1 1 a;send * 2 FETCH (UID 2 RFC822.SIZE -5 BODY[] "b")|a size below 0
0|a b c|1:3|send * 1 FETCH (UID 1 INTERNALDATE "99-Foo-99999 99:99:99 +9999" BODY[] "a");send * 2 FETCH (INTERNALDATE NIL UID 2 BODY[] "b");send * 3 FETCH (UID 3 INTERNALDATE "31-Dec-9999 23:59:59 -9999" BODY[] "c");send ${T} OK|dates that are none
76|a||1 1 a;send * 2 FETCH (UID 2 INTERNALDATE 5 BODY[] "b")|a date that is a number
0|a b c|1:3|1 1 a;send * 2 FETCH (UID 2 FLAGS (\\ \\\\Seen \\* / .. \\Seen \\Seen NIL) BODY[] "b");3 3 c;send ${T} OK|flags that are none
76|a||1 1 a;send * 2 FETCH (UID 2 FLAGS ("a") BODY[] "b")|flags that are strings
76|a||1 1 a;send * 2 FETCH (UID 2 FLAGS ((a)) BODY[] "b")|flags in lists
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
