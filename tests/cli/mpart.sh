# mpart: what it prints, saves and refuses.
. tests/tap.sh

[ -x bin/mpart ] || skip_all "bin/mpart is not built"

mkdir "$tmp/w" && cd "$tmp/w" || exit 1

tab=$(printf '\t')

# what the last command printed
out()
{
	cat "$tmp/out"
}

# same NAME FILE: it printed just what the file holds
same()
{
	out >got
	check "$1" cmp got "$2"
}

cat >one <<'EOT'
From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>
To: ann@example.org, Bob <bob@example.net>
Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?q?_=F0=9F=98=80?=
Date: Sat, 21 Nov 2026 09:05:00 +0100
Message-ID: <1@example.org>
Received: a
Received: b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

caf=E9=
 noir
EOT

cat >many <<'EOT'
From: ann@example.org
Subject: many
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

preamble
--a
Content-Type: multipart/alternative; boundary="b b"

--b b
Content-Type: text/plain; charset=utf-8; format=flowed

one 
two
--b b
Content-Type: text/html

<p>html</p>
--b b--
--a
Content-Type: application/octet-stream
Content-Disposition: attachment;
 filename*1*=%AC.bin; filename*0*=utf-8''%E2%82
Content-Transfer-Encoding: base64

AAECAw==
--a
Content-Type: image/png; name="=?utf-8?q?=C3=A4?= b.png"
Content-Transfer-Encoding: base64
Content-ID: <i@example.org>

iVBORw0KGgo=
--a
Content-Type: message/rfc822

From: bob@example.net
Subject: inner
Content-Type: multipart/mixed; boundary=c

--c

inner text
--c
Content-Type: text/csv
Content-Disposition: attachment; filename=t.csv

x,y
--c--
--a--
EOT
sed 's/$/\r/' many >many.crlf

# ---- list

check "a message of one part" mpart one
is "is one line" "$(out)" \
	"1${tab}text/plain${tab}iso-8859-1${tab}quoted-printable${tab}-${tab}10${tab}-"
cat >want <<EOT
0${tab}multipart/mixed${tab}-${tab}-${tab}-${tab}SIZE${tab}-
1${tab}multipart/alternative${tab}-${tab}-${tab}-${tab}SIZE${tab}-
1.1${tab}text/plain${tab}utf-8${tab}-${tab}-${tab}8${tab}-
1.2${tab}text/html${tab}-${tab}-${tab}-${tab}11${tab}-
2${tab}application/octet-stream${tab}-${tab}base64${tab}attachment${tab}4${tab}€.bin
3${tab}image/png${tab}-${tab}base64${tab}-${tab}8${tab}ä b.png
4${tab}message/rfc822${tab}-${tab}-${tab}-${tab}SIZE${tab}-
4.0${tab}multipart/mixed${tab}-${tab}-${tab}-${tab}SIZE${tab}-
4.1${tab}text/plain${tab}-${tab}-${tab}-${tab}10${tab}-
4.2${tab}text/csv${tab}-${tab}-${tab}attachment${tab}3${tab}t.csv
EOT
check "parts in parts" mpart -l many
sed 's/\([A-Za-z0-9/]*\(mixed\|alternative\|rfc822\)\t-\t-\t-\t\)[0-9]*/\1SIZE/' \
	"$tmp/out" >rows
check "are listed in order" cmp rows want
check "from standard input" mpart <many
sed 's/\([A-Za-z0-9/]*\(mixed\|alternative\|rfc822\)\t-\t-\t-\t\)[0-9]*/\1SIZE/' \
	"$tmp/out" >rows
check "they are the same" cmp rows want
check "with CR LF" mpart many.crlf
is "they are as many" "$(out | wc -l)" 10
check "names from standard input" sh -c "printf 'one\nmany\n' | mpart -i"
is "are both read" "$(out | wc -l)" 11
check "names that end in NUL" sh -c "printf 'one\0many' | mpart -i0 | tr '\0' '\n'"
is "are both read, too" "$(out | wc -l)" 11

