# msend against a scripted server: each outcome has its exit status, and the
# queue keeps what may be sent again and nothing else.
. tests/tap.sh
. tests/peer.sh
peer_certs

SATCHEL_FROM=ann@example.org
export SATCHEL_FROM
echo "Hello" >"$tmp/body"
to=bob@example.org

# hello CAPABILITY...: the script's beginning
hello()
{
	printf 'send 220 mx.example.org ESMTP\nexpect-like EHLO *\n'
	printf 'send 250-mx.example.org\n'
	for cap; do
		echo "send 250-$cap"
	done
	echo "send 250 HELP"
}

# says COMMAND REPLY...: what is said in lock step, pairs of lines
says()
{
	while [ $# -gt 1 ]; do
		printf 'expect-like %s\nsend %s\n' "$1" "$2"
		shift 2
	done
}

# bye: the script's end
bye()
{
	says QUIT '221 bye'
}

# try NAME STATUS OUTCOME [ARGUMENT...]: plays $tmp/script; OUTCOME is what -R
# tells, its columns 2 to 4, a line a recipient
try()
{
	try_name=$1 try_status=$2 try_outcome=$3
	shift 3
	peer_start session ${tls:+-t} <"$tmp/script"
	SATCHEL_SEND=$scheme://${user:+$user@}localhost:$peer_port
	export SATCHEL_SEND
	expect_status "$try_status" "$try_name" sh -c \
		'body=$1; shift; exec $with msend "$@" <"$body"' sh "$tmp/body" \
		-R $options "$@"
	is "$try_name: told" "$(cut -f 2-4 "$tmp/out" | tr '\t' ' ')" \
		"$try_outcome"
	peer_end session "$try_name: said"
	msend -p >"$tmp/queue"
}

# queued NAME STATES: what is in the queue, a word a recipient; it is emptied
queued()
{
	is "$1: kept" "$(cut -f 2 "$tmp/queue" | tr '\n' ' ')" "$2"
	cut -f 1 "$tmp/queue" | sort -u | while read -r id; do
		msend -d "$id"
	done
}

scheme=smtp options='-o tls=no' user= with=
export with
mail='MAIL FROM:<ann@example.org>*' rcpt="RCPT TO:<$to>"

{
	hello
	says "$mail" '250 ok' "$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsave %s\n' "$tmp/got"
	echo "send 250 2.0.0 queued"
	bye
} >"$tmp/script"
try "lock step, DATA" 0 "sent 250 2.0.0" $to
is "the content came" "$(sed '1,/^.$/d' "$tmp/got" | tr -d '\r')" "Hello"

{
	hello PIPELINING
	printf 'expect-like %s\n' "$mail" "$rcpt" DATA
	printf 'send %s\n' '250 ok' '250 ok' '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
try "pipelined, DATA" 0 "sent 250 -" $to

{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' "$mail" "$rcpt" 'BDAT * LAST'
	printf 'expect-data ${1}\n'
	printf 'send %s\n' '250 ok' '250 ok' '250 done'
	bye
} >"$tmp/script"
try "one flight, BDAT" 0 "sent 250 -" $to

{
	hello CHUNKING
	says "$mail" '250 ok' "$rcpt" '250 ok'
	printf 'expect-like BDAT * LAST\nexpect-data ${1}\nsend 250 done\n'
	bye
} >"$tmp/script"
try "lock step, BDAT" 0 "sent 250 -" $to

{
	hello PIPELINING
	printf 'split 1\n'
	printf 'expect-like %s\n' "$mail" "$rcpt" DATA
	printf 'send %s\n' '250-o' '250 k' '250 ok' '354 go'
	printf 'expect-dot\nsend 250 done\nsplit 0\n'
	bye
} >"$tmp/script"
try "answers byte by byte" 0 "sent 250 -" $to

{
	hello
	says "$mail" '550 5.7.1 not you'
	bye
} >"$tmp/script"
try "a sender that is refused" 69 "refused 550 5.7.1" $to
queued "a sender that is refused" ""

{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' "$mail" 'RCPT TO:<a@*' 'RCPT TO:<b@*' \
		'RCPT TO:<c@*' 'BDAT * LAST'
	printf 'expect-data ${1}\n'
	printf 'send %s\n' '250 ok' '250 ok' '550 5.1.1 no such user' \
		'451 4.7.1 greylisted' '250 2.0.0 done'
	bye
} >"$tmp/script"
try "one of three is refused, one later" 69 "sent 250 2.0.0
refused 550 5.1.1
queued 451 4.7.1" a@example.org b@example.org c@example.org
queued "one of three is refused, one later" "sent refused queued "

{
	hello
	says "$mail" '250 ok' "$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 554 5.7.1 spam\n'
	bye
} >"$tmp/script"
try "a content that is refused" 69 "refused 554 5.7.1" $to
queued "a content that is refused" ""

{
	hello
	says "$mail" '250 ok' "$rcpt" '450 4.2.1 later'
	bye
} >"$tmp/script"
try "a recipient that cannot now" 75 "queued 450 4.2.1" $to
queued "a recipient that cannot now" "queued "

{
	hello
	says "$mail" '421 4.3.2 shutting down'
	echo close
} >"$tmp/script"
try "421" 75 "queued 421 4.3.2" $to
queued "421" "queued "

echo "send 421 4.3.2 too busy" >"$tmp/script"
try "421 at once" 75 "queued - -" $to
queued "421 at once" "queued "

{
	hello
	says "$mail" '250 ok'
	printf 'expect-like %s\ncut\n' "$rcpt"
} >"$tmp/script"
try "cut before the content" 75 "queued - -" $to
queued "cut before the content" "queued "

for how in cut close reset; do
	{
		hello PIPELINING
		printf 'expect-like %s\n' "$mail" "$rcpt" DATA
		printf 'send %s\n' '250 ok' '250 ok' '354 go'
		printf 'expect-dot\n%s\n' $how
	} >"$tmp/script"
	try "$how, no answer after the content" 76 "unknown - -" $to
	queued "$how, no answer after the content" "unknown "
done

# what is unknown stays so, is told each time and goes out only by its name
{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' "$mail" "$rcpt" 'BDAT * LAST'
	printf 'expect-data ${1}\nstall\n'
} >"$tmp/script"
try "silence after the content" 76 "unknown - -" -o timeout=1 $to
id=$(cut -f 1 "$tmp/queue")
SATCHEL_SEND=smtp://localhost:1
expect_status 76 "-q tells of it" msend $options -q
is "by its id" "$(cut -d : -f 2,3 "$tmp/err")" " $to: unknown ($id)"
{
	hello
	says "$mail" '250 ok' "$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
peer_start again <"$tmp/script"
SATCHEL_SEND=smtp://localhost:$peer_port
check "-q id sends it again" msend $options -q "$id"
peer_end again "-q id: said"
msend -p >"$tmp/queue"
queued "-q id" ""

# a signal while the answer is awaited: dies by it, and the queue knows
{
	hello PIPELINING CHUNKING
	printf 'expect-like %s\n' "$mail" "$rcpt" 'BDAT * LAST'
	printf 'expect-data ${1}\nmark %s\nstall\n' "$tmp/has-it"
} >"$tmp/script"
peer_start signal <"$tmp/script"
msend -o send=smtp://localhost:$peer_port $options $to <"$tmp/body" \
	2>"$tmp/err" &
msend_pid=$!
await $msend_pid test -e "$tmp/has-it"
id=$(msend -p | cut -f 1)
expect_status 75 "-q of what is being sent" msend $options -q "$id"
expect_status 75 "-d of what is being sent" msend -d "$id"
expect_status 66 "-q of what is not there" msend $options -q "x$id"
kill $msend_pid
wait $msend_pid
is "a signal after the content" $? 143
peer_end signal "a signal after the content: said"
msend -p >"$tmp/queue"
queued "a signal after the content" "unknown "

{
	hello
	says "$mail" '250 ok' "$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\nexpect QUIT\ncut\n'
} >"$tmp/script"
try "QUIT is not answered" 0 "sent 250 -" $to
queued "QUIT is not answered" ""

{
	hello
	printf 'expect-like %s\nsend 250 ok\nsend 250 ok\nsend 250 ok\n' "$mail"
	printf 'cut\n'
} >"$tmp/script"
try "answers ahead of the commands" 75 "queued - -" $to
queued "answers ahead of the commands" "queued "

# log-in and TLS
user=ann
SATCHEL_PASSWORD=secret
export SATCHEL_PASSWORD
{
	hello 'AUTH PLAIN LOGIN'
	says 'AUTH PLAIN AGFubgBzZWNyZXQ=' '235 in' "$mail" '250 ok' \
		"$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
try "log-in" 0 "sent 250 -" $to

{
	hello 'AUTH PLAIN LOGIN'
	says 'AUTH LOGIN' '334 VXNlcm5hbWU6' 'YW5u' '334 UGFzc3dvcmQ6' \
		'c2VjcmV0' '235 in' "$mail" '550 no'
	bye
} >"$tmp/script"
try "log-in by LOGIN" 69 "refused 550 -" -o auth=LOGIN $to

{
	hello 'AUTH PLAIN'
	says 'AUTH PLAIN *' '535 5.7.8 wrong'
	bye
} >"$tmp/script"
try "a wrong password" 77 "refused - -" $to
queued "a wrong password" ""

{
	hello 'AUTH PLAIN'
	says 'AUTH PLAIN *' '454 4.7.0 not now'
	bye
} >"$tmp/script"
try "a log-in that cannot now" 75 "queued - -" $to
queued "a log-in that cannot now" "queued "

{
	hello
	bye
} >"$tmp/script"
try "a server without AUTH" 77 "refused - -" $to
queued "a server without AUTH" ""

tls=1 scheme=smtps options="-o tls-ca=$peer_dir/ca.pem"
{
	hello 'AUTH PLAIN'
	says 'AUTH PLAIN AGFubgBzZWNyZXQ=' '235 in' "$mail" '250 ok' \
		"$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
try "implicit TLS" 0 "sent 250 -" $to
tls= scheme=smtp
{
	hello STARTTLS
	says STARTTLS '220 go'
	echo tls
	printf 'expect-like EHLO *\nsend 250-mx\nsend 250 AUTH PLAIN\n'
	says 'AUTH PLAIN AGFubgBzZWNyZXQ=' '235 in' "$mail" '250 ok' \
		"$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
try "STARTTLS" 0 "sent 250 -" $to
{
	hello 'AUTH PLAIN'
	echo stall
} >"$tmp/script"
peer_start nostarttls <"$tmp/script"
SATCHEL_SEND=smtp://ann@localhost:$peer_port
expect_status 77 "a server without STARTTLS" msend $options $to
peer_end nostarttls "a server without STARTTLS: no secret was said"
grep -i auth "$peer_dir/nostarttls.sent" | none "a server without STARTTLS"
unset SATCHEL_PASSWORD
user=

# in the clear only where the account says so; 127.1 is not known as loopback
export SATCHEL_PASSWORD=secret
SATCHEL_SEND=smtp://ann@127.1:9
expect_status 78 "no TLS" msend -N -o tls=no $to
{
	hello 'AUTH PLAIN'
	says 'AUTH PLAIN AGFubgBzZWNyZXQ=' '235 in' "$mail" '250 ok' \
		"$rcpt" '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	bye
} >"$tmp/script"
peer_start insecure <"$tmp/script"
SATCHEL_SEND=smtp://ann@127.1:$peer_port
check "insecure = yes, and asked for" msend -N -o tls=no -o insecure=yes \
	-o auth=plain $to
peer_end insecure "insecure = yes, and asked for: said"
{
	hello 'AUTH PLAIN LOGIN'
	echo stall
} >"$tmp/script"
peer_start insecure <"$tmp/script"
SATCHEL_SEND=smtp://ann@127.1:$peer_port
expect_status 77 "insecure = yes alone shows no secret" \
	msend -N -o tls=no -o insecure=yes $to
peer_end insecure "insecure = yes alone: nothing more is said"
unset SATCHEL_PASSWORD

# a signal before the server has said a word
printf 'expect-data 1\nmark %s\nstall\n' "$tmp/shaking" >"$tmp/script"
peer_start shaking <"$tmp/script"
SATCHEL_SEND=smtps://localhost:$peer_port
msend $options $to <"$tmp/body" >"$tmp/out" 2>"$tmp/err" &
pid=$!
await $pid test -e "$tmp/shaking"
kill -TERM $pid
wait $pid
is "TERM in the handshake: kills" $? 143
peer_end shaking "TERM in the handshake: the server sees it go"
msend -p >"$tmp/queue"
queued "TERM in the handshake" "queued "

# the spool fails when the first of two has it: told, and kept for the second
scheme=smtp options='-o tls=no'
{
	hello 'LIMITS RCPTMAX=1'
	says "$mail" '250 ok' 'RCPT TO:<b@*' '250 ok' DATA '354 go'
	printf 'expect-dot\nsend 250 done\n'
	says "$mail" '250 ok' 'RCPT TO:<c@*' '250 ok' DATA '354 go'
} >"$tmp/script"
cp "$tmp/script" "$tmp/begun"
{
	printf 'expect-dot\nsend 250 done\n'
	bye
} >>"$tmp/script"
with="env LD_PRELOAD=$top/tests/crash/shim.so SHIM_LOG=$tmp/calls"
try "two, one by one" 0 "sent 250 -
sent 250 -" b@example.org c@example.org
at=$(awk -F '\t' '/RCPT TO:<c@/ { seen = 1 }
	seen && $2 == "d" && $3 == "sync" { print $1; exit }' "$tmp/calls")
{
	cat "$tmp/begun"
	echo expect-eof
} >"$tmp/script"
with="$with SHIM_AT=$at SHIM_DO=EIO"
try "a spool that fails between two" 75 "sent 250 -
queued - -" b@example.org c@example.org
with=
queued "a spool that fails between two" "sent queued "

# LMTP, over a stream
scheme=lmtp options='-o tls=no'
{
	printf 'send 220 mx LMTP\nexpect-like LHLO *\n'
	printf 'send 250-mx\nsend 250 PIPELINING\n'
	printf 'expect-like %s\n' "$mail" 'RCPT TO:<b>' 'RCPT TO:<c>'
	printf 'send %s\n' '250 ok' '250 ok' '250 ok'
	says DATA '354 go'
	printf 'expect-dot\nsend 250 one\nsend 452 4.2.2 full\n'
	bye
} >"$tmp/script"
try "LMTP: one answer each" 75 "sent 250 -
queued 452 4.2.2" b c
queued "LMTP: one answer each" "sent queued "

finish
