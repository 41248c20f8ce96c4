# 300 messages of many kinds, put on a real server by another program, come
# by IMAP and by POP3 as they were, byte for byte.

. tests/tap.sh
. tests/live.sh

# messages: 300 files, of a kind by their number, and what of them is to come:
# CR LF as LF; POP3 cannot but end a message with its line
messages()
{
	awk -v dir="$tmp" '
	function put(s) { text = text s }
	function save(name,    file) {
		file = dir "/messages/" name
		printf "%s", text >file
		close(file)
		gsub(/\r\n/, "\n", text)
		file = dir "/imap.want/" name
		printf "%s", text >file
		close(file)
		if (text !~ /\n$/)
			text = text "\n"
		file = dir "/pop3.want/" name
		printf "%s", text >file
		close(file)
		text = ""
	}
	function times(n, s,    r) {
		for (r = ""; n > 0; n--)
			r = r s
		return r
	}
	BEGIN {
		for (i = 1; i <= 300; i++) {
			put("From: Ann <ann@example.org>\nSubject: number " i \
			    "\nMessage-ID: <" i "@example.org>\n")
			kind = i % 20
			if (kind == 0) put("\n")
			if (kind == 1) put("\nText.\n")
			if (kind == 2) put("\nno line end")
			if (kind == 3) put("\n.\n..\n...\n.a\n\n.\n")
			if (kind == 4) put("\n" times(5000, "long line ") "\n")
			if (kind == 5) put("\nGr\303\274\303\237e \360\237\223\247\n")
			if (kind == 6) put("\n\377\376\200 raw \351\n")
			if (kind == 7) put("\nFrom here\n>From there\n")
			if (kind == 8) put("\n)\r\nA1 OK done\r\n* BYE\r\n+OK\r\n")
			if (kind == 9) put("\n" times(300, "\n"))
			if (kind == 10) put("\na\rb\r\rc\n")
			if (kind == 11) put("X-Long: " times(400, "folded\n ") "end\n\nx\n")
			if (kind == 12) put("\n" times(4000, "a line of text\n"))
			if (kind == 13) put("\n\033[31mred\033[0m\007\n")
			if (kind == 14) put("no colon here\n\nx\n")
			if (kind == 15) put("\n" times(999, "x") "\n")
			if (kind == 16) put("\n{10}\n~{3+}\n\"\\\n")
			if (kind == 17) put("\n\t\n \n  x  \n")
			if (kind == 18) put("\nends in CR\r")
			if (kind == 19) put("\n--x\nContent-Type: text/plain\n\n--x--\n")
			save(sprintf("%03d", i))
		}
		put("Subject: big\n\n")
		for (i = 0; i < 3000; i++)
			put(times(100, "0123456789") "\n")
		save("big")
	}'
}

# sums DIRECTORY...: of the messages there
sums()
{
	find "$@" -type f -exec cksum {} + | awk '{ print $1, $2 }' | sort
}

# fetch NAME SCHEME PORT OPTION...: all of bob's into a Maildir of that name
fetch()
{
	name=$1 url=$2://bob@localhost:$3/
	shift 3
	SATCHEL_MAILDIR=$tmp/$name mfetch -o tls-ca="$CA" "$@" "${url%/}"
}