# ---- read, parts, fields, JSON

check "a message as text" mpart -t one
is "fields, then the text" "$(out)" "From: Jörg <joerg@example.org>
To: ann@example.org, Bob <bob@example.net>
Date: Sat, 21 Nov 2026 09:05:00 +0100
Subject: Grüße 😀

café noir"
check "many parts as text" mpart -t many
is "the plain text, the rest named" "$(out)" "From: ann@example.org
Subject: many

one two

[attachment 2: €.bin, application/octet-stream, 4 bytes]

[attachment 3: ä b.png, image/png, 8 bytes]

-------- 4: message --------
From: bob@example.net
Subject: inner

inner text

[attachment 4.2: t.csv, text/csv, 3 bytes]"
check "HTML by a command" mpart -t -o "html-command=tr a-z A-Z" <<'EOT'
Content-Type: text/html

<p>html</p>
EOT
is "which renders it" "$(out)" "<P>HTML</P>"
expect_status 70 "a command that fails" mpart -t -o "html-command=false" <<'EOT'
Content-Type: text/html

<p>html</p>
EOT

check "a part" mpart -p 1.1 many
is "is its text" "$(out)" "one 
two"
check "a part in another charset" mpart -p 1 one
is "comes out as UTF-8" "$(out)" "café noir"
check "its bytes" mpart -b -p 1 one
is "come out as they are" "$(out | od -An -tx1 | tr -d ' \n')" \
	636166e9206e6f69720a
check "a binary part" mpart -p 2 many
is "is decoded" "$(out | od -An -tx1 | tr -d ' \n')" 00010203
check "a part as it stands" mpart -r -p 3 many
is "has its header and CR LF" "$(out | tail -n 3 | od -An -c | tr -d ' \n')" \
	"Content-ID:<i@example.org>\\r\\n\\r\\niVBORw0KGgo="
check "the whole message" mpart -r -p 0 many
same "is the one with CR LF" many.crlf
check "of one part, too" mpart -r -p 0 one
sed 's/$/\r/' one >one.crlf
same "is the one with CR LF, too" one.crlf
check "a header" mpart -p 4.HEADER many
is "is its fields" "$(out | head -n 2)" "From: bob@example.net
Subject: inner"
check "a part's own header" mpart -p 4.2.MIME many
is "is its fields, too" "$(out)" "Content-Type: text/csv
Content-Disposition: attachment; filename=t.csv"
check "a message inside" sh -c "mpart -p 4 many | mpart -H subject"
is "is a message" "$(out)" "inner"

check "fields" mpart -H 'subject, from,received,none' one
is "are decoded, a line each" "$(out)" "Grüße 😀
Jörg <joerg@example.org>
a
b"
expect_status 1 "-e without such a field" mpart -e -H none one
check "-e with one" mpart -e -H subject one

check "JSON" mpart -j one
is "is one line" "$(out)" '{"name":"one","headers":{"subject":"Grüße 😀",'\
'"date":"2026-11-21T09:05:00+01:00","message-id":"1@example.org",'\
'"from":[{"name":"Jörg","address":"joerg@example.org"}],'\
'"to":[{"address":"ann@example.org"},'\
'{"name":"Bob","address":"bob@example.net"}]},'\
'"parts":[{"index":"1","type":"text/plain","charset":"iso-8859-1",'\
'"encoding":"quoted-printable","size":10,"leaf":true}]}'

printf 'To: a@example.org\nCc: x\nto: b@example.org\n\nx\n' >twice
check "JSON of a field that is there twice" mpart -j twice
is "has all addresses" "$(out | sed 's/.*"to":/"to":/; s/,"cc".*//')" \
	'"to":[{"address":"a@example.org"},{"address":"b@example.org"}]'

cat >uu <<'EOT'
Subject: x
Content-Type: application/octet-stream; name=cat.txt
Content-Transfer-Encoding: x-uuencode

