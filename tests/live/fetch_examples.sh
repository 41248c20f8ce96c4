# The examples of mfetch's manual page do what they say, on a real server.

. tests/tap.sh
. tests/live.sh
. tests/examples.sh

examples mfetch
live_start
mkdir "$tmp/messages" "$tmp/work"
for i in 1 2 3; do
	printf 'From: Ann <ann@example.org>\nSubject: number %s\n\ntext\n' $i \
		>"$tmp/messages/$i"
done
"$server" deliver "$tmp/server" bob "$tmp/messages"/*
check "the messages are delivered" "$server" await "$tmp/server" bob 3
for folder in Junk Trash Work; do
	curl -sS --cacert "$CA" -u "bob:$(cat "$BOB_PASSWORD")" \
		-X "CREATE $folder" "imaps://localhost:$IMAPS_PORT/"
done
cat >"$tmp/config" <<END
[*]
tls-ca = $CA
[ann]
fetch = imaps://bob@localhost:$IMAPS_PORT
maildir = $tmp/mail
password-command = cat "$BOB_PASSWORD"
END
export SATCHEL_CONFIG="$tmp/config"
cd "$tmp/work" || exit 1
url=imaps://bob@localhost:$IMAPS_PORT
mfetch -n >"$tmp/urls"

# run WORDS: the example that has them, from the beginning, as it is but for
# the server
run()
{
	take_example "$1"
	sed "s|'imaps://ann@imap.example.org/INBOX.*'|'$(head -n 1 "$tmp/urls")'|
		s|imaps://ann@imap.example.org|$url|
		s|-T 3600|-T 1|" "$tmp/script" >"$tmp/here"
	rm -rf "$tmp/mail"
	sh -e "$tmp/here"
}

check "who wrote" run 'mfetch | mlist'
is "three lines" "$(grep -c 'Ann *number [123]$' "$tmp/out")" 3
SECRET=$(cat "$BOB_PASSWORD")
export SECRET
check "from a job" run 'SATCHEL_FETCH='
is "into its own directory" "$(ls mail/new | wc -l | tr -d ' ')" 3
check "what is new" run 'mfetch -n'
cmp "$tmp/out" "$tmp/urls" | none "is URLs"
check "what a search finds" run "mlist -q"
is "is fetched" "$(ls "$tmp/mail/new" | wc -l | tr -d ' ')" 3
check "one of them" run 'mfetch -t - \'
cmp "$tmp/out" "$tmp/messages/1" | none "is that message"
check "all accounts" run 'mfetch -A'
is "in silence" "$(cat "$tmp/out")" ""
is "are fetched" "$(ls "$tmp/mail/new" | wc -l | tr -d ' ')" 3
check "for a script" run 'mfetch -j'
is "a line of JSON each" "$(grep -c '^{"name":.*}$' arrived.json)" 3
check "for another program" run '>week.mbox'
is "an mbox" "$(mlist -c week.mbox)" 3
cat >sort-mail <<'END'
mkdir -p sorted && exec cat >sorted/$SATCHEL_UID
END
check "into an mbox and a command" run 'mbox:'
is "an mbox of all" "$(mlist -c inbox)" 3
is "and a file each" "$(ls sorted | wc -l | tr -d ' ')" 3
check "all folders but two" run 'Junk'
is "are there" "$(cd "$tmp/mail" && find . -name satchel.db | sort |
	tr '\n' ' ')" "./Work/satchel.db ./satchel.db "
check "wait for a message" run 'mfetch -u'
is "the first of them" "$(grep -c '^Subject: number [123]$' "$tmp/out")" 1
check "as it comes" run 'mfetch -w'
is "the subjects" "$(sort "$tmp/out" | tr '\n' ' ')" \
	"number 1 number 2 number 3 "
all_taken

finish
