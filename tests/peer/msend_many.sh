# msend -m against a scripted server: one connection for many messages, and
# what becomes of each when the server refuses some or goes away.
. tests/tap.sh
. tests/peer.sh

SATCHEL_FROM=ann@example.org
export SATCHEL_FROM
for n in 1 2 3; do
	printf 'From: ann@example.org\nTo: u%s@example.org\nSubject: %s\n\n%s\n' \
		$n $n "text $n" >"$tmp/m$n"
done

hello()
{
	[ $scheme = lmtp ] && verb=LHLO || verb=EHLO
	printf 'send 220 mx.example.org\nexpect-like %s *\n' $verb
	printf 'send 250-mx.example.org\n'
	for cap; do
		echo "send 250-$cap"
	done
	echo "send 250 HELP"
}

# mail N: a message's commands in a flight
mail()
{
	printf 'expect-like MAIL FROM:<ann@*\nexpect-like RCPT TO:<u%s@*\n' $1
	chunk ' LAST'
}

# chunk LAST: one that has come whole
chunk()
{
	printf 'expect-like BDAT *%s\nexpect-data ${1}\n' "$1"
}

say()
{
	printf 'send %s\n' "$@"
}

# watched COMMAND...: which creates the file "seen" when its trace has shown a
# refusal by 552
watched()
{
	rm -f "$tmp/seen" "$tmp/trace"
	mkfifo "$tmp/trace"
	while read -r line; do
		case $line in
		"msend: < 552"*) : >"$tmp/seen" ;;
		esac
	done <"$tmp/trace" &
	"$@" 2>"$tmp/trace"
}

# try NAME STATUS TOLD MESSAGE...: plays $tmp/script; TOLD are columns 1 to 3
# and the name's last letters
try()
{
	try_name=$1 try_status=$2 try_told=$3
	shift 3
	peer_start session ${watched:+-w} <"$tmp/script"
	SATCHEL_SEND=$scheme://localhost:$peer_port
	export SATCHEL_SEND
	expect_status "$try_status" "$try_name" \
		$watched msend ${watched:+-v} -R -o tls=no $options -m "$@"
	is "$try_name: told" "$(awk -F '\t' '{ sub(/.*\//, "", $7);
		sub(/@.*/, "", $1); print $7, $1, $2, $3 }' "$tmp/out")" \
		"$try_told"
	peer_end session "$try_name: said"
	msend -p >"$tmp/queue"
}

# queued NAME STATES: in the queue, which is emptied
queued()
{
	is "$1: kept" "$(cut -f 2 "$tmp/queue" | sort | tr '\n' ' ')" "$2"
	cut -f 1 "$tmp/queue" | sort -u | while read -r id; do
		msend -d "$id"
	done
}
options= scheme=smtp watched=

{
	hello PIPELINING CHUNKING
	mail 1; echo expect RSET; mail 2; echo expect RSET; mail 3
	say '250 ok' '250 ok' '250 one' '250 reset' '250 ok' '250 ok' \
		'250 two' '250 reset' '250 ok' '250 ok' '250 three'
	echo 'expect QUIT'
} >"$tmp/script"
try "three in one flight" 0 "m1 u1 sent 250
m2 u2 sent 250
m3 u3 sent 250" "$tmp/m1" "$tmp/m2" "$tmp/m3"
queued "three in one flight" ""

{
	hello
	for n in 1 2; do
		printf 'expect-like MAIL *\nsend 250 ok\nexpect-like RCPT *\n'
		printf 'send 250 ok\nexpect DATA\nsend 354 go\nexpect-dot\n'
		echo 'send 250 done'
	done
	echo 'expect QUIT'
} >"$tmp/script"
try "two in lock step" 0 "m1 u1 sent 250
m2 u2 sent 250" "$tmp/m1" "$tmp/m2"

