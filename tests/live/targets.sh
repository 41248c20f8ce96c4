# A real server's mail, by IMAP and POP3, to each target that is no Maildir:
# what other programs read there is what was sent, once, whatever was there.

. tests/tap.sh
. tests/live.sh

# fetch OPTION...: all of bob's, by $protocol
fetch()
{
	mfetch -o tls-ca="$CA" "$@" "$url"
}

# sums DIRECTORY: of the files in it
sums()
{
	find "$1" -type f -exec cksum {} + | awk '{ print $1, $2 }' | sort
}

# split: the names on standard input as files of their own in $tmp/split
split()
{
	rm -rf "$tmp/split"
	mkdir "$tmp/split"
	while read -r name; do
		mpart -p 0 -r "$name" | tr -d '\r' >"$tmp/split/${name##*#}"
	done
}

mkdir "$tmp/messages"
for i in 1 2 3 4 5 6 7 8; do
	{
		printf 'From: Ann <ann@example.org>\nSubject: number %s\n' $i
		printf 'Message-ID: <%s@example.org>\n\n' $i
		case $i in
		2) printf 'From here\n>From there\n\nFrom after an empty line\n' ;;
		3) printf '\n\n\n' ;;
		4) awk 'BEGIN { for (; i < 20000; i++) print "From line", i }' ;;
		5) printf '.\n..\nGr\303\274\303\237e\n' ;;
		*) echo text ;;
		esac
	} >"$tmp/messages/$i"
done
sums "$tmp/messages" >"$tmp/want"
live_start
SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD")
export SATCHEL_PASSWORD
check "the messages are delivered" \
	"$server" deliver "$tmp/server" bob "$tmp/messages"/*
"$server" await "$tmp/server" bob 8
umask 022

for protocol in imaps pop3s; do
	port=$IMAPS_PORT
	[ $protocol = imaps ] || port=$POP3S_PORT
	url=$protocol://bob@localhost:$port
	box=$tmp/$protocol.mbox
	printf 'From x Sat Nov 21 09:05:00 2026\nSubject: old\n\nbody' >"$box"
	cp "$box" "$tmp/before"

	# that begin as names of other kinds do
	cd "$tmp" || exit 1
	for target in maildir:@a-$protocol mbox:-b-$protocol; do
		fetch -t $target >names
		is "$target: its messages can be named" \
			"$(mlist $(cat names) 2>&1)" "$(cat names)"
		is "are all" "$(wc -l <names | tr -d ' ')" 8
	done
	cd "$top" || exit 1

	check "$protocol: to an mbox" fetch -t "mbox:$box"
	is "eight names" "$(grep -c "^$box#[0-9]*$" "$tmp/out")" 8
	split <"$tmp/out"
	sums "$tmp/split" | diff "$tmp/want" - |
		none "they are the messages, byte for byte"
	head -c "$(wc -c <"$tmp/before")" "$box" | cmp - "$tmp/before" |
		none "what was there is untouched"
	is "mlist lists all" "$(mlist "$box" | wc -l)" 9
	expect_status 1 "nothing is new then" fetch -e -t "mbox:$box"
	ls "$box".* 2>/dev/null | none "no lock is left"
	(
		cd "$tmp"
		expect_status 1 "by another path neither" \
			fetch -e -t "mbox:$protocol.mbox"
	)

	check "$protocol: to a command" fetch -t \
		"pipe:cat >\"$tmp/$protocol.\$SATCHEL_UID\" && echo \$SATCHEL_FOLDER"
	is "its own output is none of ours" "$(sort -u "$tmp/err")" INBOX
	cat "$tmp/out" >"$tmp/names"
	mkdir "$tmp/taken"
	mv "$tmp/$protocol".[!m]* "$tmp/taken"
	sums "$tmp/taken" | diff "$tmp/want" - |
		none "it reads the messages, byte for byte"
	rm -r "$tmp/taken"
	is "eight names again" "$(sort -u "$tmp/names" | wc -l)" 8
	expect_status 1 "and takes each once" fetch -e -t \
		"pipe:cat >\"$tmp/$protocol.\$SATCHEL_UID\" && echo \$SATCHEL_FOLDER"

	check "$protocol: to standard output" fetch -t -
	cp "$tmp/out" "$tmp/all"
	mlist "$tmp/all" | split
	sums "$tmp/split" | diff "$tmp/want" - |
		none "it is an mbox of all messages"
	check "every time" fetch -t - -m 2
	is "the newest two" "$(grep -c '^Subject:' "$tmp/out")" 2
	expect_status 74 "a full standard output" sh -c \
		'exec mfetch -o tls-ca="$1" -t - "$2" >/dev/full' sh "$CA" "$url"
done

url=imaps://bob@localhost:$IMAPS_PORT
name=$(sed -n 's/.*;UID=3$/&/p' "$tmp/names")
is "by POP3 a command's names are UIDLs" "$name" ""

# a command that does not take a message gets it again, and stops no other
taken='pipe:test "$SATCHEL_UID" != "$(cat refused)" && echo "$SATCHEL_UID" >>taken'
(
	cd "$tmp" && echo 3 >refused && : >taken
	expect_status 75 "a command refuses a message" fetch -t "$taken"
	is "and takes the others" "$(tr '\n' ' ' <taken)" "1 2 4 5 6 7 8 "
	is "it is named" "$(grep -c '/INBOX;UIDVALIDITY=[0-9]*/;UID=3: .*exit status 1' "$tmp/err")" 1
	echo 9 >refused
	check "it takes it later" fetch -t "$taken"
	is "once" "$(tr '\n' ' ' <taken)" "1 2 4 5 6 7 8 3 "
	expect_status 78 "a command that is not there" \
		fetch -t 'pipe:/dev/null/command'
	expect_status 65 "a file that is no mbox" fetch -t mbox:refused
	is "is as it was" "$(cat refused)" 9
	expect_status 73 "a directory" fetch -t mbox:split
)

# what the server may delete is what was taken
(
	cd "$tmp" && echo 5 >refused && : >taken
	expect_status 75 "deleting, but what is not taken" \
		fetch -d -t "$taken again"
	"$server" await "$tmp/server" bob 1
	is "it stays" "$(find "$MAIL_ROOT/bob/new" "$MAIL_ROOT/bob/cur" \
		-type f | wc -l)" 1
)

finish
