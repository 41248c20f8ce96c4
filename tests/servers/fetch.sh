# One folder by IMAP and by POP3, as its server's users have it: everything
# once, byte for byte, and then what is new.

. tests/tap.sh
. tests/servers/begin

# messages FIRST LAST: of kinds by their number
messages()
{
	awk -v dir="$tmp/m" -v first="$1" -v last="$2" 'BEGIN {
		for (i = first; i <= last; i++) {
			f = sprintf("%s/%03d", dir, i)
			printf "From: Ann <ann@example.org>\nSubject: number" \
			    " %d\nMessage-ID: <%d@example.org>\n", i, i >f
			k = i % 8
			if (k == 0) printf "\n.\n..\n.a\n\n.\n" >f
			if (k == 1) printf "\n" >f
			if (k == 2) printf "\nFrom here\n>From there\n" >f
			if (k == 3) printf "\nGr\303\274\303\237e\n" >f
			if (k == 4) printf "\n\377\376 raw \351\n" >f
			if (k == 5) printf "\n)\nA1 OK done\n{10}\n~{3+}\n" >f
			if (k == 6) printf "X-Long: a\n b\n\tc\n\n \n\t\n" >f
			for (j = 0; k == 7 && j < 20000; j++)
				printf "\na line of text %d", j >f
			if (k == 7) printf "\n" >f
			close(f)
		}
	}'
}

# trips LOG: how often the server was waited for after TLS
trips()
{
	awk '/^mfetch: > / && !/LOGOUT|QUIT/ { if (way != ">") n++; way = ">" }
	/^mfetch: < / { way = "<" }
	END { print n + 0 }' "$1"
}

# again NAME OPTION... URL: and how many round trips that took
again()
{
	name=$1
	shift
	fetch "$name" -v "$@" >"$tmp/out" 2>"$tmp/trace" || return
	trips "$tmp/trace" >"$tmp/trips"
}

mkdir "$tmp/m"
LC_ALL=C messages 1 40
check "delivery" deliver "$tmp"/m/*

for url in "$imap" "imap://bob@localhost:$IMAP_PORT" "$pop" \
	"pop3://bob@localhost:$POP3_PORT"; do
	n=${url%%:*}
	check "$n: all" fetch "$n" "$url"
	is "$n: printed" "$(count <"$tmp/out")" 40
	sums "$tmp/m" >"$tmp/want"
	sums "$tmp/$n" | diff "$tmp/want" - | none "$n: byte for byte"
	expect_status 1 "$n: nothing is new" fetch "$n" -e "$url"
	is "$n: without a word" "$(cat "$tmp/out" "$tmp/err")" ""
	again "$n" "$url"
	echo "# $n: nothing new in $(cat "$tmp/trips") round trips"
done

LC_ALL=C messages 41 50
check "ten more" deliver "$tmp"/m/04[1-9] "$tmp/m/050"
sums "$tmp/m" >"$tmp/want"
for url in "$imap" "imap://bob@localhost:$IMAP_PORT" "$pop" \
	"pop3://bob@localhost:$POP3_PORT"; do
	n=${url%%:*}
	again "$n" "$url"
	is "$n: ten are new" "$(count <"$tmp/out")" 10
	echo "# $n: ten new in $(cat "$tmp/trips") round trips"
	sums "$tmp/$n" | diff "$tmp/want" - | none "$n: still byte for byte"
done

check "compressed, where that is offered" fetch small -o compress=yes "$imap"
sums "$tmp/small" | diff "$tmp/want" - | none "it is the same"
check "again, compressed" fetch small -o compress=yes "$imap"
check "by two connections" fetch two -c 2 "$imap"
sums "$tmp/two" | diff "$tmp/want" - | none "that too"

# what is listed, chosen, and fetched in part
check "-n" fetch none -n "$imap"
is "prints URLs" "$(grep -c "^$imap/INBOX;UIDVALIDITY=[0-9]*/;UID=[0-9]*$" \
	"$tmp/out")" 50
url=$(sed -n 7p "$tmp/out")
check "one of them" fetch none -t - "$url"
cmp "$tmp/out" "$tmp/m/007" | none "is its message"
check "a section" fetch none -t - "$url/;SECTION=HEADER"
is "its header" "$(sed -n 's/^Subject: //p' "$tmp/out")" "number 7"
check "a message that mpart takes" mpart -o tls-ca="$CA" -H subject "$url"
is "the same" "$(cat "$tmp/out")" "number 7"
check "its text" mpart -o tls-ca="$CA" -p 1 -b "$url"
is "which is long" "$(wc -l <"$tmp/out" | tr -d ' ')" 20000
check "-m" fetch some -m 3 "$imap"
is "the newest" "$(cat $(cat "$tmp/out") | sed -n 's/^Subject: //p' |
	sort | tr '\n' ' ')" "number 48 number 49 number 50 "
check "-s" fetch less -s 10k "$imap"
is "without the large ones" "$(count <"$tmp/out")" 44
check "-S" fetch since -S yesterday "$imap"
is "all are of today" "$(count <"$tmp/out")" 50
for url in "$imap" "$pop"; do
	n=${url%%:*}-head
	check "$n" fetch "$n" -H "$url"
	is "$n: all" "$(count <"$tmp/out")" 50
	is "$n: nothing else" "$(cat $(cat "$tmp/out") | grep -c 'line of')" 0
	is "$n: each" "$(cat $(cat "$tmp/out") | sort -u | grep -c ^Subject)" 50
	expect_status 1 "$n: and nothing then" fetch "$n" -e -H "$url"
done
there INBOX 'SEARCH UNSEEN'
case $SERVER in
# POP3 marks as read there, as most servers do
dovecot | courier) ;;
*) is "nothing is read" "$(tr ' ' '\n' <"$tmp/said" | grep -c '[0-9]')" 50 ;;
esac

# what is deleted, and only what is safe
check "-d of what is here" fetch imaps -d "$imap"
check "and nothing is lost" fetch imaps -d "$imap"
sums "$tmp/imaps" | diff "$tmp/want" - | none "it is all here"
is "nothing is there" "$(mlist -o tls-ca="$CA" -c "$imap/INBOX")" 0
check "three again" deliver "$tmp"/m/00[1-3]
check "POP3 deletes" fetch gone -d "$pop"
is "after three came" "$(count <"$tmp/out")" 3
is "all of them" "$(mlist -o tls-ca="$CA" -c "$imap/INBOX")" 0
check "two again" deliver "$tmp"/m/00[45]
check "a day is kept" fetch day -o keep=1 "$imap"
is "what came now" "$(mlist -o tls-ca="$CA" -c "$imap/INBOX")" 2
check "none is kept" fetch day -o keep=no "$imap"
is "what was here" "$(mlist -o tls-ca="$CA" -c "$imap/INBOX")" 0
is "are two" "$(find "$tmp/day/new" "$tmp/day/cur" -type f | count)" 2
finish
