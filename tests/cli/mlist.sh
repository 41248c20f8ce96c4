# mlist: what it prints, and how it ends when something is wrong.
. tests/tap.sh

cd "$tmp" || exit 1
mkdir -p md/cur md/new md/tmp

# message FILE < TEXT
message()
{
	cat >"$1"
}

message "md/cur/1700000000.a.host:2,S" <<'END'
Received: from mx.example.org by mx.example.net;
	Sat, 21 Nov 2026 09:06:00 +0100
From: =?utf-8?q?=C3=89lodie?= <elodie@example.org>
To: Ann <ann@example.org>, bob@example.net
Subject: =?utf-8?b?T2ZmZXIg4oCu?= and
 =?utf-8?q?more=1B[31m=0Aend?=
Date: Sat, 21 Nov 2026 09:05:00 +0100
Message-ID: <1@example.org>

A short text.
END
message "md/cur/1700000200.c.host:2,FRS" <<'END'
From: bob@example.net
Subject: Re: beta
Date: Thu, 19 Nov 2026 10:00:00 +0000
Content-Type: multipart/mixed; boundary=b

--b
Content-Transfer-Encoding: quoted-printable

INVOICE=20number 7
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=bill.pdf

x
--b--
END
printf 'From: \346\227\245\346\234\254 <n@example.org>\r\nSubject: alpha\r\n%s' \
	"$(printf 'Date: 20 Nov 2026 10:00 GMT\r\n\r\nlast\r\n')" |
	message md/new/1700000100.b.host

one='md/cur/1700000000.a.host:2,S'
two='md/new/1700000100.b.host'
three='md/cur/1700000200.c.host:2,FRS'

# names NAME WANTED ARGUMENTS...
names()
{
	tap_label=$1 tap_wanted=$2
	shift 2
	is "$tap_label" "$(mlist "$@" 2>&1)" "$tap_wanted"
}

# query QUERY WANTED
query()
{
	names "query $1" "$2" -q "$1" md
}

names "names, in the order of arrival" "$one
$two
$three" md
names "a slash at the end" "$one
$two
$three" md/
names "maildir:" "$three" -r -m 1 maildir:md
names "reverse" "$three
$two
$one" -r md
names "the first two" "$one
$two" -m 2 md
names "none" "" -m 0 md
names "by date" "$three
$two
$one" -s date md
names "by subject, without Re" "$two
$three
$one" -s subject md
names "by sender" "$three
$one
$two" -s from md
names "by size" "$two
$three
$one" -s size md
names "a message's folder" "$one" -q folder:md "$one"
names "count" "3" -c md
names "count of matches" "1" -c -q unseen md
names "messages as operands" "$three
$one" "$three" "$one"

names "columns" "\
     2026-11-21 08:05  Élodie                Offer � and more�[31m end
N    2026-11-20 10:00  日本                  alpha
 FR  2026-11-19 10:00  bob@example.net       Re: beta" -l md
names "a format" "\
[2026-11-21T09:05:00+01:00|elodie@example.org|  Élod|S|1@example.org]
[2026-11-20T10:00:00Z|n@example.org|  日本||]
[2026-11-19T10:00:00Z|bob@example.net|  bob@|FRS|]" \
	-f '[%d|%A|%6.4f|%F|%i]' md
names "recipients and a field" "Ann, bob@example.net	Ann <ann@example.org>, \
bob@example.net" -f '%t\t%{to}' "$one"
names "the size is the file's" "$(wc -c <"$three" | tr -d ' ')" -f %S "$three"

query from:ELODIE "$one"
query from:élodie "$one"
query to:ann "$one"
query 'subject:/^re: b/' "$three"
query body:invoice "$three"
query 'text:"short text"' "$one"
query attachment "$three"
query name:BILL "$three"
query type:pdf "$three"
query new "$two"
query unseen "$two"
query 'flagged or unseen' "$two
$three"
query 'not (flagged or unseen)' "$one"
query '-unseen flagged' "$three"
query date:2026-11-20 "$two"
query since:2026-11-20 "$one
$two"
query until:2026-11-20 "$two
$three"
query 'size>250' "$one
$three"
query 'size<250' "$two"
query 'id:<1@example.org>' "$one"
query 'header:Content-Type=mixed' "$three"
query folder:md "$one
$two
$three"
query '' "$one
$two
$three"
# whatever the locale
for locale in C C.UTF-8; do
	LC_ALL=$locale
	export LC_ALL
	query 'from:/^.lodie <e/' "$one"
	query 'from:/^[xé]lodie/' "$one"
	query 'subject:/^al[p]ha$/' "$two"
done
unset LC_ALL
printf 'Subject: folded by a\n\ttab\n\na\tb\n' >tab
is "a tab is a blank" "$(mlist -c -q 'subject:"a tab" subject:/a tab$/' tab) \
$(mlist -c -q 'body:"a b"' tab) $(mlist -c -q "$(printf 'body:"a\tb"')" tab)" \
	"1 1 1"
printf 'unseen\nor flagged\n' >query
names "a query in a file" "$two
$three" -q @query md

mlist -j md >json
is "a line of JSON a message" "$(wc -l <json | tr -d ' ')" 3
is "JSON" "$(head -n 1 json)" '{"name":"md/cur/1700000000.a.host:2,S",'\
'"folder":"md","date":"2026-11-21T09:05:00+01:00",'\
'"message-id":"1@example.org","from":[{"name":"Élodie",'\
'"address":"elodie@example.org"}],"to":[{"name":"Ann",'\
'"address":"ann@example.org"},{"address":"bob@example.net"}],'\
'"subject":"Offer � and more�[31m end",'\
'"size":'"$(wc -c <"$one" | tr -d ' ')"',"flags":["seen"]}'

mkdir -p files/cur files/new files/tmp
printf '%s\n' 'Content-Type: multipart/mixed; boundary=b' '' --b '' text --b \
	'Content-Type: application/pdf; name=a.pdf' '' x --b \
	'Content-Disposition: attachment' '' y --b-- >files/new/1.a.h
printf 'Subject: none\n\nx\n' >files/new/2.a.h
attachments='"attachments":[{"index":"2","type":"application/pdf",'\
'"filename":"a.pdf"},{"index":"3","type":"text/plain"}]}'
for query in attachment type:pdf name:a.pdf; do
	is "attachments where $query asks" "$(mlist -j -q "$query" files |
		sed 's/.*"flags":\[\],//')" "$attachments"
	is "and in threads" "$(mlist -T -j -q "$query" files |
		sed 's/.*"flags":\[\],\(.*\),"thread.*/\1}/')" "$attachments"
