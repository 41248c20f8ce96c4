# mfetch with a URL that names one message, or a section of it.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

ca=$peer_dir/ca.pem

# fetch REST OPTION...: what the URL ends in, from the peer, implicit TLS
fetch()
{
	rest=$1
	shift
	mfetch -o tls-ca="$ca" "$@" "imaps://ann@localhost:$peer_port/$rest"
}

# one SECTION [HEADER]: the script up to the command for that section of UID 7,
# and the part's header
one()
{
	imap_hello UIDPLUS
	cat <<END
expect-tagged EXAMINE "W&APY-rk/a"
set examine \${T}
expect-tagged UID FETCH 7 (UID${2:+ BODY.PEEK[$2]} BODY.PEEK[$1])
send * 2 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${examine} OK [READ-ONLY] done
END
}

cd "$tmp" || exit 1
printf 'Subject: a\r\n\r\n)\r\n\r \r\r\nFrom x\r\nA5 OK\r\nend\r' >one
awk '{ sub(/\r$/, ""); printf "%s%s", (NR > 1 ? "\n" : ""), $0 }
	END { printf "\r" }' one >one.lf

# a message and a section, in pieces of one byte: CR LF as LF, no more
{
	one ''
	cat <<END
split 1
send-raw * 1 FETCH (FLAGS (\\\\Seen) BODY[]\s
send-literal one
send  UID 7)
send \${T} OK done
split 0
END
	imap_bye
	echo accept
	one 1.2.mime
	cat <<END
send * 1 FETCH (UID 7 BODY[1.2.MIME] "x")
send * 2 FETCH (FLAGS ())
send \${T} OK done
END
	imap_bye
	echo accept
	one 2 2.MIME
	echo 'send * 1 FETCH (UID 7 BODY[2.MIME] " " BODY[2] "")'
	echo 'send ${T} OK done'
	imap_bye
	echo accept
	one 4.text 4.HEADER
	echo 'send * 1 FETCH (UID 7 BODY[4.HEADER] "a: b")'
	echo 'send * 1 FETCH (UID 7 BODY[4.TEXT] "text")'
	echo 'send ${T} OK done'
	imap_bye
} >script
peer_start whole -t <script
check "a message" fetch 'W%C3%B6rk/a;UIDVALIDITY=9/;UID=7' -t -
cp out got
check "is on standard output as it was" cmp one.lf got
check "a section" fetch 'W%C3%B6rk/a/;UID=7/;SECTION=1.2.mime' -t -
is "is its bytes" "$(cat out)" x
check "an empty section" fetch 'W%C3%B6rk/a/;UID=7/;SECTION=2' -t - -e
is "is empty" "$(cat out)" ''
check "a text" fetch 'W%C3%B6rk/a/;UID=7/;SECTION=4.text' -t -
is "comes without its header" "$(cat out)" text
peer_end whole "the server hears what it should"
[ ! -e mail ] && pass "nothing is recorded" || ls mail | fail "nothing is recorded"

# refused NAME STATUS REST OPTION... <SCRIPT: and nothing is printed
refused()
{
	name=$1 status=$2
	shift 2
	{
		cat
		imap_bye
	} >script
	peer_start refused -t <script
	expect_status "$status" "$name" fetch "$@"
	is "$name: not a byte" "$(cat out)" ''
	peer_end refused "$name: the server hears what it should"
}

folder='W%C3%B6rk/a'
{
	one ''
	echo 'send * 1 FETCH (UID 7 BODY[] "x")'
} | sed 's/UIDVALIDITY 9/UIDVALIDITY 10/' |
refused "another UIDVALIDITY" 66 "$folder;UIDVALIDITY=9/;UID=7" -t -
{
	one ''
	echo 'send ${T} OK done'
} | refused "no such message" 66 "$folder/;UID=7" -t -
{
	one 9 9.MIME
	echo 'send * 1 FETCH (UID 7 BODY[9.MIME] NIL BODY[9] NIL)'
	echo 'send ${T} OK done'
} | refused "no such section" 66 "$folder/;UID=7/;SECTION=9" -t -
{
	one 9 9.MIME
	echo 'send * 1 FETCH (BODY[9.MIME] "" BODY[9] "" UID 7)'
	echo 'send ${T} OK done'
} | refused "nor its header" 66 "$folder/;UID=7/;SECTION=9" -t -
{
	one 9.MIME
	echo 'send * 1 FETCH (UID 7 BODY[9.MIME] "")'
	echo 'send ${T} OK done'
} | refused "no header of a section" 66 "$folder/;UID=7/;SECTION=9.MIME" -t -
{
	one ''
	echo 'send * 1 FETCH (UID 7 BODY[] NIL)'
} | refused "a server without the text" 75 "$folder/;UID=7" -t -
{
	one ''
	echo 'send ${T} NO not now'
} | refused "a message that is refused" 69 "$folder/;UID=7" -t -
{
	one '' | sed '/examine} OK/d'
	echo 'send ${examine} NO none'
} | refused "no such folder" 66 "$folder/;UID=7" -t -
{
	one '' | sed '/examine} OK/d'
	echo 'send * 1 FETCH (UID 7 BODY[] "x")'
} | refused "a message before its folder" 76 "$folder/;UID=7" -t -
{
	one ''
	echo 'send * 1 FETCH (UID 8 BODY[] "x")'
} | refused "another message" 76 "$folder/;UID=7" -t -
{
	one ''
	echo 'send * 1 FETCH (UID 7 BODY[1] "x")'
} | refused "another section" 76 "$folder/;UID=7" -t -

