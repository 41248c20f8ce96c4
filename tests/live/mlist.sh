# mlist on a real server: a query finds there what it finds in the Maildir that
# the server keeps, and what mlist prints the other tools take.

. tests/tap.sh

server=$top/tests/live/server
"$server" check 2>"$tmp/err" || skip_all "$(cat "$tmp/err")"

tap_cleanup()
{
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
}

# messages: 120 in $tmp/m, of what senders write and what they should not
messages()
{
	awk -v dir="$tmp/m" '
	function r(n) { return int(rand() * n) }
	function pick(s,    v, n) { n = split(s, v, "|"); return v[1 + r(n)] }
	function zone() { return pick("+0000|-0800|+1400|-1200|EST|-0000") }
	function day() { return 1 + r(28) " " month[1 + r(12)] " 2026" }
	BEGIN {
		srand(1)
		split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", month)
		from = "Ann Example <ann@example.org>|bob@example.net|" \
		    "\"Ca\\rl, the \\\"1st\\\"\" <carl@example.org>|" \
		    "=?utf-8?q?=C3=89lodie?= <elodie@example.org>|" \
		    "=?iso-8859-1?Q?Andr=E9?= =?utf-8?b?IHRlc3Q=?= <a@b.c>|" \
		    "dora @ example . org (Dora Comment)|" \
		    "\303\226rjan <orjan@example.se>|" \
		    "Team: ann@example.org, bob@example.net;"
		subject = "Invoice for May|Re: invoice|" \
		    "=?utf-8?q?Invoice_=C3=9Cber?=|" \
		    "=?utf-8?b?SW52b2ljZQ==?= =?utf-8?b?IE1heQ==?=|" \
		    "long subject that is\n folded here|" \
		    "Gr\374\337e raw latin|Gr\303\274\303\237e raw utf|" \
		    "build =?us-ascii?q?OK?= now|in=?utf-8?q?voice?=d||" \
		    "caf=?iso-8859-1?q?=E9_au_lait?="
		to = "bob@example.net|Ann <ann@example.org>, dora@example.org|" \
		    "undisclosed-recipients:;|=?utf-8?q?B=C3=B6b?= <b@b.c>"
		for (i = 1; i <= 120; i++) {
			f = sprintf("%s/%03d", dir, i)
			t = sprintf("%02d:%02d", 9 + i / 60, i % 60)
			printf "X-Id: %d\nReceived: by b;\n\t%s %s +0000\n",
			    i, day(), t >f
			printf "From: %s\nTo: %s\n", pick(from), pick(to) >f
			if (r(4) == 0) printf "Cc: %s\n", pick(from) >f
			if (r(8) == 0) printf "Sender: %s\n", pick(from) >f
			printf "Subject: %s\n", pick(subject) >f
			d = r(8)
			if (d < 5)
				printf "Date: %s %s:07 %s\n", day(), t, zone() >f
			if (d == 5) printf "Date: garbage\n" >f
			if (d == 6) printf "Date: Sat, 21 Nov 26 %s EST\n", t >f
			if (r(6)) printf "Message-ID: <%d.x@example.org>\n", i >f
			if (i > 9 && r(3) == 0)
				printf "References: <%d.x@example.org>\n",
				    1 + r(i - 1) >f
			if (r(4) == 0) printf "List-Id: <list%d.x.y>\n", r(3) >f
			if (r(3) == 0)
				printf "X-Test: %s\n",
				    pick("one|=?utf-8?q?f=C3=B6ur?=|") >f
			b = r(4)
			if (b == 0) printf "\na secret garden\n" >f
			if (b == 1) printf "Content-Transfer-Encoding: " \
			    "base64\n\nc2VjcmV0IGdhcmRlbiBhZ2Fpbgo=\n" >f
			if (b == 2) printf "Content-Type: multipart/mixed; " \
			    "boundary=b\n\n--b\nContent-Transfer-Encoding: " \
			    "quoted-printable\n\nsec=\nret\n--b\n" \
			    "Content-Disposition: attachment; " \
			    "filename=\"Bill.pdf\"\n\nx\n--b--\n" >f
			if (b == 3) printf "\n" >f
			for (k = 0; b == 3 && k < 200; k++)
				printf "a line of a message that is large\n" >f
			close(f)
		}
	}'
}

mkdir "$tmp/m"
messages
check "the server starts" "$server" start "$tmp/server"
. "$tmp/server/env"
SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD")
SATCHEL_FETCH=imaps://bob@localhost:$IMAPS_PORT
export SATCHEL_PASSWORD SATCHEL_FETCH
box=$MAIL_ROOT/bob
url=$SATCHEL_FETCH/INBOX
"$server" deliver "$tmp/server" bob "$tmp"/m/*
n=0
for f in "$box"/new/*; do
	n=$((n + 1))
	case $((n % 5)) in
	0) flags=S ;;
	1) flags=FRS ;;
	2) flags=DT ;;
	*) flags= ;;
	esac
	mv "$f" "$box/cur/${f##*/}:2,$flags"