{
	hello PIPELINING
	printf 'expect-like %s\n' 'MAIL *' 'RCPT *' DATA
	say '250 ok' '250 ok' '354 go'
	echo expect-dot
	printf 'expect-like %s\n' RSET 'MAIL *' 'RCPT *' DATA
	say '250 done' '250 reset' '250 ok' '250 ok' '354 go'
	printf 'expect-dot\nsend 250 done\nexpect QUIT\n'
} >"$tmp/script"
try "the next behind the dot" 0 "m1 u1 sent 250
m2 u2 sent 250" "$tmp/m1" "$tmp/m2"

{
	hello PIPELINING CHUNKING
	mail 1; echo expect RSET; mail 2; echo expect RSET; mail 3
	say '250 ok' '550 5.1.1 nobody' '503 none' '250 reset' \
		'550 5.7.1 not you' '503 no' '503 no' '250 reset' \
		'250 ok' '250 ok' '250 three'
	echo 'expect QUIT'
} >"$tmp/script"
try "two of three are refused" 69 "m1 u1 refused 550
m2 u2 refused 550
m3 u3 sent 250" "$tmp/m1" "$tmp/m2" "$tmp/m3"
queued "two of three are refused" ""

# a server that takes one message a session: the others go by the next
{
	hello PIPELINING CHUNKING
	mail 1; echo expect RSET; mail 2
	say '250 ok' '250 ok' '250 one' '421 4.7.0 one is enough'
	echo accept
	hello PIPELINING CHUNKING
	mail 2
	say '250 ok' '250 ok' '250 two'
	echo 'expect QUIT'
} >"$tmp/script"
try "a session for each" 0 "m1 u1 sent 250
m2 u2 sent 250" "$tmp/m1" "$tmp/m2"
queued "a session for each" ""

# none of what stands behind a 421 was done
{
	hello PIPELINING CHUNKING
	mail 1; echo expect RSET; mail 2
	say '421 4.3.2 going down'
} >"$tmp/script"
try "421 at once" 75 "m1 u1 queued 421
m2 u2 queued 421" "$tmp/m1" "$tmp/m2"
queued "421 at once" "queued queued "

# what may have been done without an answer is unknown
{
	hello PIPELINING CHUNKING
	mail 1; echo expect RSET; mail 2; echo expect RSET; mail 3
	say '250 ok' '250 ok' '250 one' '250 reset' '250 ok' '250 ok'
	echo cut
} >"$tmp/script"
try "cut after the first answer" 76 "m1 u1 sent 250
m2 u2 unknown -
m3 u3 unknown -" "$tmp/m1" "$tmp/m2" "$tmp/m3"
queued "cut after the first answer" "unknown unknown "

# A large one that is refused at its first chunk: how far it has gone when that
# is seen, only time can tell, so that both ends are played.
{
	cat "$tmp/m1"
	head -c 600000 /dev/zero | tr '\0' x | fold -w 76
	echo
} >"$tmp/large"
no='552 5.3.4 too much'
begin_large()
{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' 'MAIL *' 'RCPT *'
	say '250 ok' '250 ok'
}

# refused_large NAME: with a script that has begun
refused_large()
{
	try "$1" 69 "large u1 refused 552
m2 u2 sent 250" "$tmp/large" "$tmp/m2"
	queued "$1" ""
}
# in its midst, as the server takes no more of it until then: what was announced
# is still sent, and no further chunk
watched=watched
{
	begin_large
	printf 'expect-like BDAT *\nsend %s\n' "$no"
	printf 'wait-file %s\nexpect-data ${1}\nexpect RSET\n' "$tmp/seen"
	mail 2
	say '250 reset' '250 ok' '250 ok' '250 two'
	echo 'expect QUIT'
} >"$tmp/script"
refused_large "a refusal seen in the chunk"
watched=
# behind all: no answer is waited for
{
	begin_large
	chunk; chunk; chunk ' LAST'; echo expect RSET; mail 2
	say "$no" '503 no' '503 no' '250 reset' '250 ok' '250 ok' '250 two'
	echo 'expect QUIT'
} >"$tmp/script"
refused_large "a refusal seen behind the last chunk"

