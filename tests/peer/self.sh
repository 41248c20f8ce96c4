# The scripted server against itself as the client, and against openssl: it
# takes what its script expects, and fails at whatever else a client does.

. tests/tap.sh
. tests/peer.sh
peer_certs

peer=$top/tests/peer/peer
ca=$peer_dir/ca.pem
cd "$tmp" || exit 1

# two OPTIONS <SCRIPTS: a server and a client, which plays what comes after a
# line of four dashes; the words of OPTIONS are for both.  The file "gone" is
# there once the server is not.
two()
{
	awk -v to=server '/^----$/ { to = "client"; next } { print >to }'
	rm -f gone
	peer_start two $1 <server
	"$peer" -j "$peer_port" -C "$ca" $1 client 2>client.err &
	client_pid=$!
	peer_status two
	server=$?
	: >gone
	wait $client_pid
	client=$?
	server_said= client_said=
	read -r server_said <"$peer_dir/two.err"
	server_said=${server_said#"peer: $peer_dir/two.script:"}
	read -r client_said <client.err
	client_said=${client_said#"peer: client:"}
}

# agree NAME [OPTIONS]: both are content
agree()
{
	two "$2"
	is "$1" "$server $client $server_said$client_said" "0 0 "
}

# server_says NAME LINE [OPTIONS]: the client deviated, and it says so
server_says()
{
	two "$3"
	is "$1" "$server $server_said" "1 $2"
}

# client_says NAME LINE [OPTIONS]: the server is content, the client hears it
client_says()
{
	two "$3"
	is "$1" "$server $client $client_said" "0 1 $2"
}

printf 'one\n.two\r\n..\n\nlast' >lines
printf 'a\0b\r\n)\377' >bytes
printf 'one\r\n..two\r\n...\r\n\r\nlast\r\n.\r\n' >stuffed
printf 'one\r\n.two\r\n..\r\n\r\nlast\r\n' >unstuffed
cat bytes unstuffed >data.want
printf 'x\r\n--en' >until.want
dd if=/dev/zero of=big bs=65536 count=64 2>/dev/null

cat >server.all <<'END'
send * OK ready
any-order
expect-tagged CAPABILITY
expect NOOP \$5 *
end
expect-tagged-like LOGIN * "*\*"
set login ${T}
expect-like * UID FETCH 1:\* (*)
send ${login} OK ${1}
send-literal bytes
send )
repeat 2
	repeat 2
	send-raw ${n}
	end
send -${n}
end
repeat 0
expect never
end
expect-like BDAT * LAST
expect-data ${1}
save data
expect-dot
append data
expect-until \r\n--end\0
save until
send-file lines
send-dot lines
expect QUIT
expect-eof
END
cat >client.all <<'END'
expect * OK ready
send NOOP \$5 *
send A1 CAPABILITY
send A2 LOGIN ann "s\x65cret*"
send A3 UID FETCH 1:* (FLAGS)
expect A2 OK A3
expect {7}
expect-data 7
save literal
expect )
expect 12-1
expect 12-2
send BDAT 7 LAST
send-file bytes
send-dot lines
send-raw x\r\n--en\r\n--end\0
expect-data 18
save file
expect-until \r\n.\r\n
save dot
send QUIT
END

# everything NAME FIRST [OPTIONS]: all commands, after the line FIRST
everything()
{
	rm -f data until literal file dot
	{
		echo "$2"
		cat server.all
		echo ----
		echo "$2"
		cat client.all
	} >scripts
	agree "$1" "$3" <scripts
	for kept in data:data.want until:until.want literal:bytes file:lines; do
		cmp "${kept%:*}" "${kept#*:}" 2>&1
	done >differ
	printf '\r\n.\r\n' | cat dot - | cmp - stuffed >>differ 2>&1
	none "$1: the bytes" <differ
}

everything "in clear" ""
everything "in clear, byte by byte" "split 1"
everything "implicit TLS" "" -t
everything "implicit TLS, byte by byte" "split 1" -t

agree "STARTTLS" <<'END'
split 1
expect STARTTLS
send 220 go ahead
tls
expect EHLO
send 250 ok
----
send STARTTLS
expect 220 go ahead
tls
send EHLO
expect 250 ok
END
agree "what is injected before TLS arrives in clear" <<'END'
expect STARTTLS
send 220 go ahead
send 250 injected
tls
expect EHLO
----
send STARTTLS
expect 220 go ahead
expect 250 injected
tls
send EHLO
END
server_says "commands in clear after STARTTLS" \
	'3: the client goes on in clear' <<'END'