done

# remote OPTION... NAME; the same locally
remote()
{
	mlist -o tls-ca="$CA" "$@"
}

expect_status 0 "all are listed" remote "$url"
is "by URLs" "$(grep -c "^$url;UIDVALIDITY=[0-9]*/;UID=[0-9]*\$" "$tmp/out")" \
	120
first=$(head -n 1 "$tmp/out")
is "one of them" "$(remote "$first")" "$first"
is "which mpart takes" "$(mpart -o tls-ca="$CA" -H x-id "$first" | wc -l |
	tr -d ' ')" 1
is "by its account" "$(remote @default/INBOX:1 2>&1)" "$first"
is "nothing is marked as read, and new stays new" \
	"$(remote -c -q unseen "$url")" 72

same=0
while IFS= read -r q; do
	mlist -f '%{X-Id}' -q "$q" "$box" >"$tmp/all" 2>&1
	remote -f '%{X-Id}' -q "$q" "$url" 2>&1 | sort >"$tmp/there"
	sort "$tmp/all" >"$tmp/here"
	if cmp -s "$tmp/here" "$tmp/there" && [ -s "$tmp/here" ]; then
		same=$((same + 1))
	else
		echo "$q"
	fi
done <<'END' >"$tmp/differ"
from:ann unseen
from:"ann example" or from:/^bob/
from:1st or from:comment or from:dora@example.org
not from:élodie -from:test
addr:örjan or cc:carl
-addr:ann@example
subject:"invoice may" or subject:voiced
subject:ÜBER or subject:grü or subject:"is folded"
not (subject:invoice or flagged)
subject:/may$/
date:2026-05 or until:2026-02
since:2026-11-21 -seen
not since:2026-06
header:X-Test= -header:X-Test=four
header:X-Test=föur
list:list1 or id:12.x@example.org
size>3k (draft or answered)
size<3k not trashed
body:secret -body:again
attachment seen or name:bill type:octet
text:garden to:böb or to:undisclosed
body:"ret gard" or body:LARGE
body:/^sec/
text:"list1.x" or text:voice
subject:grüsse or subject:GRÜẞE
type:octet or name:"bill.p"
type:mixed -seen
type:plain flagged
END
none "what a query finds is the same" <"$tmp/differ"
is "for each" "$same" 28

# what was asked of the server
remote -v -c -q 'unseen body:"ret gard"' "$url" 2>"$tmp/said" >"$tmp/out"
is "bodies are looked for there first" \
	"$(sed -n 's/^mlist: > [^ ]* UID SEARCH RETURN (ALL) //p' "$tmp/said")" \
	'CHARSET UTF-8 (UNSEEN (BODY "ret" BODY "gard"))'
is "and no others are fetched" "$(grep -c '< .* FETCH .*BODY' "$tmp/said")" \
	"$(cat "$tmp/out")"
remote -U -v -c -q 'unseen body:"ret gard"' "$url" 2>"$tmp/said" >"$tmp/here"
is "-U: but not then" "$(grep -c 'SEARCH.*UNSEEN$' "$tmp/said") \
$(cat "$tmp/here")" "1 $(cat "$tmp/out")"
for key in size arrival; do
	for order in '' -r; do
		# the words are meant to be split
		remote -v $order -s $key -m 7 -f %u "$url" 2>"$tmp/said" \
			>"$tmp/out"
		remote $order -s $key -f %u "$url" | head -n 7 >"$tmp/all"
		is "the first seven by $key $order" "$(cat "$tmp/out")" \
			"$(cat "$tmp/all")"
		is "are all that is fetched" \
			"$(grep -c '> .* UID SORT' "$tmp/said") \
$(grep -c '< .* FETCH (' "$tmp/said")" "1 7"
	done
done
unseen=$(remote -m 1 -q unseen "$url")
is "a message that is named, and does not match" \
	"$(remote -q seen "$unseen") $(remote -c -q unseen "$unseen")" " 1"

# remote and local, in each way to print and to sort
both()
{
	is "$1" "$(remote -f "$2" $3 "$url")" "$(mlist -f "$2" $3 "$box")"
}
all='%{X-Id} %d %i %f %A %t %s %F'
both "sorted by date" "$all" "-s date"
both "by subject, reversed" "%s" "-s subject -r"
both "by sender, some" "%f" "-s from -m 7"
both "by threads" "$all %T %D" "-T -s date"
both "whole threads" "%{X-Id} %T %D" "-t -T -q subject:build -s date"
is "columns" "$(remote -l -s date "$url")" "$(mlist -l -s date "$box")"
is "JSON" "$(remote -j -s date "$url" | sed 's/.*"date"/"date"/;
	s/"size":[0-9]*//')" "$(mlist -j -s date "$box" |
	sed 's/.*"date"/"date"/; s/"size":[0-9]*//')"
