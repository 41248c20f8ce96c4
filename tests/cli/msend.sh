# msend without a server: what it composes, whom it sends to, what it refuses.
. tests/tap.sh

SATCHEL_FROM='Ann Example <ann@example.org>'
SATCHEL_SEND=maildir:$tmp/box
export SATCHEL_FROM SATCHEL_SEND
spool=$XDG_STATE_HOME/satchel/spool

# what the spool holds besides its record
waiting()
{
	ls "$spool" | grep -v '^spool\.db'
}
echo "Hello, Bob." >"$tmp/body"

# msend with the body on standard input
send()
{
	msend "$@" <"$tmp/body"
}

# the message that came last
last()
{
	cat "$tmp"/box/new/*
}

# field NAME FILE: the lines of a field
field()
{
	sed -n "/^$1:/,/^[^ 	]/p" "$2" | sed -n '1p;2,${/^[ 	]/p;}'
}

check "a message is sent" send -s "Grüße aus Köln" -c carol@example.net \
	-b dave@example.com -H "X-Mark: yes" bob@example.org
last >"$tmp/message"
is "into the Maildir, once" "$(ls "$tmp/box/new" | wc -l | tr -d ' ')" 1
is "From" "$(field From "$tmp/message")" "From: $SATCHEL_FROM"
is "To" "$(field To "$tmp/message")" "To: bob@example.org"
is "Cc" "$(field Cc "$tmp/message")" "Cc: carol@example.net"
is "a field of the user's" "$(field X-Mark "$tmp/message")" "X-Mark: yes"
is "the subject is encoded" "$(field Subject "$tmp/message")" \
	"Subject: =?UTF-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?="
is "the text" "$(sed '1,/^$/d' "$tmp/message")" "Hello, Bob."
is "one Message-ID" "$(grep -c '^Message-ID: <[a-z0-9]*@example.org>$' \
	"$tmp/message")" 1
grep -i -e bcc -e dave "$tmp/message" | none "Bcc is nowhere in it"
is "nothing is left in the spool" "$(waiting)" ""

check "-n prints" send -n -b dave@example.com bob@example.org
grep -i dave "$tmp/out" | none "-n: no Bcc in the bytes"
is "-n: the envelope beside them" "$(cat "$tmp/err")" \
	"msend: from <ann@example.org>
msend: to <bob@example.org>
msend: to <dave@example.com>"
is "-n sends nothing" "$(ls "$tmp/box/new" | wc -l | tr -d ' ')" 1

# attachments
head -c 100000 bin/msend >"$tmp/blob.bin"
check "attachments" send -n -A "$tmp/blob.bin" -A "ä b.txt=$tmp/body" \
	-A "$tmp/body" bob@example.org
grep -q 'filename="blob.bin"' "$tmp/out"
is "the name of the file" $? 0
grep -q "filename\\*=UTF-8''%C3%A4%20b.txt" "$tmp/out"
is "a name of its own, by RFC 2231" $? 0
if command -v base64 >/dev/null; then
	awk '/filename="blob.bin"/ { on = 1; next }
	    on && /^--/ { exit }
	    on { print }' "$tmp/out" | base64 -d >"$tmp/back"
	check "comes back" cmp "$tmp/blob.bin" "$tmp/back"
else
	skip "comes back" "impossible: no base64"
fi
awk 'length > 998' "$tmp/out" | none "no line is too long"
check "standard input is attached" send -n -A "x.txt=-" bob@example.org
expect_status 66 "a missing attachment" send -A "$tmp/missing" bob@example.org

# nothing enters the header but what it is for
for arg in "X: a
Bcc: x@example.org" "X: a$(printf '\r')b" "no field" "Date: soon" \
	"Content-Type: text/html" "Bcc: x@example.org
X: y" "Subject: a
X: y" "From: a@example.org
X: y"; do
	expect_status 64 "a field that is refused" send -H "$arg" \
		bob@example.org
done
expect_status 64 "a line end in the subject" send -s "a
Bcc: x@example.org" bob@example.org
expect_status 64 "a line end in a recipient" send "bob@example.org
Bcc: x@example.org"
expect_status 64 "a line end in -c" send -c "a@example.org
X: y" bob@example.org
expect_status 64 "a line end in -f" send -f "a@example.org
X: y" bob@example.org
expect_status 64 "no recipients" send
expect_status 64 "a recipient that is none" send "not an address"
# nothing of a line end or an escape gets through any option
echo x >"$tmp/x"
for control in '
' "$(printf '\r')" "$(printf '\033')" "$(printf '\177')"; do
	hostile="a${control}Bcc: x@example.org"
	for option in -s -c -b -f -M -H -A -e -I to; do
		case $option in
		-H) set -- -H "X-A: $hostile" ;;
		-[AeI]) set -- $option "$hostile=$tmp/x" ;;
		to) set -- "$hostile" ;;
		*) set -- $option "$hostile" ;;
		esac
		send -n "$@" bob@example.org >"$tmp/out" 2>"$tmp/err"
		[ $? -eq 64 ] || echo "$option: $(cat "$tmp/err")"
		! grep -q "$(printf '\033')" "$tmp/out" "$tmp/err" ||
			echo "$option: an escape"
	done
done | none "no control passes an option"
is "none of them was sent" "$(ls "$tmp/box/new" | wc -l | tr -d ' ')" 1

# -t
cat >"$tmp/ready" <<E
To: Bob <bob@example.org>, carol@example.net
Bcc: dave@example.com,
 erin@example.com
Subject: kept  exactly

Text
E
expect_status 0 "a ready message" sh -c 'msend -t -n frank@example.org <"$1"' \
	sh "$tmp/ready"
is "its recipients" "$(grep '^msend: to' "$tmp/err")" \
	"msend: to <bob@example.org>
msend: to <carol@example.net>
msend: to <dave@example.com>
msend: to <erin@example.com>
msend: to <frank@example.org>"
is "what stays and what goes" "$(sed '/^Date:/d; /^Message-ID:/d' "$tmp/out")" \
	"From: $SATCHEL_FROM
To: Bob <bob@example.org>, carol@example.net
Subject: kept  exactly

Text"
expect_status 64 "-t with -s" sh -c 'msend -t -s x <"$1"' sh "$tmp/ready"
printf 'To: bob@example.org\nSubject: a\rBcc: x@example.org\n\n' >"$tmp/cr"
expect_status 65 "a CR in a ready header" sh -c 'msend -t <"$1"' sh "$tmp/cr"

# targets
SATCHEL_SEND="pipe:cat >'$tmp/piped'; exit \$(cat '$tmp/status')"
echo 0 >"$tmp/status"
check "pipe:" send -R bob@example.org
is "-R" "$(cat "$tmp/out")" "bob@example.org	sent	-	-	-	-"
is "the command got it" "$(sed '1,/^$/d' "$tmp/piped")" "Hello, Bob."
echo 69 >"$tmp/status"
expect_status 69 "a command that refuses" send -R bob@example.org
is "-R: refused" "$(cut -f 2,6 "$tmp/out")" "refused	-"
is "and nothing is kept" "$(msend -p)" ""
echo 75 >"$tmp/status"
expect_status 75 "a command that cannot now" send -N bob@example.org
is "-N keeps nothing" "$(msend -p)" ""
expect_status 75 "the same, queued" send -R bob@example.org
id=$(cut -f 6 "$tmp/out")
is "-R: queued" "$(cut -f 2 "$tmp/out")" queued
is "-p has it" "$(msend -p | cut -f 1,2,7)" "$id	queued	bob@example.org"
check "-q: it is not due yet" msend -q
is "it is there still" "$(msend -p | cut -f 1)" "$id"
expect_status 75 "-q id: it cannot yet" msend -q "$id"
echo 0 >"$tmp/status"
rm -f "$tmp/piped"
check "-q id: it can now" msend -q "$id"
is "sent by the queue" "$(sed '1,/^$/d' "$tmp/piped")" "Hello, Bob."
is "and gone" "$(msend -p; waiting)" ""
check "-Q" send -Q bob@example.org
id=$(msend -p | cut -f 1)
check "-d" msend -d "$id"
is "-d dropped it" "$(msend -p; waiting)" ""
expect_status 66 "-d of what is not there" msend -d "$id"
expect_status 66 "-q of what is not there" msend -q "$id"
check "-Q once more" send -Q bob@example.org
rm -f "$tmp/piped"
check "a run that succeeds" send carol@example.net
is "sends what is due too" "$(msend -p)" ""

unset SATCHEL_SEND
expect_status 78 "nowhere to send to" send bob@example.org
expect_status 64 "a target that is none" send -o send=imap://example.org \
	bob@example.org
SATCHEL_SEND=smtp://localhost:1
export SATCHEL_SEND
expect_status 65 "a NUL in a ready message" sh -c \
	'printf "To: bob@example.org\n\n\0\n" | msend -t'
awk 'BEGIN { print "To: bob@example.org\nDKIM-Signature: x\n"
	for (i = 0; i < 999; i++) printf "x"; print "" }' >"$tmp/long"
expect_status 65 "too long a line that is signed" sh -c 'msend -t <"$1"' sh "$tmp/long"
is "neither is kept" "$(msend -p)" ""
unset SATCHEL_FROM
expect_status 78 "no sender" send bob@example.org
SATCHEL_FROM=ann@example.org
SATCHEL_SEND=maildir:$tmp/box
export SATCHEL_FROM SATCHEL_SEND

check "-h" msend -h
check "-V" msend -V
is "names the libraries" "$(grep -c '^SQLite 3' "$tmp/out")" 1
expect_status 64 "no such option" msend -z
expect_status 64 "-k keeps what -N does not" msend -k x -N bob@example.org
expect_status 64 "-m takes what is ready" msend -m -s x
expect_status 64 "-j goes with -p" msend -j
if [ -c /dev/full ]; then
	expect_status 74 "a full disk under -n" sh -c \
		'msend -n bob@example.org <"$1" >/dev/full' sh "$tmp/body"
	expect_status 74 "a full disk under -R" sh -c \
		'msend -R bob@example.org <"$1" >/dev/full' sh "$tmp/body"
else
	skip "a full disk" "impossible: no /dev/full"
fi

finish
