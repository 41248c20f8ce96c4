# mlist against IMAP servers that lie: what is printed, and nothing else.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh

fields='(UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (Subject)])'

# list OPTION...
list()
{
	mlist -o tls=no -o timeout=5 "$@" "imap://ann@localhost:$peer_port"
}

# the whole conversation; ITEMS are those that are asked for, " S " is what comes
# before a subject
set -f
while IFS='|' read -r status printed lines name options; do
	case $status in
	'#'*) continue ;;
	esac
	{
		said "$lines" | sed "s/ITEMS/$fields/
			s/ S / FLAGS () BODY[HEADER.FIELDS (SUBJECT)] /"
		lies_last "$lines"
	} >script
	rm -rf home
	peer_start lie <script
	case $options in
	'') list -f '%u %s' >out 2>err ;;
	*) list $options >out 2>err ;;
	esac
	got="$? $(tr '\t\n' ' ;' <out)"
	case $status in
	0) said=0 ;;
	*) said=1 ;;
	esac
	if ! peer_status lie; then
		fail "$name" <"$peer_dir/lie.err"
	elif [ "$(wc -l <err)" -ne $said ]; then
		fail "$name: in one line" <err
	else
		is "$name" "$got" "$status $printed"
	fi
done <<'END'
0|1 a;2 b;3 c;|@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3;expect-tagged UID FETCH 1:3 ITEMS;send * 1 FETCH (UID 1 S "Subject: a");send * 2 FETCH (UID 2 S "Subject: b");send * 3 FETCH (UID 3 S "Subject: c");send ${T} OK;@bye|the truth
# what comes
0|1 a;3 c;|@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3;expect-tagged UID FETCH 1:3 ITEMS;send * 1 FETCH (UID 1 S "Subject: a");send * 9 FETCH (UID 9 S "Subject: x");send * 3 FETCH (UID 3 S "Subject: c");send ${T} OK;@bye|a UID that is not there for one that is
0|1 a;3 c;|@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3;expect-tagged UID FETCH 1:3 ITEMS;send * 1 FETCH (UID 1 S "Subject: a");send * 1 FETCH (UID 1 S "Subject: b");send * 3 FETCH (UID 3 S "Subject: c");send ${T} OK;@bye|two of one UID
0|1 ;|@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S NIL);send ${T} OK;@bye|NIL
0|1 ;|@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {0};send );send ${T} OK;@bye|nothing
0|1 a��b;|@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {17};send-raw Subject: a\0\x1bb\r\n\r\n)\r\n;send ${T} OK;@bye|a header of controls
0|1 a;|@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (ENVELOPE (NIL (((NIL "x" {1};send x(NIL)) "")) "\\"" 5) UID 1 BODYSTRUCTURE (("A" NIL (-1))) S "Subject: a");send ${T} OK;@bye|an envelope of nonsense
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send-raw * 1 FETCH (ENVELOPE \s;repeat 30;send-raw (((((;end|one without end
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 0 S "Subject: a")|UID 0
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {9223372036854775808};send a|2^63 bytes
75||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {2147483648};send a;cut|2^31 bytes
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {3};send Subject)|a literal that is longer
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * 1 FETCH (UID 1 S {-1};send a)|a literal below 0
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send A9 OK|an answer to no command
76||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send + more|a + that nobody waits for
75||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * BYE|BYE
75||@hello;expect-tagged EXAMINE "INBOX";expect-tagged UID SEARCH ALL;send * BYE|BYE before anything is found
0||@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3;expect-tagged UID FETCH 1:3 ITEMS;send * 1 EXPUNGE;send * VANISHED 2:3;send ${T} OK;@bye|all that was found is gone
# what is found
0|1;|@hello;@opens EXAMINE INBOX FLAGGED 3 9 1 1;@bye|one twice|-q flagged -f %u
76||@hello ESEARCH;@found 3 ALL 1:4294967295|four billion|-f %u
76||@hello ESEARCH;@found 4294967295 ALL 1:4294967295|four billion of as many|-f %u
0|100000;|@hello ESEARCH;@found 100000 ALL 100000:1;@bye|a range upside down|-c
0|4294967295;|@hello;@opens EXAMINE INBOX ALL 1 9 4294967295;@bye|the last UID of all|-f %u
76||@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3 4|more than there are|-f %u
76||@hello;@opens EXAMINE INBOX ALL 3 9 0|UID 0 is found|-f %u
69||@hello;@opens EXAMINE INBOX ALL 3 0 1;@bye|UIDVALIDITY 0|-f %u
76||@hello;expect-tagged EXAMINE "INBOX";send ${T} BAD what|BAD to the opening|-f %u
# folders
0|2;|@hello;expect-tagged LIST "" "*";send * LIST () "/" a;send * LIST () "/" INBOX;send * LIST () "." a;send ${T} OK;@bye|a folder twice|-F -c
76|1;|@hello;expect-tagged LIST "" "*";send * LIST () "/" {3};send-raw a\r\n;send ;send * LIST () "/" b;send ${T} OK;expect-tagged LOGOUT|a name with a line end|-F -c
76|1;|@hello;expect-tagged LIST "" "*";send * LIST () "/" {3};send-raw a\0b\r\n;send * LIST () "/" b;send ${T} OK;expect-tagged LOGOUT|a name with a NUL|-F -c
76||@hello;expect-tagged LIST "" "*";send * LIST () "ab" a|a delimiter of two|-F
76||@hello;expect-tagged LIST "" "*";send * LIST () "/" a;send ${T} OK;expect-tagged STATUS "a" (MESSAGES UNSEEN);send * STATUS a (MESSAGES -1)|a count below 0|-F
76||@hello;expect-tagged LIST "" "*";send * LIST () "/" a;send ${T} OK;expect-tagged STATUS "a" (MESSAGES UNSEEN);send * STATUS a (MESSAGES 4294967296)|a count over 32 bits|-F
END
set +f
finish