mkdir "$tmp/messages" "$tmp/imap.want" "$tmp/pop3.want"
LC_ALL=C messages
live_start
SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD")
export SATCHEL_PASSWORD
check "the messages are delivered" \
	"$server" deliver "$tmp/server" bob "$tmp/messages"/*
"$server" await "$tmp/server" bob 301

# bob has read one and flagged it
one=$(ls "$MAIL_ROOT/bob/new" | head -n 1)
mv "$MAIL_ROOT/bob/new/$one" "$MAIL_ROOT/bob/cur/$one:2,FS"

fetched()
{
	expect_status 0 "$1 fetches" fetch "$@"
	is "$1 prints 301 paths" "$(wc -l <"$tmp/out" | tr -d ' ')" 301
	while read -r f; do
		[ -f "$f" ] || echo "$f"
	done <"$tmp/out" | none "$1: each is there"
	sums "$tmp/${1%s}.want" >"$tmp/want"
	sums "$tmp/$1/new" "$tmp/$1/cur" >"$tmp/got"
	diff "$tmp/want" "$tmp/got" | none "$1: byte for byte"
	expect_status 1 "$1: nothing is new then" fetch "$@" -e
}
fetched imaps imaps "$IMAPS_PORT"
is "flags are taken over" "$(ls "$tmp/imaps/cur" | sed 's/.*:/:/')" ":2,FS"
is "nothing is marked as read" \
	"$(ls "$MAIL_ROOT/bob/cur" | grep -c ':2,[A-Z]*S')" 1
fetched pop3s pop3s "$POP3S_PORT"
fetch_few()
(
	ulimit -n 30 && fetch few imaps "$IMAPS_PORT"
)
check "few descriptors are enough" fetch_few
sums "$tmp/few/new" "$tmp/few/cur" >"$tmp/got"
sums "$tmp/imap.want" | diff - "$tmp/got" | none "all come then too"
check "compressed" fetch zip imaps "$IMAPS_PORT" -v -o compress=yes
sums "$tmp/zip/new" "$tmp/zip/cur" >"$tmp/got"
sums "$tmp/imap.want" | diff - "$tmp/got" | none "all come then too"
is "it is" "$(grep -c 'OK Begin compression' "$tmp/err")" 1
check "STARTTLS" fetch imap imap "$IMAP_PORT" -m 3
check "STLS" fetch pop3 pop3 "$POP3_PORT" -m 3
for p in imap pop3; do
	sums "$tmp/$p.want" >"$tmp/want"
	sums "$tmp/$p/new" "$tmp/$p/cur" >"$tmp/got"
	is "$p: three" "$(wc -l <"$tmp/got" | tr -d ' ')" 3
	comm -13 "$tmp/want" "$tmp/got" | none "$p: as they were"
done

check "the newest two" fetch two imaps "$IMAPS_PORT" -n -m 2
is "are two URLs" "$(grep -c '/;UID=30[01]$' "$tmp/out")" 2
mlist -o tls-ca="$CA" "imaps://bob@localhost:$IMAPS_PORT/INBOX" >"$tmp/names"
sed -n 1,6p "$tmp/names" >"$tmp/some"
check "the messages of some names" env \
	SATCHEL_FETCH=imaps://bob@localhost:$IMAPS_PORT \
	sh -c 'mfetch -o tls-ca="$1" -i -t - <"$2" >"$3"' sh "$CA" \
	"$tmp/some" "$tmp/whole"
while read -r name; do
	SATCHEL_FETCH=imaps://bob@localhost:$IMAPS_PORT \
		mfetch -o tls-ca="$CA" -t - "$name"
done <"$tmp/some" | cmp - "$tmp/whole"
is "are those that each has, in this order" $? 0
# the server tags its answers late
{
	sed -n 1,3p "$tmp/some"
	sed -n '1s/UID=.*/UID=999999/p' "$tmp/some"
	sed -n 4,6p "$tmp/some"
} >"$tmp/more"
SATCHEL_FETCH=imaps://bob@localhost:$IMAPS_PORT expect_status 66 \
	"and of one that is not there among them" \
	mfetch -o tls-ca="$CA" -i -t - <"$tmp/more"