done
is "of none" "$(mlist -j -q 'not attachment' files | sed 's/.*"flags"//')" \
	':[],"attachments":[]}'
is "but not where nothing asks" "$(mlist -j files | grep -c attachments)" 0

# days begin by the clocks of their own season, whenever it is asked
for time in 'Sat, 28 Mar 2026 23:00:00' 'Sun, 29 Mar 2026 22:00:00' \
	'Sat, 24 Oct 2026 22:00:00' 'Sun, 25 Oct 2026 22:59:59'; do
	printf 'From a Sat Nov 21 10:05:00 2026\nDate: %s +0000\n\n\n' "$time"
done >times
for day in 2026-03-29 2026-03-30 2026-10-25 2026-10-26; do
	TZ='CET-1CEST,M3.5.0,M10.5.0/3' mlist -l -q date:$day times
done | cut -c 6-21 >days
is "days are those of local time" "$(cat days)" "2026-03-29 00:00
2026-03-30 00:00
2026-10-25 00:00
2026-10-25 23:59"

# Names with anything in them, by NUL.
odd=$(printf 'odd\nna\033me \377')
mkdir -p "$odd/cur" "$odd/new" "$odd/tmp"
cp "$one" "$odd/cur/1:2,S"
mlist -0 "$odd" >names
printf '%s/cur/1:2,S\0' "$odd" >wanted
check "a name is bytes" cmp names wanted
is "what is printed is read" \
	"$(mlist -0 -i -f %i <names | tr '\0' '\n')" 1@example.org