is "UIDs" "$(remote -m 3 -f %u "$url" | tr '\n' ' ')" "1 2 3 "
is "the last ones" "$(remote -r -m 2 -f %u "$url" | tr '\n' ' ')" "120 119 "
is "a count" "$(remote -c -q size\>3k "$url")" \
	"$(mlist -c -q size\>3k "$box")"
is "mixed with local ones" "$(remote -c "$url" "$box" "$first")" 241
is "names on standard input" "$(remote -m 5 "$url" | remote -i -f %u |
	tr '\n' ' ')" "1 2 3 4 5 "

{
	remote -r -m 60 "$url"
	remote -m 61 "$url"
	echo @default/INBOX:3
} >"$tmp/names"
{
	seq 120 -1 61
	seq 61
	echo 3
} >"$tmp/wanted"
remote -v -i -f %u <"$tmp/names" >"$tmp/there" 2>"$tmp/said"
check "in any order" cmp "$tmp/there" "$tmp/wanted"
is "a few commands fetch all" "$(grep -c '> .* UID FETCH' "$tmp/said")" 5
{
	head -n 1 "$tmp/names"
	echo "$url;UIDVALIDITY=${first##*=}/;UID=1"
	echo "${first%=*}=999"
	echo "$first"
} >"$tmp/some"
expect_status 66 "a message that is gone" sh -c \
	'mlist -o tls-ca="$1" -i -f %u <"$2"' sh "$CA" "$tmp/some"
is "is told, and the others are listed" \
	"$(grep -c 'no such message\|UIDVALIDITY is' "$tmp/err") \
$(tr '\n' ' ' <"$tmp/out")" "2 120 1 "

curl -sS --cacert "$CA" -u "bob:$SATCHEL_PASSWORD" \
	-X 'CREATE "W&APY-rk.a"' "imaps://localhost:$IMAPS_PORT/"
is "folders" "$(remote -F "$SATCHEL_FETCH" | cut -f 1-3)" \
	"$(printf '%s\t120\t72\n%s\t0\t0' "$url" "$SATCHEL_FETCH/W%C3%B6rk.a")"
is "their sizes" "$(remote -F "$SATCHEL_FETCH" |
	cut -f 4 | grep -c '^[0-9]*$')" 2
is "the account's" "$(remote -F @default/ | cut -f 1 | head -n 1)" "$url"
is "below another" "$(remote -F @default/W%C3%B6rk.a | wc -l | tr -d ' ')" 1
is "in all folders" "$(remote -c -R "$SATCHEL_FETCH")" 120

: >"$tmp/news"
remote -w -m 2 -f '%u %s' -q subject:news "$url" >"$tmp/news" 2>&1 &
watcher=$!
tries=0
while [ "$(wc -l <"$tmp/news")" -lt 2 ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	printf 'Subject: news\n\n%s\n' $tries >"$tmp/one"
	printf 'Subject: none\n\n%s\n' $tries >"$tmp/two"
	"$server" deliver "$tmp/server" bob "$tmp/one" "$tmp/two"
	sleep 0.1 2>/dev/null || sleep 1
done
[ $tries -lt 100 ] || kill $watcher
wait $watcher
is "what comes is told, as much as is wanted" \
	"$? $(sed 's/^[0-9]* //' "$tmp/news" | tr '\n' ' ')" "0 news news "

# the manual's examples that go to a server
mkdir -p "$XDG_CONFIG_HOME/satchel"
printf '[work]\nfetch = %s\ntls-ca = %s\npassword-command = cat %s\n' \
	"$SATCHEL_FETCH" "$CA" "$BOB_PASSWORD" >"$XDG_CONFIG_HOME/satchel/config"
sed -n 's/^\.Dl \$ //p' "$top/man/mlist.1" | sed "s/\\\\(aq/'/g" |
	grep '@work' >"$tmp/examples"
is "the manual has one" "$(wc -l <"$tmp/examples" | tr -d ' ')" 1
while read -r line; do
	check "example: $line" sh -c "unset SATCHEL_FETCH SATCHEL_PASSWORD
	$line"
done <"$tmp/examples"

expect_status 66 "no such folder" remote "$SATCHEL_FETCH/Nowhere"
expect_status 66 "no such message" remote "$url/;UID=999"
expect_status 66 "another UIDVALIDITY" remote "$url;UIDVALIDITY=1/;UID=1"
expect_status 66 "the others are listed" remote "$SATCHEL_FETCH/no" "$first"
is "as they are" "$(cat "$tmp/out")" "$first"
expect_status 1 "-e" remote -e -q from:nobody "$url"
(
	SATCHEL_PASSWORD=wrong
	expect_status 77 "a wrong password" remote "$url"
)
expect_status 77 "a wrong authority" mlist -o tls-ca="$WRONG_CA" "$url"
expect_status 75 "no server" remote imaps://bob@localhost:1/INBOX
check "STARTTLS" remote -c "imap://bob@localhost:$IMAP_PORT/INBOX"
expect_status 74 "standard output is full" sh -c \
	'exec mlist -o tls-ca="$1" "$2" >/dev/full' sh "$CA" "$url"

finish