# no more than 64 are unanswered; the last of them is refused, for it is then
# certain that RSET follows
mkdir "$tmp/window"
i=10
while [ $i -lt 80 ]; do
	cp "$tmp/m1" "$tmp/window/$i"
	i=$((i + 1))
done
{
	hello PIPELINING CHUNKING
	mail 1
	printf 'repeat 63\nexpect RSET\n'; mail 1; echo end
	printf 'repeat 63\n'; say '250 ok' '250 ok' '250 done' '250 reset'
	echo end
	say '250 ok' '550 no' '503 none'
	printf 'repeat 6\nexpect RSET\n'; mail 1; echo end
	printf 'repeat 6\n'; say '250 reset' '250 ok' '250 ok' '250 done'
	printf 'end\nexpect QUIT\n'
} >"$tmp/script"
peer_start window <"$tmp/script"
SATCHEL_SEND=smtp://localhost:$peer_port
expect_status 69 "seventy" msend -v -R -o tls=no -m "$tmp"/window/*
is "seventy: told" "$(cut -f 2 "$tmp/out" | uniq -c | tr -s ' \n' ' ')" \
	" 63 sent 1 refused 6 sent "
peer_end window "seventy: said"
is "seventy: never more than 64 on their way" "$(awk '
	$3 == "MAIL" { begun = 1 }
	begun == 0 { next }
	$2 == ">" { sent[++n] = $3; on_way += $3 == "BDAT" }
	$2 == "<" && sent[++k] == "BDAT" { on_way-- }
	on_way > most { most = on_way }
	END { print most, on_way }' "$tmp/err")" "64 0"

# LMTP has an answer to the end for each who was accepted, so that the content
# waits for the answers to RCPT; the next envelope does not wait for the end's
scheme=lmtp
for n in 1 2 3; do
	printf 'From: ann@example.org\nTo: a%s@example.org, b%s@example.org\n\n' \
		$n $n >"$tmp/l$n"
done
envelope()
{
	printf 'expect-like %s\n' 'MAIL FROM:<ann@*' "RCPT TO:<a$1@*" \
		"RCPT TO:<b$1@*"
}
{
	hello PIPELINING CHUNKING
	envelope 1
	say '250 ok' '250 ok' '250 ok'
	chunk ' LAST'; echo expect RSET; envelope 2
	say '250 a' '452 4.2.2 full' '250 reset' '250 ok' '550 nobody' '250 ok'
	chunk ' LAST'; echo expect RSET; envelope 3
	say '250 b' '250 reset' '250 ok' '550 nobody' '550 nobody'
	echo 'expect QUIT'
} >"$tmp/script"
try "LMTP, BDAT" 69 "l1 a1 sent 250
l1 b1 queued 452
l2 a2 refused 550
l2 b2 sent 250
l3 a3 refused 550
l3 b3 refused 550" "$tmp/l1" "$tmp/l2" "$tmp/l3"
queued "LMTP, BDAT" "queued sent "
{
	hello PIPELINING
	envelope 1
	say '250 ok' '250 ok' '250 ok'
	printf 'expect DATA\nsend 354 go\nexpect-dot\nexpect RSET\n'
	envelope 2
	say '250 a' '250 b' '250 reset' '250 ok' '250 ok' '250 ok'
	printf 'expect DATA\nsend 354 go\nexpect-dot\n'
	say '250 a' '250 b'
	echo 'expect QUIT'
} >"$tmp/script"
try "LMTP, DATA" 0 "l1 a1 sent 250
l1 b1 sent 250
l2 a2 sent 250
l2 b2 sent 250" "$tmp/l1" "$tmp/l2"
# what a server says to the end of a content that it refused is its own: the
# last chunk waits
{
	begin_large
	chunk; chunk
	say "$no" '503 no'
	printf 'expect RSET\nexpect-like MAIL *\nexpect-like RCPT TO:<u2*\n'
	say '250 reset' '250 ok' '250 ok'
	chunk ' LAST'
	printf 'send 250 two\nexpect QUIT\n'
} >"$tmp/script"
refused_large "LMTP: a refused chunk"
scheme=smtp

# each way to name messages; what is missing stops nothing
{
	for n in 1 2; do
		printf 'From ann@example.org Sat Nov 21 09:00:00 2026\n'
		cat "$tmp/m$n"
		echo
	done
} >"$tmp/box"
second=$(grep -n '^From ' "$tmp/box" | tail -n 1 | cut -d : -f 1)
second=$(head -n $((second - 1)) "$tmp/box" | wc -c)
send_all()
{
	{
		hello PIPELINING CHUNKING
		for n; do
			mail $n
			say '250 ok' '250 ok' '250 done'
			echo "expect ${next:-RSET}"
			say '250 reset'
		done | sed '$d' | sed '$s/.*/expect QUIT/'
	} >"$tmp/script"
}
one_by_one()
{
	{
		hello
		for n; do
			printf 'expect-like MAIL *\nsend 250 ok\n'
			printf 'expect-like RCPT TO:<u%s@*\nsend 250 ok\n' $n
			printf 'expect DATA\nsend 354 go\nexpect-dot\n'
			echo 'send 250 done'
		done
		echo 'expect QUIT'
	} >"$tmp/script"
}
one_by_one 1 2 3
try "an mbox and a file" 0 "box#0 u1 sent 250
box#$((second)) u2 sent 250
m3 u3 sent 250" "$tmp/box" "$tmp/m3"
one_by_one 2
try "a message of an mbox" 0 "box#$((second)) u2 sent 250" \
	"$tmp/box#$((second))"