printf '%s\n%s\n' "$three" md >names
is "names on standard input" "$(mlist -i -c <names)" 4
is "a hostile name stays one line on standard error" \
	"$(mlist "$odd/none" 2>&1 | wc -l | tr -d ' ')" 1

# Headers that no one should write.
printf 'Subject: x\033]0;t\007\000y\377\nFrom: \377\376 <x@a\nDate: yes\n' >hostile
printf ' no field\n: x\n\n' >>hostile
touch -t 202611210905 hostile
names "a hostile header" "x�]0;t��yÿ|2026-11-21T09:05:00Z" -f '%s|%d' hostile
i=0
while [ $i -lt 3000 ]; do
	echo "X-Filler-$i: a field that makes the header long"
	i=$((i + 1))
done >long
printf 'Subject: at last\n\nbody\n' >>long
names "a header longer than a window" "at last" -f %s long
: >empty
names "an empty file is an mbox, all of whose mail was taken" 0 -c empty
mkdir -p drained/cur
: >drained/cur/1:2,
names "in a Maildir it is a message" "drained/cur/1:2,|" -f '%n|%s' \
	drained/cur/1:2,

# Folders below.
mkdir -p tree/a/cur tree/a/new tree/a/tmp tree/a/.sub/cur tree/a/.sub/new \
	tree/a/.sub/tmp tree/b/c/cur tree/b/c/new tree/b/c/tmp
cp "$one" tree/a/cur/1.x:2,S
cp "$one" tree/a/.sub/cur/2.x:2,S
cp "$one" tree/b/c/new/3.x
ln -s ../../tree tree/b/again
names "folders below" "tree/a/cur/1.x:2,S
tree/a/.sub/cur/2.x:2,S
tree/b/c/new/3.x" -R tree

# An mbox.
from='From ann@example.org Sat Nov 21'
cat >box <<END
$from 09:05:00 2026
From: Ann <ann@example.org>
Subject: beta
Status: RO
X-Status: AF
Date: Sat, 21 Nov 2026 09:05:00 +0000

>From one to two

$from 10:05:00 2026
From: bob@example.net
Subject: alpha

two
END
second=$(grep -b '^From .* 10:' box | cut -d : -f 1)
names "an mbox" "box#0
box#$second" box
names "mbox:" "box#0" -m 1 mbox:box
names "sorted" "box#$second
box#0" -s subject box
names "columns of an mbox" "\
 FR  2026-11-21 09:05  Ann                   beta
N    2026-11-21 10:05  bob@example.net       alpha" -l box
names "a format" "box#$second|alpha|2026-11-21T10:05:00Z|42" \
	-f '%n|%s|%d|%S' -q new box
names "its flags" "FRS" -f %F -q 'seen answered' box
names "its folder" "box#0" -q 'folder:box subject:beta' box
names "its text, without quotes" "box#0" -q 'body:/^from one/' box
names "a message of it" "box#$second" -q from:bob "box#$second"
is "JSON of an mbox" "$(mlist -j "box#$second")" \
	'{"name":"box#'"$second"'","folder":"box","date":'\
'"2026-11-21T10:05:00Z","from":[{"address":"bob@example.net"}],'\
'"subject":"alpha","size":42,"flags":[]}'
printf '%s\n' "box#$second" box#0 box >names
is "names in it on standard input" "$(mlist -i -f %s <names | tr '\n' ' ')" \
	"alpha beta beta alpha "
