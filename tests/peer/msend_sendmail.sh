# sendmail's flags for delivery reports, as they reach the server.
. tests/tap.sh
. tests/peer.sh

mkdir "$tmp/sbin"
ln -s "$top/bin/msend" "$tmp/sbin/sendmail"
PATH=$tmp/sbin:$PATH
SATCHEL_FROM=ann@example.org
export SATCHEL_FROM

# play NAME CAPABILITY MAIL RCPT FLAG...: what is said of sender and recipient
play()
{
	play_name=$1
	peer_start session <<E
send 220 mx.example.org ESMTP
expect-like EHLO *
send 250-mx.example.org
send 250 $2
expect-like MAIL FROM:$3
send 250 ok
expect-like RCPT TO:$4
send 250 ok
expect DATA
send 354 go
expect-until \\r\\n.\\r\\n
send 250 ok
expect QUIT
send 221 bye
E
	shift 4
	SATCHEL_SEND=smtp://localhost:$peer_port
	export SATCHEL_SEND
	check "$play_name" sh -c 'echo x | sendmail "$@"' sh -o tls=no -i "$@" \
		bob@example.org
	peer_end session "$play_name: said"
}

rcpt='<bob@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@example.org'
play "all of them" DSN '<ann@example.org> RET=HDRS ENVID=a+2Bb' "$rcpt" \
	-N failure,delay -R hdrs -V a+b
play "none is asked for" DSN '<ann@example.org>' '<bob@example.org>'
play "no such server" 8BITMIME '<ann@example.org>' '<bob@example.org>' \
	-N never -R full -V x
play "the null sender" DSN '<>' '<bob@example.org>' -f '<>'

finish