# a full disk, or a reader that is gone
{
	one ''
	echo 'send * 1 FETCH (UID 7 BODY[] "x")'
	echo 'send ${T} OK done'
	imap_bye
} >script
peer_start full -t <script
expect_status 74 "standard output is full" sh -c \
	'exec mfetch -o tls-ca="$1" -t - "$2" >/dev/full' sh "$ca" \
	"imaps://ann@localhost:$peer_port/$folder/;UID=7"
peer_end full "the server has done its part"

# into a Maildir, and recorded there
{
	for n in 1 2; do
		imap_hello UIDPLUS
		cat <<-END
		expect-tagged EXAMINE "INBOX"
		set examine \${T}
		expect-tagged UID SEARCH UID 7
		send * 2 EXISTS
		send * OK [UIDVALIDITY 9] valid
		send \${examine} OK [READ-ONLY] done
		send * SEARCH 7
		send \${T} OK done
		END
		[ $n = 2 ] || cat <<-END
		expect-tagged UID FETCH 7 $items
		send * 1 FETCH (UID 7 BODY[] "Subject: b")
		send \${T} OK done
		END
		imap_bye
		echo accept
	done
	imap_hello UIDPLUS
	cat <<-END
	expect-tagged EXAMINE "INBOX"
	set examine \${T}
	expect-tagged UID SEARCH UID 8
	send * 2 EXISTS
	send * OK [UIDVALIDITY 9] valid
	send \${examine} OK [READ-ONLY] done
	send * SEARCH
	send \${T} OK done
	END
	imap_bye
} >script
peer_start maildir -t <script
check "a message into the Maildir" fetch 'INBOX;UIDVALIDITY=9/;UID=7'
is "is there" "$(cat "$(cat out)")" 'Subject: b'
expect_status 1 "is not new again" fetch 'INBOX/;UID=7' -e
expect_status 66 "one that is not there" fetch 'INBOX/;UID=8'
peer_end maildir "the server hears what it should, for the Maildir"

# the account is the one whose server and user the URL has
cat >config <<END
[first]
fetch = imaps://ann@mail.example.org
[second]
fetch = imaps://LOCALHOST
user = bob
password-command = echo wrong
[third]
fetch = imaps://ann@localhost
tls-ca = $ca
password-command = echo secret
END
chmod 600 config
{
	one ''
	echo 'send * 1 FETCH (UID 7 BODY[] "x")'
	echo 'send ${T} OK done'
	imap_bye
} >script
peer_start account -t <script
unset SATCHEL_PASSWORD SATCHEL_MAILDIR
check "the account of the URL" mfetch -C config -t - \
	"imaps://ann@localhost:$peer_port/$folder/;UID=7"
is "logs in" "$(cat out)" x
peer_end account "with its password"
expect_status 78 "no secret goes to another host" mfetch -C config -t - \
	"imaps://ann@host.example.net/a/;UID=7"
is "is told" "$(grep -c 'no account fetches from this host' err)" 1

# what does not go together
while read -r options; do
	expect_status 64 "$options" mfetch -C config -a third $options
	is "$options: prints nothing" "$(cat out)" ''
done <<END
-t - -d imaps://ann@localhost/a/;UID=7
-t - -n imaps://ann@localhost/a/;UID=7
-t - -m 1 imaps://ann@localhost/a/;UID=7
-f a imaps://ann@localhost/a/;UID=7
imaps://ann@localhost/a/;UID=7/;SECTION=1
END

finish