one_by_one 1 2
try "one that is missing" 66 "m1 u1 sent 250
m2 u2 sent 250" "$tmp/m1" "$tmp/none" "$tmp/m2"
grep -q "none: " "$tmp/err" || echo "not named" | fail "one that is missing"
printf 'no header\n' >"$tmp/broken"
printf '%s\0' "$tmp/m1" "$tmp/m3" >"$tmp/names"
one_by_one 1 3
peer_start names <"$tmp/script"
check "names on standard input" sh -c 'msend -o tls=no -o send="$1" -m -0 <"$2"' \
	sh smtp://localhost:$peer_port "$tmp/names"
peer_end names "names on standard input: said"
printf 'To: x\0@example.org\n\n' >"$tmp/nul"
one_by_one 2
try "one with a NUL" 65 "m2 u2 sent 250" "$tmp/nul" "$tmp/m2"

# more recipients than a mail may have
{
	printf 'From: ann@example.org\nTo: '
	i=0
	while [ $i -lt 130 ]; do
		i=$((i + 1))
		printf 'r%d@example.org,\n ' $i
	done
	printf 'last@example.org\n\ntext\n'
} >"$tmp/wide"
{
	hello PIPELINING CHUNKING
	echo 'expect-like MAIL *'
	printf 'repeat 100\nexpect-like RCPT *\nend\n'
	printf 'expect-like BDAT * LAST\nexpect-data ${1}\nexpect RSET\n'
	echo 'expect-like MAIL *'
	printf 'repeat 31\nexpect-like RCPT *\nend\n'
	printf 'expect-like BDAT * LAST\nexpect-data ${1}\n'
	printf 'repeat 103\nsend 250 ok\nend\nrepeat 33\nsend 250 ok\nend\n'
	echo 'expect QUIT'
} >"$tmp/script"
peer_start wide <"$tmp/script"
SATCHEL_SEND=smtp://localhost:$peer_port
check "131 recipients" msend -R -o tls=no -m "$tmp/wide"
is "131 recipients: all sent" "$(grep -c '	sent	' "$tmp/out")" 131
peer_end wide "131 recipients: said"

# 452 after some: the rest in another mail
printf 'To: u1@example.org, u2@example.org\n\ntext\n' >"$tmp/two"
{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' 'MAIL *' 'RCPT TO:<u1*' 'RCPT TO:<u2*' \
		'BDAT * LAST'
	echo 'expect-data ${1}'
	say '250 ok' '250 ok' '452 4.5.3 too many' '250 done'
	mail 2
	say '250 ok' '250 ok' '250 done'
	echo 'expect QUIT'
} >"$tmp/script"
try "too many at a time" 0 "two u1 sent 250
two u2 sent 250" "$tmp/two"