begin 644 cat.txt
#0V%T
`
end
EOT
check "a uuencoded part" mpart uu
is "is listed as such" "$(out)" \
	"1${tab}application/octet-stream${tab}-${tab}x-uuencode${tab}-${tab}3${tab}cat.txt"
check "its content" mpart -p 1 uu
is "is decoded, too" "$(out)" Cat
sed '/^begin/d' uu >uu.bare
check "one that does not begin" mpart -b -p 1 uu.bare
sed '1,/^$/d' uu.bare >want
same "is shown as it is" want

{
	printf 'Subject: x\n\nsee:\n'
	sed '1,/^$/d' uu
	printf 'begin 600 ../a b\n#0V%%T\n`\nend\n'
} >uu.text
check "uuencoded files in a text" mpart -u uu.text
is "are parts with -u" "$(out | cut -f 1,2,4,6,7 | tail -n 2)" \
	"1.1${tab}application/octet-stream${tab}x-uuencode${tab}3${tab}cat.txt
1.2${tab}application/octet-stream${tab}x-uuencode${tab}3${tab}../a b"
check "one of them" mpart -u -p 1.2 uu.text
is "is decoded" "$(out)" Cat
mkdir uu.d
check "both" mpart -u -x -d uu.d uu.text
is "are saved under harmless names" "$(out)" "uu.d/cat.txt
uu.d/%2E.%2Fa b"
check "without -u" mpart uu.text
is "they are text" "$(out | wc -l)" 1
expect_status 66 "and no parts" mpart -p 1.1 uu.text

# ---- mbox

from='From ann@example.org Sat Nov 21 09:05:00 2026'
printf '%s\nSubject: a\n\none\n\n%s\nSubject: b\n\n>From two\n>>From x\n\n' \
	"$from" "$from" >box