is "the others come" "$(cmp "$tmp/out" "$tmp/whole" 2>&1)" ""
is "and it is told" "$(sed 's/.*UID=//' "$tmp/err")" "999999: no such message"
check "by POP3, the newest two" fetch anew pop3s "$POP3S_PORT" -n -j -m 2
is "are named by their UIDLs" "$(grep -c '^{"name":"\([^"]*\)",.*"uid":"\1",.*"size":[0-9]' "$tmp/out")" 2
is "and nothing is made" "$(ls "$tmp/anew" 2>/dev/null)" ""
check "what is small" fetch two imaps "$IMAPS_PORT" -n -s 100k
is "is all but the big one" "$(wc -l <"$tmp/out" | tr -d ' ')" 300
expect_status 66 "no such folder" fetch two imaps "$IMAPS_PORT" -f Nowhere

curl -sS --cacert "$CA" -u "bob:$SATCHEL_PASSWORD" \
	-X 'CREATE "W&APY-rk.a"' "imaps://localhost:$IMAPS_PORT/"
check "a folder" fetch folders imaps "$IMAPS_PORT" -f 'W*'
is "has its own Maildir" \
	"$(cd "$tmp/folders" && find . -name satchel.db | sort | tail -n 1)" \
	"$(printf './W\303\266rk/a/satchel.db')"

check "a folder of Maildir++" fetch flat imaps "$IMAPS_PORT" -f 'W*' -f INBOX \
	-o layout=maildir++ -m 1
is "is a Maildir beside the others" "$(cd "$tmp/flat" &&
	find . -name satchel.db -o -name maildirfolder | sort | tr '\n' ' ')" \
	"$(printf './.W\303\266rk.a/maildirfolder ./.W\303\266rk.a/satchel.db %s' \
	'./satchel.db ')"
check "all but one folder" fetch but imaps "$IMAPS_PORT" -f '*' -f '!W*' -m 1
is "is all but that" "$(cd "$tmp/but" && find . -name satchel.db)" ./satchel.db

(
	SATCHEL_PASSWORD=wrong
	expect_status 77 "a wrong password" fetch no imaps "$IMAPS_PORT"
	expect_status 77 "with POP3 too" fetch no pop3s "$POP3S_PORT"
	SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD") CA=$WRONG_CA
	expect_status 77 "a wrong authority" fetch no imaps "$IMAPS_PORT"
	expect_status 77 "after STARTTLS too" fetch no imap "$IMAP_PORT"
)
expect_status 74 "standard output is full" sh -c \
	'SATCHEL_MAILDIR=$1 exec mfetch -o tls-ca="$2" "$3" >/dev/full' sh \
	"$tmp/full" "$CA" "imaps://bob@localhost:$IMAPS_PORT"
expect_status 141 "a reader that is gone" sh -c \
	'{ SATCHEL_MAILDIR=$1 mfetch -o tls-ca="$2" "$3"
	echo $? >"$1.status"; } | :; exit $(cat "$1.status")' sh \
	"$tmp/full" "$CA" "imaps://bob@localhost:$IMAPS_PORT"
is "is not told of it" "$(cat "$tmp/err")" ""
check "the next run prints all" fetch full imaps "$IMAPS_PORT"
is "each once at least" "$(sort -u "$tmp/out" | wc -l | tr -d ' ')" 301
is "and none twice on disk" \
	"$(find "$tmp/full/new" "$tmp/full/cur" -type f | wc -l | tr -d ' ')" 301

# what came today is younger than a day, and than none
for p in imaps pop3s; do
	port=$IMAPS_PORT
	[ $p = imaps ] || port=$POP3S_PORT
	check "$p keeps for a day" fetch $p $p "$port" -o keep=1
	is "all are there" "$(find "$MAIL_ROOT/bob/new" "$MAIL_ROOT/bob/cur" \
		-type f | wc -l | tr -d ' ')" 301
done
expect_status 78 "keep for ever and a day" \
	fetch imaps imaps "$IMAPS_PORT" -o keep=always
check "keep for no day" fetch two imaps "$IMAPS_PORT" -m 1 -o keep=0
is "deletes what is here" "$(find "$MAIL_ROOT/bob/new" "$MAIL_ROOT/bob/cur" \
	-type f | wc -l | tr -d ' ')" 300
check "deleted by IMAP" fetch imaps imaps "$IMAPS_PORT" -d
check "then POP3 sees none" fetch empty pop3s "$POP3S_PORT"
is "none" "$(cat "$tmp/out")" ""

finish