n=0
for subject in 'longer than eight: b' 'longer than eight: a' 'longer t' \
    'Re: longer than eight: a' longer 'longer than eight:' ''; do
	n=$((n + 1))
	printf 'From a Sat Nov 21 10:05:00 2026\nMessage-ID: <%s>\n' \
	    "$n"
	printf 'Subject: %s\n\n\n' "$subject"
done >alike
is "subjects that begin alike" \
	"$(mlist -s subject -f %i alike | tr '\n' ' ')" "7 5 3 6 2 4 1 "
is "reversed" "$(mlist -r -s subject -f %i alike | tr '\n' ' ')" \
	"1 4 2 6 3 5 7 "
cp "$one" box#0
names "a file of that name is that file" "1@example.org" -f %i box#0
rm box#0
mlist box | mpart -i -H subject >out
is "mpart takes what is printed" "$(tr '\n' ' ' <out)" "beta alpha "
cp box md/cur/1700000300.d.host:2,
names "a Maildir's file is one message" "beta" -f %s \
	md/cur/1700000300.d.host:2,
rm md/cur/1700000300.d.host:2,
printf 'From now on\nSubject: x\n\n' >now
names "a message that begins with From" "now" now
: >empty
names "an mbox that is empty" "" mbox:empty

expect_status 66 "no folder, and no mail yet" mlist
is "says how it comes" "$(cat err)" "mlist: no folder is named, and there is \
no $HOME/Mail/default: mfetch makes it, see satchel(5)"
SATCHEL_MAILDIR=$tmp/md mlist -c >count 2>&1
is "the account's folder" "$(cat count)" 3

expect_status 0 "-e, with a match" mlist -e -q seen md
expect_status 1 "-e, without" mlist -e -q from:nobody md
expect_status 1 "-e, with none shown" mlist -e -s date -m 0 md
expect_status 0 "no match" mlist -q from:nobody md
for bad in -x '-F -r' '-F -q seen' '-F -f %n' '-m x' '-s x' '-f %x' '-f %' -q \
	'-q from:' '-q (' "-i md"; do
	# the words are meant to be split
	expect_status 64 "usage: $bad" mlist $bad
