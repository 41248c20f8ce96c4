# mfetch against IMAP servers that lie before a body comes: about folders and
# UIDs, and about the connection itself.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh

# deflated: what gzip has between its header and its trailer
head -c 20000000 /dev/zero | tr '\0' ' ' | gzip -9n | tail -c +11 >bomb
head -c 20000000 /dev/zero | tr '\0' 'x' | gzip -9n | tail -c +11 >word

# the whole conversation, and options
set -f
while IFS='|' read -r status mail lines name options; do
	case $status in
	'#'*) continue ;;
	esac
	{
		said "$lines" | sed "s/ITEMS/$items/"
		lies_last "$lines"
	} | lie "$status" "$mail" "$name" $options
done <<'END'
# the end, wherever it comes
75||send-raw * OK hel;cut|an end within the greeting
76||send * NO not today|NO as the greeting
76||send A1 OK hi|an answer as the greeting
76||send * 3 EXISTS|a number as the greeting
75||send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi;send * BYE|BYE behind the greeting
75||@hello;expect-tagged EXAMINE "INBOX";expect-tagged UID SEARCH ALL;send * BYE|BYE after the log-in
75||@hello;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;send * BYE|BYE when messages are asked for
75||@hello;expect-tagged LIST "" "*";send * LIST () "/" a;send * BYE|BYE in the list of folders|-f *
0||@hello IDLE;@opens EXAMINE INBOX ALL 0 9;expect-tagged LOGOUT|none is there
# the log-in
77||send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi;expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=;send ${T} BAD what|BAD to the log-in
76||send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi;expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=;send + !!|a challenge that is not base64
76||send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi;send A1 OK already in|an answer before the log-in
76||send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi;expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=;send A2 OK in|an answer to what comes after it
# what the folder has
69||@hello;@opens EXAMINE INBOX ALL 1 0 1|UIDVALIDITY 0
69||@hello;@opens EXAMINE INBOX ALL 1 4294967296 1|UIDVALIDITY over 32 bits
69||@hello;@opens EXAMINE INBOX ALL 1 -9 1|UIDVALIDITY below 0
76||@hello;expect-tagged EXAMINE "INBOX";expect-tagged UID SEARCH ALL;send * 4294967296 EXISTS;send * OK [UIDVALIDITY 9];send * SEARCH 1|EXISTS over 32 bits
76||@hello;@opens EXAMINE INBOX ALL 1 9 0|UID 0 is found
76||@hello;@opens EXAMINE INBOX ALL 1 9 4294967296|a UID over 32 bits
76||@hello;@opens EXAMINE INBOX ALL 3 9 1:3|a range
76||@hello;@opens EXAMINE INBOX ALL 3 9 *|a star
76||@hello;@opens EXAMINE INBOX ALL 3 9 1 2 3 4|more than there are
76||@hello;@opens EXAMINE INBOX ALL 0 9 1|one where there is none
0|a b c|@hello;@opens EXAMINE INBOX ALL 4 9 3 1 2 3;expect-tagged UID FETCH 1:3 ITEMS;1 1 a;2 2 b;3 3 c;send ${T} OK;@bye|one twice, and in no order
0|a|@hello;@opens EXAMINE INBOX ALL 1 9 4294967295;expect-tagged UID FETCH 4294967295 ITEMS;1 4294967295 a;send ${T} OK;@bye|the last UID of all
76||@hello ESEARCH;@found 3 ALL 1:4294967295|four billion UIDs
76||@hello ESEARCH;@found 4294967295 ALL 1:4294967295|and as many messages
76||@hello ESEARCH;@found 4294967295 ALL 1:9000000,1:9000000|and twice nine million
76||@hello ESEARCH;@found 3 MIN 4294967296|the least over 32 bits
0||@hello ESEARCH;@found 3 ALL 0|no range
0||@hello ESEARCH;@found 3 COUNT 4294967295;expect-tagged LOGOUT|only a count, of four billion
76||@hello ESEARCH;@found 1 ALL 1:1,1|a range of one, twice
76||@hello;expect-tagged EXAMINE "INBOX";send ${T} BAD what|BAD to the opening
66||@hello;expect-tagged EXAMINE "INBOX";set open ${T};expect-tagged UID SEARCH ALL;send ${open} NO [NONEXISTENT] gone;send ${T} NO;expect-tagged LOGOUT|no INBOX any more
76||@hello;expect-tagged EXAMINE "INBOX";expect-tagged UID SEARCH ALL;1 1 a|a message before its folder
69|a|@hello UIDPLUS;@opens SELECT INBOX ALL 1 9 1;send * OK [READ-ONLY] no;expect-tagged UID FETCH 1 ITEMS;1 1 a;send ${T} OK;expect-tagged LOGOUT|a folder that nothing is deleted from|-d
# the list of folders
76||@hello;expect-tagged LIST "" "*";send * LIST () "//" a|a delimiter of two|-f *
76||@hello;expect-tagged LIST "" "*";send * LIST a|a LIST without attributes|-f *
76||@hello;expect-tagged LIST "" "*";send * LIST () "/" a b|a LIST with two names|-f *
75||@hello;expect-tagged LIST "" "*";send * LIST () "/" {99999};send a;cut|a LIST without end|-f *
0||@hello;expect-tagged LIST "" "*";send ${T} OK;expect-tagged LOGOUT|no folder at all|-f *
66||@hello;expect-tagged LIST "" "*";send * LIST () "/" b;send ${T} OK;expect-tagged LOGOUT|not the one that is asked for|-f a
0|a|@hello;expect-tagged LIST "" "*";send * LIST () "/" INBOX;send * LIST () "/" inbox;send * LIST () "/" {5};send INBOX;send ${T} OK;@opens EXAMINE INBOX ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 a;send ${T} OK;@bye|INBOX three times|-f *
0|b|@hello;expect-tagged LIST "" "*";send * LIST () "/" b;send * LIST () "." b;send ${T} OK;@opens EXAMINE b ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 b;send ${T} OK;@bye|a folder twice|-f *
76|b|@hello;expect-tagged LIST "" "*";send * LIST () "/" {5};send-raw a\r\nA1\r\n;send * LIST () "/" b;send ${T} OK;@opens EXAMINE b ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 b;send ${T} OK;@bye|a name with a line end|-f *
76|b|@hello;expect-tagged LIST "" "*";send * LIST () "/" {7};send-raw INBOX\0x\r\n;send * LIST () "/" b;send ${T} OK;@opens EXAMINE b ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 b;send ${T} OK;@bye|a name with a NUL|-f *
0|c|@hello;expect-tagged LIST "" "*";send * LIST () "/" "../../c";send ${T} OK;@opens EXAMINE ../../c ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 c;send ${T} OK;@bye|a name that leads out|-f *
0|c|@hello;expect-tagged LIST "" "*";send * LIST () NIL "/tmp//cur/new\x1b[m";send ${T} OK;@opens EXAMINE /tmp//cur/new\\x1b[m ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 c;send ${T} OK;@bye|a name of controls|-f *
0|c|@hello;expect-tagged LIST "" "*";send * LIST () "/" "/cur/tmp/../new/.";send ${T} OK;@opens EXAMINE /cur/tmp/../new/. ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 c;send ${T} OK;@bye|a name of a Maildir's own|-f *
76||@hello;expect-tagged LIST "" "*";send * LIST () "/" "";send ${T} OK;expect-tagged LOGOUT|an empty name|-f *
# the prefix of all folders
0|b|@hello NAMESPACE;expect-tagged NAMESPACE;set space ${T};expect-tagged LIST "" "*";send * NAMESPACE (("b" "/")) NIL NIL;send ${space} OK;send * LIST () "/" b;send ${T} OK;@opens EXAMINE b ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 b;send ${T} OK;@bye|a prefix that is all of a name|-f *
0|b|@hello NAMESPACE;expect-tagged NAMESPACE;set space ${T};expect-tagged LIST "" "*";send * NAMESPACE (("a" "/")("a/../" NIL)) NIL NIL;send * NAMESPACE NIL NIL NIL;send ${space} OK;send * LIST () "/" "a/../b";send ${T} OK;@opens EXAMINE a/../b ALL 1 9 1;expect-tagged UID FETCH 1 ITEMS;1 1 b;send ${T} OK;@bye|one that ends within a name|-f *
76||@hello NAMESPACE;expect-tagged NAMESPACE;expect-tagged LIST "" "*";send * NAMESPACE (("a")) NIL|one without a delimiter|-f *
69||@hello NAMESPACE;expect-tagged NAMESPACE;set space ${T};expect-tagged LIST "" "*";send ${space} OK;send ${T} NO|no list at all|-f *
# compression
76||@hello COMPRESS=DEFLATE;expect-tagged COMPRESS DEFLATE;send ${T} OK;send * 0 EXISTS|what is not compressed|-o compress=yes
75||@hello COMPRESS=DEFLATE;expect-tagged COMPRESS DEFLATE;send ${T} OK;send-file bomb;send-raw \xff|twenty megabytes of blanks, and an end|-o compress=yes
76||@hello COMPRESS=DEFLATE;expect-tagged COMPRESS DEFLATE;send ${T} OK;send-file word|and of one word|-o compress=yes
0||@hello COMPRESS=DEFLATE;expect-tagged COMPRESS DEFLATE;send ${T} NO;@opens EXAMINE INBOX ALL 0 9;expect-tagged LOGOUT|none, after all|-o compress=yes
END
set +f
finish
