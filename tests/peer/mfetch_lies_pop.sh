# mfetch -d against POP3 servers that lie: what is taken, what is deleted.

. tests/tap.sh
. tests/peer.sh
. tests/peer_lies.sh
said_by=pop delete=-d

# fetch OPTION...
fetch()
{
	mfetch $delete -o tls=no -o timeout=2 "$@" "pop3://ann@localhost:$peer_port"
}

# pop_listed UIDL LIST: the answers, whose entries a comma parts
pop_listed()
{
	printf 'expect UIDL\nexpect LIST\nsend +OK\n'
	[ -z "$1" ] || printf '%s\n' "$1" | tr ',' '\n' | sed 's/^/send /'
	printf 'send .\nsend +OK\n'
	[ -z "$2" ] || printf '%s\n' "$2" | tr ',' '\n' | sed 's/^/send /'
	echo 'send .'
}

# pop_mail TEXT...: of messages 1, 2...
pop_mail()
{
	seq "$#" | sed 's/^/expect RETR /'
	for text in "$@"; do
		printf 'send +OK\nsend %s\nsend .\n' "$text"
	done
}

# pop_dele NUMBER...: in one flight
pop_dele()
{
	printf 'expect DELE %s\n' "$@"
	printf 'send +OK gone%.0s\n' "$@"
}

pop_bye()
{
	printf 'expect QUIT\nsend +OK\n'
}

# before the log-in, or without one
while IFS='|' read -r status mail lines name; do
	{
		said "$lines"
		lies_last "$lines"
	} | lie "$status" "$mail" "$name"
done <<'END'
75||send-raw +OK hel;cut|an end within the greeting
76||send +OKAY;send what|an answer to nothing
76||send * OK [CAPABILITY IMAP4rev1] hi|another protocol
76||repeat 600;send-raw xxxxxxxxxxxxxxxx;end|a greeting without end
76||send +OK;expect CAPA;send +OK;repeat 1200;send X-AAAAAAAAAAAA;end|CAPA without end
75||send +OK;expect CAPA;send +OK;send SASL PLAIN;cut|CAPA that is cut
76||send +OK;expect CAPA;send maybe|no answer to CAPA
77||send +OK;expect CAPA;send +OK;send SASL PLAIN;send .;expect AUTH PLAIN AGFubgBzZWNyZXQ=;send -ERR no|a log-in that is refused
76||send +OK;expect CAPA;send +OK;send SASL PLAIN;send .;send +OK you are in|one that is let in before it asks
76||send +OK;expect CAPA;send +OK;send SASL PLAIN;send .;expect AUTH PLAIN AGFubgBzZWNyZXQ=;send + !!|a challenge that is not base64
END

# what is said once it is in
while IFS='|' read -r status mail lines name; do
	case $status in
	'#'*) continue ;;
	esac
	{
		said 'send +OK;expect CAPA;send +OK;send SASL PLAIN'
		said 'send PIPELINING;send .;expect AUTH PLAIN AGFubgBzZWNyZXQ='
		said "send +OK;$lines"
		lies_last "$lines"
	} | lie "$status" "$mail" "$name"