# what the server offers and what it does not
refused_for()
{
	refused_name=$1 refused_text=$2
	shift 2
	{
		hello PIPELINING CHUNKING ${caps:-8BITMIME}
		echo 'expect QUIT'
	} >"$tmp/script"
	try "$refused_name" 69 "$(basename "$1" | sed 's/$/ u1 refused -/')" "$1"
	is "$refused_name: why" "$(cut -f 5 "$tmp/out")" "$refused_text"
	queued "$refused_name" ""
}
{
	hello PIPELINING CHUNKING 'SIZE 10'
	echo 'expect QUIT'
} >"$tmp/script"
try "too large" 69 "m1 u1 refused -" "$tmp/m1"
case $(cut -f 5 "$tmp/out") in
"the message has "*" bytes, the server takes 10") pass "too large: why" ;;
*) cut -f 5 "$tmp/out" | fail "too large: why" ;;
esac
printf 'To: u1@example.org\nSubject: x\n\nGr\303\274\303\237e\n' >"$tmp/eight"
caps=HELP
refused_for "8-bit" "the server takes no 8-bit messages (8BITMIME)" \
	"$tmp/eight"
printf 'To: u1@example.org\nSubject: \303\237\n\nx\n' >"$tmp/utf"
caps=8BITMIME
refused_for "UTF-8 in the header" "the server takes no UTF-8 in addresses and \
header (SMTPUTF8)" "$tmp/utf"
options='-o require-tls=yes'
expect_status 78 "require-tls without TLS" msend -o tls=no $options -N -m \
	"$tmp/m1"
options='-o size-max=20'
expect_status 69 "size-max" msend -o tls=no $options -m "$tmp/m1"
options='-o dsn=failure,delay'
{
	hello DSN
	printf 'expect-like MAIL *\nsend 250 ok\n'
	printf 'expect RCPT TO:<u1@example.org> NOTIFY=FAILURE,DELAY '
	printf 'ORCPT=rfc822;u1@example.org\nsend 550 no\nexpect QUIT\n'
} >"$tmp/script"
try "DSN" 69 "m1 u1 refused 550" "$tmp/m1"
expect_status 64 "DSN's words" msend -o tls=no -o dsn=sometimes -m "$tmp/m1"
options=

# nothing in a body ends it: the ways that smuggled a message through others
i=0
for case in '\n.\n' '\r.\r' '\n.\r\n' '\r\n.\n' '\r\n.\r' '\r.\n' \
	'\n\n.\r\r\n' '\r\n\r.\r\n' '.\r\n' '\n..\n'; do
	i=$((i + 1))
	{
		printf 'From: ann@example.org\r\nTo: u1@example.org\r\n\r\n'
		printf "one${case}MAIL FROM:<x@example.org>\r\n"
		printf 'RCPT TO:<u9@example.org>\r\nDATA\r\ntwo\r\n'
	} >"$tmp/smuggle$i"
done
one_by_one 1 1 1 1 1 1 1 1 1 1
sed "s|expect-dot|&\nappend $tmp/taken|" "$tmp/script" >"$tmp/script2"
mv "$tmp/script2" "$tmp/script"
peer_start smuggle <"$tmp/script"
SATCHEL_SEND=smtp://localhost:$peer_port
check "smuggling" msend -o tls=no -m "$tmp"/smuggle*
peer_end smuggle "smuggling: each is one message"
tr -d '\n' <"$peer_dir/smuggle.sent" | tr '\r' '\n' >"$tmp/lines"
is "smuggling: each line end is a CR LF" \
	"$(tr -dc '\r' <"$peer_dir/smuggle.sent" | wc -c)" \
	"$(tr -dc '\n' <"$peer_dir/smuggle.sent" | wc -c)"
is "smuggling: each dot that ends is ours" "$(grep -c '^\.$' "$tmp/lines")" 10

finish
