# mfetch -d against IMAP servers that say what nobody asked for, or what is not
# IMAP, between the bodies that they send.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh
delete=-d

lie_bodies <<'END'
# what was not asked for, between them
0|a b c|1:3|1 1 a;send * 2 FETCH (FLAGS (\\Seen));send * 3 FETCH (UID 3 FLAGS ());2 2 b;3 3 c;send ${T} OK|flags
0|a b c|1:3|1 1 a;send * 9 EXISTS;send * 4 RECENT;2 2 b;3 3 c;send * 0 EXISTS;send ${T} OK|EXISTS up and down
0|a b c|1:3|1 1 a;send * SEARCH 7 8;send * ESEARCH UID ALL 1:3;2 2 b;send * LIST () "/" x;send * STATUS INBOX (MESSAGES 0 UIDNEXT 1);send * FLAGS ();send * OK hello;send * NO really;send * X-NEW (a {3};send-raw b)c d)\r\n;3 3 c;send ${T} OK|answers to nothing
0|a b c|1:3|1 1 a;2 2 b;send * CAPABILITY IMAP4rev1 UIDPLUS STARTTLS LOGINDISABLED;3 3 c;send ${T} OK|other capabilities
0|a b c|1:3|1 1 a;send * 2 FETCH (X-A (1 "2" {1};send 3 (NIL)) ENVELOPE (NIL NIL (((())))) BODYSTRUCTURE ("a" (("b")) -1) UID 2 BODY[] "b" X-Z NIL);3 3 c;send ${T} OK|items that nobody knows
76|a||1 1 a;send * 2 FETCH (UID 2 BODY[] "b"|an answer without end
76|a||1 1 a;send * 2 FETCH UID 2 BODY[] "b"|one without a beginning
76|a||1 1 a;send * OK [UIDVALIDITY 8] new;2 2 b|another UIDVALIDITY
76|a||1 1 a;send * OK [UIDVALIDITY 0] none;2 2 b|UIDVALIDITY 0
0|a b c|1:3|1 1 a;send * PREAUTH again;2 2 b;3 3 c;send ${T} OK|PREAUTH
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
0|a b c|1:3|1 1 a;send * 2 FETCH (UID 2 BODY[] ~{1};send b);3 3 c;send ${T} OK|a literal of eight bits
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
0|a b c|1:3|1 1 a;send-raw * X\s;repeat 70000;send-raw xxxxxxxxxxxxxxx\s;end;send ;2 2 b;3 3 c;send ${T} OK|one of a megabyte of words
76|a||1 1 a;send-raw * 2 FETCH (X \s;repeat 10;send-raw (((((((((((((((;end|lists in each other
76|a||1 1 a;send-raw * 2 FETCH (FLAGS (\s;repeat 1200;send-raw xxxxxxxxxxxxxxx\s;end|flags without end
END
finish