done <<'END'
0|a b|@listed "1 x,2 y" "1 3,2 3";@mail a b;@dele 1 2;@bye|the truth
# what is listed
76||@listed "2 x,1 y" "1 3,2 3"|UIDL in no order
76||@listed "1 x,1 y" "1 3,2 3"|UIDL of one message twice
76||@listed "1 x,2 y" "2 3,1 3"|LIST in no order
76||@listed "1 x,2 y" "1 3,1 4"|LIST of one message twice
76||@listed "0 x" "1 3"|the number 0
76||@listed "4294967296 x" "1 3"|a number over 32 bits
76||@listed "-1 x" "1 3"|a number below 0
76||@listed "x" "1 3"|no number
76||@listed "1" "1 3"|no UIDL
76||@listed "1 \\s" "1 3"|a UIDL of a blank
76||@listed "1 \\xff" "1 3"|a UIDL of eight bits
76||@listed "1 $(printf %0513d 0)" "1 3"|a UIDL of 513 bytes
0|a|@listed "1 $(printf %071d 0)" "1 3";@mail a;@dele 1;@bye|one of 71
76||@listed "1 x" "1 -3"|a size below 0
76||@listed "1 x" "1 9223372036854775808"|a size of 2^63
0|a|@listed "1 x" "1 9223372036854775807";@mail a;@dele 1;@bye|the greatest size
0|a b|@listed "1 x,2 y" "1 3";@mail a b;@dele 1 2;@bye|one without a size
76|a|@listed "1 x" "1 3,2 3";@mail a;@dele 1;@bye|one without a UIDL
69|a|@listed "1 x,2 y" "1 3";expect RETR 1;expect RETR 2;send +OK;send a;send .;send -ERR no such;@dele 1;@bye|one that is not there
75||@listed "1 x" "1 3";cut|an end after the lists
75||expect UIDL;expect LIST;send +OK;send 1 x;cut|an end within them
76||expect UIDL;expect LIST;send +OK;repeat 600;send-raw xxxxxxxxxxxxxxxx;end|a line without end
69||expect UIDL;expect LIST;send +OK;send .;send -ERR what|no LIST
0||@listed "" "";@bye|nothing at all
# what comes
75|b|@listed "1 x,2 y" "1 3,2 3";expect RETR 1;expect RETR 2;send +OK;send .;send +OK;send b;send .;@dele 2;@bye|one that is empty
0| b|@listed "1 x,2 y" "1 0,2 3";expect RETR 1;expect RETR 2;send +OK;send .;send +OK;send b;send .;@dele 1 2;@bye|one that may be
0|a b|@listed "1 x,2 y" "1 999,2 0";@mail a b;@dele 1 2;@bye|sizes that are not theirs
69|a c|@listed "1 x,2 y,3 z" "1 3,2 3,3 3";expect RETR 1;expect RETR 2;expect RETR 3;send +OK;send a;send .;send -ERR;send +OK;send c;send .;@dele 1 3;@bye|-ERR in a flight
75|a|@listed "1 x,2 y" "1 3,2 3";expect RETR 1;expect RETR 2;send +OK;send a;send .;send +OK;send half;cut|no final dot
75|a|@listed "1 x,2 y" "1 3,2 3";expect RETR 1;expect RETR 2;send +OK;send a;send .;send +OK;send-raw half\r\n.;cut|half of one
75|a|@listed "1 x,2 y" "1 3,2 3";expect RETR 1;expect RETR 2;send +OK;send a;send .;send +OK;send-raw half\r\n.\r;cut|more of it
76|a|@listed "1 x,2 y" "1 3,2 3";expect RETR 1;expect RETR 2;send +OK;send a;send .;send half|a message without an answer
76|a|@listed "1 x" "1 3";@mail a;send +OK;send b;send .|a message that was not asked for
# what is deleted
69|a b|@listed "1 x,2 y" "1 3,2 3";@mail a b;expect DELE 1;expect DELE 2;send -ERR no;send +OK;@bye|one that is kept
76|a|@listed "1 x" "1 3";@mail a;expect DELE 1;send gone|no answer to DELE
75|a|@listed "1 x" "1 3";@mail a;expect DELE 1;send +OK;expect QUIT;cut|an end at QUIT
75|a|@listed "1 x" "1 3";@mail a;expect DELE 1;send +OK;expect QUIT;stall|QUIT that is never answered
69|a|@listed "1 x" "1 3";@mail a;expect DELE 1;send +OK;expect QUIT;send -ERR some are left|QUIT that is refused
END

# dots: what comes, and what it is on disk
printf '.\n..\n. \n .\n.\r.\n..x\na\n.\nb\nc\r\n' >want
said "send +OK;expect CAPA;send -ERR;expect USER ann;send +OK;expect PASS secret
send +OK;expect UIDL;send +OK;send 1 x;send .;expect LIST;send +OK;send 1 40
send .;expect RETR 1;send +OK;send ..;send ...;send .. ;send  .
send-raw ..\\r.\\r\\n;send ...x;send-raw a\\n.\\nb\\r\\n;send c\\r;send .
expect DELE 1;send +OK;@bye" >script
rm -rf mail home
peer_start dots <script
check "dots" fetch
peer_end dots "and nothing but dots"
check "are as they were" cmp want "$(cat out)"

# UIDLs that are not told are not forgotten: nothing comes twice
hello='send +OK;expect CAPA;send +OK;send SASL PLAIN;send PIPELINING;send .
expect AUTH PLAIN AGFubgBzZWNyZXQ=;send +OK'
{
	said "$hello;@listed '1 x,2 y' '1 3,2 3';@mail a b;@bye;accept"
	said "$hello;@listed '1 y' '1 3,2 3';@bye;accept"
	said "$hello;@listed '1 x,2 y' '1 3,2 3';@bye"
} >script
rm -rf mail home
peer_start forgets <script
delete=
check "two" fetch
expect_status 76 "of one the UIDL is not told" fetch
check "then it is again" fetch
is "and is not fetched again" "$(contents)" "a b "
peer_end forgets "nor asked for"
finish