expect STARTTLS
send 220 go ahead
tls
----
send STARTTLS
send EHLO
expect 220 go ahead
END

server_says "another line" '1: expected "QUIT": got "quit"' <<'END'
expect QUIT
----
send quit
END
server_says "another line, under TLS" '1: expected "QUIT": got "quit"' \
	-t <<'END'
expect QUIT
----
send quit
END
server_says "another line than the pattern's" \
	'1: expected "RCPT TO:<*>": got "RCPT TO:<\x1b\">x"' <<'END'
expect-like RCPT TO:<*>
----
send RCPT TO:<\x1b">x
END
server_says "no tag" '1: expected "NOOP": got " NOOP"' <<'END'
expect-tagged NOOP
----
send \sNOOP
END
server_says "one line twice" \
	'1: expected a line of any-order: got "A"' <<'END'
any-order
expect A
expect B
end
----
send A
send A
END
server_says "a bare LF" \
	'1: expected "QUIT": a line not ended by CR LF: got "QUIT\n"' <<'END'
expect QUIT
----
send-raw QUIT\n
END
server_says "more than the script has" \
	'1: expected the client'\''s end, got "NOOP\r\n"' <<'END'
expect QUIT
----
send QUIT
send NOOP
END
server_says "more than its end" \
	'1: expected the client'\''s end: got "NOOP\r\n"' <<'END'
expect-eof
----
send NOOP
END
server_says "a client that leaves early" \
	'1: expected "QUIT": got only "QUI": the client closed the connection' \
	<<'END'
expect QUIT
----
send-raw QUI
END
server_says "too few bytes" \
	'1: expected 4 bytes: got only "1": the client closed the connection' \
	<<'END'
expect-data 4
----
send-raw 1
END
server_says "a client that says nothing" \
	'2: expected "QUIT": nothing came for 50 ms' <<'END'
timeout 50
expect QUIT
----
expect-eof
END
server_says "a client that does not leave after the end" \
	'3: the client did not go away for 50 ms' <<'END'
timeout 50
send BYE
close
----
expect BYE
wait-file gone
END
server_says "a client that reads nothing" \
	'3: the client read nothing for 50 ms' <<'END'
timeout 50
repeat 16
send-file big
end
----
flush
wait-file gone
END
agree "two that talk at once never lock up" <<'END'
repeat 4
send-file big
end
expect-data 16777216
----
repeat 4
send-file big
end
expect-data 16777216
END
agree "two that talk at once never lock up, under TLS" -t <<'END'
repeat 4
send-file big
end
expect-data 16777216
----
repeat 4
send-file big
end
expect-data 16777216
END

client_says "close is a proper end" \
	'2: expected "more": the client closed the connection' <<'END'
send BYE
close
----
expect BYE
expect more
END
client_says "close is a proper end, under TLS" \
	'2: expected "more": the client closed the connection' -t <<'END'
send BYE
close
----
expect BYE
expect more
END
client_says "cut is an end" \
	'3: expected "more": the client closed the connection' <<'END'
send BYE
cut
----
expect BYE
send what it says now does not matter
expect more
END
client_says "reset" \
	'2: expected "more": the client is gone: Connection reset by peer' \
	<<'END'
send BYE
reset
----
expect BYE
expect more
END
client_says "stall, until the client has had enough" \
	'4: expected "more": nothing came for 50 ms' <<'END'
expect NOOP
stall
----
timeout 50
send NOOP
send NOOP
expect more
END
server_says "a client that does not leave a stall" \
	'2: the client did not go away for 50 ms' <<'END'
timeout 50
stall
----
send NOOP
wait-file gone
END

agree "one connection after the other" <<'END'
expect one
accept
expect two
cut
accept
expect three
----
send one
accept
send two
expect-eof
accept
send three
END
agree "the script over again" "-n 3" <<'END'
expect-like HELO *
send 250 ${1}
----
send HELO there
expect 250 there
END
server_says "a client that does not come" '3: no connection came' <<'END'
expect one
timeout 50
accept
----
send one
END
client_says "after the last connection none is taken" \
	'3: Connection refused' <<'END'
expect one
stall
----
send one
flush
accept
END

