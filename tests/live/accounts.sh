# Several accounts in one call: all of them, whatever becomes of one, and what
# is printed is whole.

. tests/tap.sh
. tests/live.sh

# all OPTION...: of the configuration below
all()
{
	mfetch -C "$tmp/config" "$@"
}

n=200
mkdir "$tmp/messages"
for i in $(awk -v n=$n 'BEGIN { while (i < n) print ++i }'); do
	printf 'Message-ID: <%s@example.org>\nSubject: %s\n\ntext\n' $i $i \
		>"$tmp/messages/$i"
done
live_start
for user in alice bob; do
	"$server" deliver "$tmp/server" $user "$tmp/messages"/* &&
		"$server" await "$tmp/server" $user $n
	is "$user has mail" $? 0
done
cat >"$tmp/config" <<END
[*]
tls-ca = $CA
logfile = $tmp/log
[alice]
fetch = imaps://alice@localhost:$IMAPS_PORT
password-command = cat "$ALICE_PASSWORD"
maildir = $tmp/alice
[wrong]
fetch = imaps://alice@localhost:$IMAPS_PORT
password-command = echo wrong
maildir = $tmp/wrong
[send]
address = ann@example.org
[bob]
fetch = pop3s://bob@localhost:$POP3S_PORT
password-command = cat "$BOB_PASSWORD"
maildir = $tmp/bob
[down]
fetch = imaps://bob@localhost:1
password-command = cat "$BOB_PASSWORD"
END
chmod 600 "$tmp/config"

for jobs in 4 1; do
	rm -rf "$tmp/alice" "$tmp/bob" "$tmp/log"
	expect_status 77 "all, $jobs at a time: the first failure's status" \
		all -A -c $jobs
	is "all mail is there" "$(sort -u "$tmp/out" | wc -l)" $((2 * n))
	while read -r path; do
		[ -f "$path" ] || echo "$path"
	done <"$tmp/out" | none "and each line is a path"
	is "each that failed is told" "$(cut -d : -f 2-4 "$tmp/err" | sort)" \
		" imaps://alice@localhost:$IMAPS_PORT
 imaps://bob@localhost:1"
	is "the log has a line for each" "$(grep -c ' action=fetched account=\(alice folder=INBOX uid=[0-9]* size=[0-9]* message-id=[0-9]*@example.org name=[^ ]*\|bob folder=INBOX uid=[^ ]* size=[0-9]* message-id=[0-9]*@example.org name=[^ ]*\)$' "$tmp/log")" $((2 * n))
	is "no secret is in it" \
		"$(grep -c "$(cat "$BOB_PASSWORD")" "$tmp/log")" 0
done
is "it is mine alone" "$(ls -l "$tmp/log" | cut -c 1-10)" -rw-------

rm -rf "$tmp/alice" "$tmp/bob"
check "two of them" all -a bob -a alice -c 2 -j
is "a JSON line each" "$(grep -c '^{"name":"[^"]*","folder":"INBOX","uid":[^,]*,"size":[1-9][0-9]*,"message-id":"[0-9]*@example.org"}$' \
	"$tmp/out")" $((2 * n))
is "with its Message-ID" \
	"$(sed 's/.*"message-id"://' "$tmp/out" | sort -u | wc -l)" $n
is "and its UID" "$(sed -n '/\/alice\//s/.*"uid":\([0-9]*\),.*/\1/p' \
	"$tmp/out" | sort -n | tail -n 1)" $n
expect_status 1 "nothing is new then" all -a bob -a alice -c 2 -e
(
	export SATCHEL_PASSWORD=wrong
	check "a password is nobody's among several" all -a bob -a alice
)
expect_status 74 "standard output is full" sh -c \
	'rm -rf "$1/alice" "$1/bob"
	exec mfetch -C "$1/config" -a bob -a alice -c 2 >/dev/full' sh "$tmp"
check "all is printed then" all -a bob -a alice -c 2
is "each" "$(sort -u "$tmp/out" | wc -l)" $((2 * n))
rm -rf "$tmp/alice" "$tmp/bob"
expect_status 141 "a reader that is gone" sh -c \
	'{ mfetch -C "$1/config" -a bob -a alice -c 2; echo $? >"$1/status"
	} | :; exit $(cat "$1/status")' sh "$tmp"
is "is not told of it" "$(cat "$tmp/err")" ""
check "all is there then" all -a bob -a alice -c 2
is "once" "$(find "$tmp/alice/new" "$tmp/bob/new" -type f | wc -l)" $((2 * n))

sed "s|^maildir = .*|maildir = $tmp/shared|" "$tmp/config" >"$tmp/config.one"
chmod 600 "$tmp/config.one"
check "two into one Maildir" mfetch -C "$tmp/config.one" -a bob -a alice -c 2
is "wait for each other" "$(ls "$tmp/shared/new" | wc -l | tr -d ' ')" \
	$((2 * n))

# the folders of one, over several connections
for folder in A B C; do
	for dir in . cur new tmp; do
		mkdir -p "$MAIL_ROOT/alice/.$folder/$dir"
		chmod 777 "$MAIL_ROOT/alice/.$folder/$dir"
	done
	cp "$tmp/messages/1" "$tmp/messages/2" "$MAIL_ROOT/alice/.$folder/new"
	chmod 666 "$MAIL_ROOT/alice/.$folder/new"/*
done
shares()
{
	mfetch -C "$tmp/config" -a alice -f '*' -o connections=3 \
		-o maildir="$tmp/shares" "$@"
}
check "folders side by side" shares -v
is "come over three" "$(grep -c 'EXAMINE "INBOX"' "$tmp/err") $(
	grep -c 'OK .*Logged in' "$tmp/err")" '1 4'
is "each message once" "$(wc -l <"$tmp/out" | tr -d ' ') $(
	find "$tmp/shares" -path '*/new/*' | wc -l | tr -d ' ')" \
	"$((n + 6)) $((n + 6))"
expect_status 1 "nothing is new in any" shares -e
check "folders side by side into a target" mfetch -C "$tmp/config" -a alice \
	-f '*' -c 3 -t "$tmp/target" -v
is "over three, too" "$(grep -c 'OK .*Logged in' "$tmp/err") $(
	find "$tmp/target" -path '*/new/*' | wc -l | tr -d ' ')" "4 $((n + 6))"
check "over one" shares -c 1 -v
is "is one" "$(grep -c 'OK .*Logged in' "$tmp/err")" 1

# a server that says nothing is where a signal finds one at work
cat >>"$tmp/config" <<END
[silent]
fetch = imap://alice@localhost
maildir = $tmp/silent
tls = no
tunnel = echo >>"$tmp/asked"; exec cat >/dev/null
END
expect_status 143 "a signal ends all" sh -c 'mfetch -C "$1/config" -a silent \
	-a bob -c 2 & while [ ! -e "$1/asked" ]; do sleep 0.05; done
	kill $!; wait $!' sh "$tmp"

finish