done
for bad in 64,-o,none=x 64,-o,password=x 78,-a,none 66,-C,none; do
	options=${bad#*,}
	# the words are meant to be split
	expect_status ${bad%%,*} "also where nothing asks for it: $options" \
		mlist -c $(echo $options | tr , ' ') md
	is "and nothing is counted" "$(cat out)" ""
done
mlist -q 'seen (from:x or foo)' md 2>err
is "a caret under the fault" "$(cat err)" "mlist: query: no term begins so
seen (from:x or foo)
                ^"
expect_status 66 "a missing mbox" mlist mbox:none
expect_status 66 "no mbox" mlist "mbox:$one"
expect_status 66 "no message begins there" mlist box#1
is "says so" "$(cat err)" "mlist: box#1: no message begins there"
expect_status 66 "no mbox to look in" mlist none#0
expect_status 64 "a server that takes mail" mlist smtp://example.org
expect_status 64 "POP3 has no folders" mlist pop3s://ann@localhost
expect_status 66 "a missing folder" mlist none
expect_status 66 "a missing message" mlist md/cur/none
mkfifo fifo
for name in fifo /dev/null; do
	expect_status 66 "no file: $name" mlist $name
	is "is not listed" "$(cat out)" ""
done
expect_status 66 "a directory that is no folder" mlist tree
is "says so" "$(cat err)" "mlist: tree: not a Maildir, for it has no tmp"
expect_status 66 "a missing query" mlist -q @none md
printf 'seen\n(\n' >wrong
mlist -q 'size>99999999999999999999' md 2>err
is "a size over all numbers" "$(head -n 1 err)" \
	"mlist: query: this size is too large"
mlist -q @wrong md 2>err
is "a caret under the fault in a file" "$(cat err)" \
	"mlist: query: a term is missing
(
 ^"
expect_status 66 "the rest is listed" mlist none "$one"
is "the rest" "$(cat out)" "$one"
expect_status 66 "an operand of no bytes" mlist ""
if [ -w /dev/full ]; then
	mlist md >/dev/full 2>err
	is "a full disk" "$? $(cat err)" \
		"74 mlist: standard output: No space left on device"
	mlist -l -s date md >/dev/full 2>err
	is "a full disk, sorted" "$?" 74
	yes "$one" | head -n 2000 | mlist -i -f '%99s' >/dev/full 2>err
	is "a full disk in the midst of it" "$? $(cat err)" \
		"74 mlist: standard output: No space left on device"
else
	skip "a full disk" "no /dev/full"
fi

# names that begin as something else would
for folder in -x @x/y mbox:x maildir:x imaps://x; do
	mkdir -p "./$folder"
	cp -r md/. "./$folder"
	cp box "./$folder.box"
	mlist -- "maildir:$folder" >list
	mlist -- "mbox:$folder.box" >>list
	head -n 2 list >operands
	is "$folder: messages are names" "$(mlist -i <list 2>&1)" "$(cat list)"
	is "and operands" "$(mlist $(cat operands) 2>&1)" "$(cat operands)"
	is "and mpart's" "$(mpart -H subject $(cat operands) 2>&1)" \
		"$(mlist -f %s -m 2 md)"
	mlist -F -- "maildir:$folder" "mbox:$folder.box" >list
	is "as the account's" "$(SATCHEL_MAILDIR=$folder mlist -m 2)" \
		"$(cat operands)"
	is "its folders too" "$(cut -f 1 list | mlist -F -i)" "$(cat list)"
done

check "usage" mlist -h
check "version" mlist -V

SATCHEL_FETCH=imaps://ann@localhost
export SATCHEL_FETCH
expect_status 64 "a section of a message" \
	mlist 'imaps://ann@localhost/INBOX/;UID=7/;SECTION=1'
expect_status 64 "a password in a name" mlist 'imaps://ann:x@localhost/INBOX'
expect_status 78 "no such account" mlist @none/INBOX
unset SATCHEL_FETCH

# folders
mkdir -p "$tmp/tree2/a/cur" "$tmp/tree2/a/new" "$tmp/tree2/a/tmp" \
	"$tmp/tree2/.b.c/cur" "$tmp/tree2/.b.c/new" "$tmp/tree2/.b.c/tmp" \
	"$tmp/tree2/cur" "$tmp/tree2/new" "$tmp/tree2/tmp" "$tmp/tree2/none"
printf 'Subject: x\n\n' >"$tmp/tree2/a/cur/1.x.h:2,S"
printf 'Subject: xy\n\n' >"$tmp/tree2/a/new/1700000000.x.h"
printf 'Subject: x\n\n' >"$tmp/tree2/.b.c/cur/1.x.h,S=700:2,"
is "-F" "$(mlist -F tree2)" "$(printf \
	'tree2\t0\t0\t0\ntree2/.b.c\t1\t1\t700\ntree2/a\t2\t1\t25')"
is "-F -R" "$(mlist -F -R tree2)" "$(mlist -F tree2)"
is "-F -l" "$(mlist -F -l tree2/a)" \
	"        2        1            25  tree2/a"
is "-F -j" "$(mlist -F -j tree2/a)" \
	'{"name":"tree2/a","messages":2,"unseen":1,"size":25}'
is "-F -c" "$(mlist -F -c tree2)" 3
is "what cannot be read is not counted as none" \
	"$(mlist -c nowhere 2>said; echo $?)" 66
is "nor its folders" "$(mlist -F -c nowhere 2>said; echo $?)" 66
is "what can be read is counted" "$(mlist -F -c nowhere tree2 2>said)" 3
is "-F -m" "$(mlist -F -m 1 tree2 | cut -f 1)" tree2
is "-F -0" "$(mlist -F -0 tree2/a | tr '\t\0' '|!')" 'tree2/a|2|1|25!'
is "-F -i" "$(printf 'tree2/a\n' | mlist -F -i | cut -f 1)" tree2/a
is "-F, the account's" "$(SATCHEL_MAILDIR=tree2 mlist -F | cut -f 1 |
	tr '\n' ' ')" "tree2 tree2/.b.c tree2/a "
printf '%s\nStatus: RO\n\nx\n\n%s\n\ny\n' \
	'From a@example.org Sat Nov 21 09:05:00 2026' \
	'From a@example.org Sat Nov 21 09:05:00 2026' >two.mbox
is "-F of an mbox" "$(mlist -F two.mbox | cut -f 1-3)" \
	"$(printf 'two.mbox\t2\t1')"
expect_status 66 "-F of a message" mlist -F "$one"
expect_status 66 "-F of one in an mbox" mlist -F two.mbox#0
expect_status 66 "-F of nothing" mlist -F none
expect_status 1 "-F -e without folders" mlist -F -e tree2/none

# a folder that cannot be listed keeps no other back
deep=tree2/a/x
while [ ${#deep} -lt 150 ]; do
	deep=$deep/x
done
mkdir -p "$deep"
expect_status 65 "folders that nest too deep" mlist -R tree2
is "are told, and the others listed" "$(sort "$tmp/out" | tr '\n' ' ')" \
	"tree2/.b.c/cur/1.x.h,S=700:2, tree2/a/cur/1.x.h:2,S tree2/a/new/1700000000.x.h "
expect_status 65 "and counted" mlist -F -c tree2
is "as well" "$(cat "$tmp/out")" 3
mkdir -p tree2/b/cur tree2/b/new tree2/b/tmp
expect_status 65 "also those behind them" mlist -F tree2
is "by name" "$(tail -n 1 "$tmp/out" | cut -f 1)" tree2/b

# what breaks a limit is told by its name
awk 'BEGIN {
	while (i++ < 4200)
		printf "X-%01000d: x\n", i
}' >long
printf '\nx\n' >>long
expect_status 65 "a header that is too long" mlist -q body:x long "$one"
is "whose it is" "$(cut -c 1-29 "$tmp/err")" "mlist: long: a header has ove"
{
	echo 'From a@example.org Sat Nov 21 09:05:00 2026'
	cat long
} >long.mbox
expect_status 65 "one in an mbox" mlist -j -q attachment long.mbox
is "its name" "$(cut -c 1-26 "$tmp/err")" "mlist: long.mbox#0: a head"
rm long long.mbox

# what is broken off tells no count
mkfifo asked
mlist -i -c -q from:ann <asked >count 2>missing &
lister=$!
exec 3>asked
echo none >&3
await $lister test -s missing
kill $lister
wait $lister
is "broken off" $? 143
exec 3>&-
is "without a count" "$(cat count)" ""

odd="odd
name"
printf 'Subject: x\n\n' >"$odd"
check "JSON of an odd name" mlist -j "$odd"
is "keeps it" "$(cut -d, -f1 "$tmp/out")" '{"name":"odd\nname"'

# nothing is cut where there is no terminal
printf 'From: A name of more than twenty columns <a@example.org>\n\n' >wide
is "a long sender" "$(mlist -l wide | sed 's/^N *//; s/^[-0-9 :]*//; s/ *$//')" \
	"A name of more than twenty columns"
rm wide

# of a header only the first 4 MB
awk 'BEGIN {
	print "From: a@example.org"
	for (i = 0; i < 70000; i++)
		printf "X: %060d\n", i
	print "Subject: late\n"
}' >header
is "a field behind 4 MB" "$(mlist -f '%A %s.' header)" "a@example.org ."
rm header

finish