peer_start late <<'END'
expect ready
mark reached
wait-file go
send go
expect-eof
END
cat >client <<'END'
send ready
expect go
END
"$peer" -j "$peer_port" client 2>client.err &
pid=$!
await $pid test -e reached
kill -0 $pid
is "the server waits for the test" $? 0
: >go
wait $pid
is "and goes on with it" "$? $(cat client.err)" "0 "
peer_end late "and ends well"
is "the transcript" "$(od -c <"$peer_dir/late.sent")" \
	"$(printf 'ready\r\n' | od -c)"

# what is sent ahead of the script
dd if=/dev/zero of=ahead bs=1000 count=200 2>/dev/null
peer_start narrow -w <<'END'
expect-data 1
wait-file over
stall
END
printf 'timeout 100\nsend-file ahead\n' >client
"$peer" -j "$peer_port" client 2>client.err
is "200 KB do not go ahead" "$? $(cat client.err)" \
	"1 peer: client:2: the client read nothing for 100 ms"
: >over
peer_end narrow "200 KB do not go ahead: the server"

# handshake NAME SERVER CLIENT: the exit statuses and what openssl said
handshake()
{
	cat >script
	peer_start shake -c "$peer_dir/$2.pem" -k "$peer_dir/$2.key" <script
	openssl s_client -connect "localhost:$peer_port" -CAfile "$ca" \
		-verify_return_error -verify_hostname localhost -quiet \
		$3 </dev/null >said 2>openssl.err
	client=$?
	peer_end shake "$1: the server"
}

handshake "openssl speaks" server <<'END'
tls
send hello
END
is "openssl speaks" "$client $(cat said)" "0 $(printf 'hello\r')"
handshake "openssl speaks, byte by byte" server <<'END'
tls
split 1
send hello
END
is "openssl speaks, byte by byte" "$client $(cat said)" \
	"0 $(printf 'hello\r')"
handshake "openssl does STARTTLS" server "-starttls imap" <<'END'
send * OK ready
expect-tagged CAPABILITY
send * CAPABILITY IMAP4rev1 STARTTLS
send ${T} OK done
expect-tagged STARTTLS
send ${T} OK go ahead
tls
send hello
END
is "openssl does STARTTLS" "$client $(cat said)" "0 $(printf 'hello\r')"
handshake "openssl hears a cut" server <<'END'
tls
send hello
cut
END
is "openssl hears a cut" "$client $(grep -c 'unexpected eof' openssl.err)" \
	"1 1"
for name in name expired foreign; do
	handshake "openssl refuses the certificate \"$name\"" $name <<'END'
tls refused
END
	is "openssl refuses the certificate \"$name\"" $client 1
done
server_says "a handshake that should have been refused" \
	'1: expected a refused handshake; the client took it' <<'END'
tls refused
----
tls
END
peer_start mutual -t -C "$ca" <<'END'
send hello
END
echo 'expect hello' >client
"$peer" -t -j "$peer_port" -C "$ca" -c "$peer_dir/client.pem" \
	-k "$peer_dir/client.key" client 2>client.err
is "a client's certificate" "$? $(cat client.err)" "0 "
peer_end mutual "a client's certificate: the server"
peer_start mutual -t -C "$ca" <<'END'
send hello
END
"$peer" -t -j "$peer_port" -C "$ca" client 2>client.err
is "no client's certificate" $? 1
peer_status mutual
is "no client's certificate: the server" $? 1

# wrong NAME LINE SCRIPT: a script that is refused
wrong()
{
	printf '%s\n' "$3" >script
	"$peer" script port 2>err
	is "$1" "$? $(cat err)" "65 peer: script:$2"
}

wrong "an unknown command" "2: no such command as sned" '# none
sned x'
wrong "an unknown escape" "1: no such escape" 'send \q'
wrong "half an escape" "1: no such escape" 'send \x4'
wrong "a lone dollar" \
	'1: a dollar that starts no ${name}; a plain one is \$' 'send $x'
wrong "an argument too many" "1: cut does not take this argument" 'cut it'
wrong "a block without an end" "1: the block has no end" 'repeat 3'
wrong "an end without a block" "1: an end without a block" 'end'
wrong "a send in any-order" \
	"2: any-order holds only expectations of one line" 'any-order
send x
end'
expect_status 64 "no operands" "$peer"
expect_status 64 "TLS without a certificate" "$peer" -t script port
expect_status 66 "no script" "$peer" missing port
echo 'send x' >script
expect_status 73 "no place for the port" "$peer" script missing/port

finish