second=$((${#from} + 18))
check "each message of an mbox" mpart -H subject box
is "in turn" "$(out)" "a
b"
check "lists them" mpart -j box
is "under names of their own" "$(out | cut -d , -f 1)" "{\"name\":\"box#0\"
{\"name\":\"box#$second\""
check "one of them" mpart -p 1 "box#$second"
is "without quotes and its From_ line" "$(out)" "From two
>From x"
check "as it was" mpart -p 0 -r box#0
is "whole" "$(out | tr -d '\r')" "Subject: a

one"
printf '%s\n' "box#$second" box#0 >names
check "names on standard input" mpart -i -H subject <names
is "in their order" "$(out)" "b
a"
expect_status 66 "no message begins there" mpart box#1
is "says so" "$(cat "$tmp/err")" "mpart: box#1: no message begins there"
expect_status 66 "no mbox" mpart one#0
expect_status 66 "no such mbox" mpart none#0
is "names it" "$(cat "$tmp/err")" \
	"mpart: none#0: none: No such file or directory"
expect_status 66 "a directory" mpart .#0
expect_status 66 "the first failure of an mbox's names counts" \
	mpart box#1 box#0
is "and the rest is shown" "$(out | wc -l)" 1
expect_status 65 "a message that is none" sh -c \
	'{ cat box; echo "$1"; echo x | tr x "\\0"; } >bad; mpart -H subject bad' \
	sh "$from"
is "does not stop the others" "$(out)" "a
b"
cp one box#0
check "a file of that name" mpart -p 1 box#0
is "is that file" "$(out)" "café noir"
rm box#0
mkdir -p md/cur
cp box md/cur/box
check "a Maildir's file" mpart -H subject md/cur/box
is "is one message" "$(out)" a
{ echo "$from"; cat one; echo; } >single
check "a message with a From_ line" mpart -j single
is "keeps its name" "$(out | cut -d , -f 1)" '{"name":"single"'
printf 'Subject: a\n\n%s\n\n%s\n' "$from" "$from" >late
check "From_ lines in a message" mpart -H subject late
is "make no mbox of it" "$(out)" a

# ---- save

mkdir d
check "attachments" mpart -x -d d many
is "are saved, their paths printed" "$(out)" "d/€.bin
d/ä b.png
d/t.csv"
is "as they are" "$(od -An -tx1 <d/€.bin | tr -d ' \n')" 00010203
is "and private" "$(ls -l d/t.csv | cut -c 1-10)" "-rw-------"
check "once more" mpart -x -d d many
is "under other names" "$(out)" "d/€-2.bin
d/ä b-2.png
d/t-2.csv"
check "all of a type" mpart -x -d d -m 'text/*' many
is "with names of their own" "$(out)" "d/part-1.1.txt
d/part-1.2.html
d/part-4.1.txt
d/t-3.csv"
check "a message that is attached" mpart -x -d d -m message/rfc822 many
is "is saved whole" "$(mpart -H subject "$(out)")" inner
expect_status 1 "-e without an attachment" mpart -e -x -d d one
check "no attachment otherwise" mpart -x -d d one

# named NAME...: a message with an attachment of each name, as it is written
named()
{
	printf 'Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n'
	for name; do
		printf -- '--a\nContent-Disposition: attachment; %s\n\nx\n' \
			"$name"
	done
	printf -- '--a--\n'
}

mkdir outer outer/in
ln -s ../victim outer/in/link
ln -s /etc/passwd outer/in/passwd
echo mine >outer/in/mine
echo mine >victim
named 'filename="../x"' 'filename="/etc/passwd"' 'filename=link' \
	'filename=passwd' 'filename=mine' 'filename=".."' 'filename="."' \
	'filename=".profile"' 'filename="a%2fb"' "filename*=utf-8''a%2Fb%0Ac" \
	"filename*=utf-8''n%00ul" 'filename="=?utf-8?q?x=0Ay=1B[2J?="' \
	"filename*=utf-8''%E2%80%AEgpj.exe" 'filename="-rf"' \
	"filename=\"$(printf '%0300d' 7)\"" 'filename=cur' >hostile
check "hostile names" mpart -x -d outer/in hostile
out >rows
is "one a line" "$(wc -l <rows)" 16
LC_ALL=C grep -n '[^ -~]' rows | none "and nothing acts on a terminal"
is "leave what is outside" "$(ls outer victim; cat victim)" "victim

outer:
in
mine"
is "leave what is there" "$(cat outer/in/mine)" mine
check "all are saved" test "$(ls -A outer/in | wc -l)" -eq 19
(cd outer/in && for f in *; do
	[ -h "$f" ] || [ "$f" = mine ] || [ "$(cat "./$f")" = x ] ||
		echo "$f"
done) | none "each with its content"

i=0
printf 'Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n' >same
while [ $i -lt 300 ]; do
	i=$((i + 1))
	printf -- '--a\nContent-Type: a/b; name=s.txt\n\n%d\n' $i
done >>same
mkdir same.d
check "300 of one name" mpart -x -d same.d same
is "are 300 files" "$(ls same.d | wc -l)" 300
is "in order" "$(cat same.d/s-300.txt)" 300

# ---- refusals

expect_status 66 "no such file" mpart none
is "says so" "$(cat "$tmp/err")" "mpart: none: No such file or directory"
expect_status 66 "a directory" mpart d
expect_status 66 "no such part" mpart -p 5 many
is "says which" "$(cat "$tmp/err")" "mpart: many: no part '5'"
expect_status 66 "no part in a leaf" mpart -p 2.1 many
for bad in abc 1. 1..1 HEADER.1 '1 '; do
	expect_status 64 "no index: $bad" mpart -p "$bad" many
done
expect_status 64 "a folder of a server" mpart imaps://example.org/INBOX
expect_status 66 "no such directory" mpart -x -d none many
printf 'no message\0' >bytes
expect_status 65 "not a message" mpart bytes
echo 'no field' >text
check "a text without a header" mpart -p 1 text
is "is a body" "$(out)" "no field"
expect_status 65 "nothing at all" mpart </dev/null
awk 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
			i, i
}' >deep
expect_status 65 "too deep" mpart deep
is "says which limit" "$(cat "$tmp/err")" "mpart: deep: parts nest over 200 deep"
expect_status 66 "the first failure counts" mpart none bytes one
is "and the rest is done" "$(out | wc -l)" 1
expect_status 74 "a full disk" sh -c 'mpart one >/dev/full'
expect_status 74 "a full disk for a part" sh -c 'mpart -p 1 one >/dev/full'
for bad in -Q '-t -x' '-b one' '-p 1 -b -r' '-m a/b' '-d d' '-i one' -p; do
	# shellcheck disable=SC2086
	expect_status 64 "usage: $bad" mpart $bad
done
check "-h" mpart -h
check "-V" mpart -V
expect_status 66 "a configuration that is missing" mpart -C none one
expect_status 64 "a password on the command line" mpart -o password=x one

chmod 500 d
if [ "$(id -u)" -eq 0 ]; then
	skip "a directory that is not writable" "impossible: root writes it"
else
	expect_status 73 "a directory that is not writable" mpart -x -d d many
fi
chmod 700 d

printf 'Date: =?utf-8?q?Mon,_23_Nov_2026_10:00:00_+0100?=\n\nx\n' >date
check "a date that is encoded" mpart -j date
is "is decoded first" "$(out | cut -d '"' -f 8-10)" \
	'date":"2026-11-23T10:00:00+01:00'

# what does not fit is not left behind half written
head -c 900000 /dev/zero | base64 >big64
{
	printf 'Subject: x\nContent-Type: a/b; name=big\n'
	printf 'Content-Transfer-Encoding: base64\n\n'
	cat big64
} >big
mkdir small
expect_status 74 "a file that may not grow" \
	sh -c 'trap "" XFSZ; ulimit -f 100; mpart -x -d small big'
is "is not left half" "$(ls -A small)" ""
check "a file that may" mpart -x -d small big
is "is whole" "$(wc -c <small/big)" 900000

# cut FILE BLOCKS OPTION...: the file is cut to so many blocks while it is read,
# when mpart has written what the pipe holds, and has more
cut()
{
	cp "$1" cut
	blocks=$2
	shift 2
	{ mpart "$@" cut 2>cut.err; echo $? >cut.status; } | {
		head -c 1 >/dev/null
		dd if=/dev/null of=cut bs=4096 seek="$blocks" 2>/dev/null
		cat >/dev/null
	}
	is "$1 that is cut ends it" "$(cat cut.status)" 74
	is "with a word" "$(cat cut.err)" \
		"mpart: a file was cut while it was read"
}
cut big 0 -p 1 -b

# the last of many parts is half saved then
awk 'BEGIN {
	print "Content-Type: multipart/mixed; boundary=a"
	while (i++ < 2000)
		printf "\n--a\nContent-Type: a/b; name=%0150d\n\nx", i
	print "\n--a"
}' >last
blocks=$(($(wc -c <last) / 4096 + 2))
cat big >>last
mkdir cut.d
cut last $blocks -x -d cut.d
is "what was saved before stays" "$(ls cut.d | wc -l)" 2000
is "and half a file does not" "$(find cut.d -name 'big*')" ""
rm -r cut.d last

# a name must find its message again; a message's words must not act
odd=$(printf 'odd\n\033')
printf 'Subject: a =?utf-8?B?Cg0JG8Kb4oCu4oCo?= z\n\nx\n' >"$odd"
check "JSON of hostile words" mpart -j "$odd"
is "is one line without them" "$(out)" '{"name":"odd\n\u001b",'\
'"headers":{"subject":"a    ���� z"},"parts":'\
'[{"index":"1","type":"text/plain","size":2,"leaf":true}]}'
expect_status 78 "a directory as the configuration" mpart -C d one
is "it is named once" "$(cat "$tmp/err")" "mpart: d: Is a directory"

finish
