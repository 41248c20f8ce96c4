# mlist on a server against mlist on the Maildir that mfetch made of it: the same
# answers, whoever gives them.

. tests/tap.sh
. tests/servers/begin

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

# every_fifth FIRST: every fifth number from there on
every_fifth()
{
	awk "BEGIN { for (i = $1; i <= 120; i += 5) printf \"%d,\", i }" |
		sed 's/,$//'
}

mkdir "$tmp/m"
LC_ALL=C messages
check "delivery" deliver "$tmp"/m/*
there INBOX "STORE $(every_fifth 1) +FLAGS.SILENT (\\Seen)"
there INBOX "STORE $(every_fifth 2) +FLAGS.SILENT (\\Flagged \\Answered \\Seen)"
there INBOX "STORE $(every_fifth 3) +FLAGS.SILENT (\\Draft \\Deleted)"
check "all are fetched" fetch box -q "$imap"
box=$tmp/box
url=$imap/INBOX

remote()
{
	timeout 60 mlist -o tls-ca="$CA" "$@"
}

same=0
while IFS= read -r q; do
	mlist -f '%{X-Id}' -q "$q" "$box" 2>&1 | sort >"$tmp/here"
	remote -f '%{X-Id}' -q "$q" "$url" 2>&1 | sort >"$tmp/there"
	if cmp -s "$tmp/here" "$tmp/there" && [ -s "$tmp/here" ]; then
		same=$((same + 1))
	else
		echo "$q"
		diff "$tmp/here" "$tmp/there"
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
type:octet or name:"bill.p"
type:mixed -seen
type:plain flagged
END
none "what a query finds is the same" <"$tmp/differ"
is "for each" "$same" 27

# both NAME FORMAT OPTIONS: there and here
both()
{
	remote -f "$2" $3 "$url" >"$tmp/there"
	mlist -f "$2" $3 "$box" >"$tmp/here"
	[ -s "$tmp/here" ] || echo nothing >>"$tmp/here"
	diff "$tmp/here" "$tmp/there" | none "$1"
}
all='%{X-Id} %d %i %f %A %t %s %F'
both "sorted by date" "$all" "-s date"
both "by date, reversed, some" "%{X-Id}" "-s date -r -m 9"
both "by subject, reversed" "%s" "-s subject -r"
both "by sender, some" "%f" "-s from -m 7"
both "by threads" "$all %T %D" "-T -s date"
both "whole threads" "%{X-Id} %T %D" "-t -T -q subject:build -s date"
is "a count" "$(remote -c -q size\>3k "$url")" "$(mlist -c -q size\>3k "$box")"
for key in size arrival; do
	for order in '' -r; do
		remote $order -s $key -f %u "$url" | head -n 7 >"$tmp/all"
		remote $order -s $key -m 7 -f %u "$url" | diff "$tmp/all" - |
			none "the first seven by $key $order"
	done
done
is "JSON" "$(remote -j -s date "$url" | sed 's/.*"date"/"date"/;
	s/"size":[0-9]*//')" "$(mlist -j -s date "$box" |
	sed 's/.*"date"/"date"/; s/"size":[0-9]*//')"
is "folders" "$(remote -F "$imap/" | cut -f 1-3)" \
	"$(printf '%s\t120\t%d' "$url" "$(mlist -c -q unseen "$box")")"
remote -l -m 5 -s date "$url" >"$tmp/there"
is "columns" "$(cat "$tmp/there")" "$(mlist -l -m 5 -s date "$box")"
is "what has attachments" "$(remote -c -q attachment "$url")" \
	"$(mlist -c -q attachment "$box")"
finish
