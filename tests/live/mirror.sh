# mirror = yes against a real server: another client changes flags and removes
# messages there, the user changes some here.

. tests/tap.sh
. tests/live.sh

# there COMMAND: another client, as bob
there()
{
	curl -sS --max-time 20 --cacert "$CA" -u "bob:$password" \
		"imaps://localhost:$IMAPS_PORT/INBOX" -X "$1" >"$tmp/said"
}

fetch()
{
	(
		cd "$tmp" && SATCHEL_PASSWORD=$password \
			SATCHEL_MAILDIR=$tmp/mail mfetch -q -o tls-ca="$CA" \
			-o mirror=yes "$@" "imaps://bob@localhost:$IMAPS_PORT"
	)
}

# file N: the name of message N, from its directory on, without what is
# before its flags
file()
{
	path=$(grep -rl "^Subject: number $1\$" "$tmp/mail/new" "$tmp/mail/cur")
	case $path in
	*/new/*) echo new ;;
	*) echo "cur:${path##*:}" ;;
	esac
}

live_start
password=$(cat "$BOB_PASSWORD")
i=0
while [ $i -lt 6 ]; do
	i=$((i + 1))
	printf 'Subject: number %d\n\ntext\n' $i >"$tmp/$i"
done
check "six messages" "$server" deliver "$tmp/server" bob "$tmp/1" "$tmp/2" \
	"$tmp/3" "$tmp/4" "$tmp/5" "$tmp/6"
check "are there" "$server" await "$tmp/server" bob 6
check "a first run" fetch

for n in 1 2 3 4 5 6; do
	uid=$(sed -n 's/^Subject: number //p' "$tmp/$n")
	is "number $uid is new" "$(file $n)" new
done

# which of the server's messages is which; they may have come in any order
uid_of()
{
	there "UID SEARCH SUBJECT \"number $1\""
	sed -n 's/^\* SEARCH \([0-9]*\).*/\1/p' "$tmp/said"
}
one=$(uid_of 1)
two=$(uid_of 2)
three=$(uid_of 3)
four=$(uid_of 4)
there "UID STORE $one +FLAGS (\\Seen \\Flagged)"
there "UID STORE $two +FLAGS (\\Answered)"
there "UID STORE $three +FLAGS (\\Deleted)"
there "UID EXPUNGE $three"
# the user has read 2 and 4 here
for n in 2 4; do
	path=$(grep -rl "^Subject: number $n\$" "$tmp/mail/new")
	mv "$path" "$tmp/mail/cur/${path##*/}:2,Sa"
done
check "a second run" fetch
is "new flags" "$(file 1)" "cur:2,FS"
is "besides the user's" "$(file 2)" "cur:2,RSa"
is "a message that is gone stays" "$(file 3)" "cur:2,T"
is "what only the user changed" "$(file 4)" "cur:2,Sa"
is "what nobody changed" "$(file 5)" new

there "UID STORE $one -FLAGS (\\Seen)"
there "UID STORE $four +FLAGS (\\Flagged)"
check "a third run" fetch
is "a flag less" "$(file 1)" "cur:2,F"
is "one more, the user's stay" "$(file 4)" "cur:2,FSa"
mv "$tmp/mail/cur/"*:2,T "$tmp/mail/cur/back:2,"
check "nothing else" fetch
is "and the user's word stands" "$(file 3)" "cur:2,"

# what -d removed is not taken for news
check "a run that deletes" fetch -d
check "and one that does not" fetch
is "leaves it" "$(file 5)" new

# a message that was renamed between the runs is found by its name
check "seven" "$server" deliver "$tmp/server" bob "$tmp/6"
check "is there" "$server" await "$tmp/server" bob 1
check "and here" fetch
rm -rf "$tmp/mail"
check "all anew" fetch
is "with the flags as they are" "$(file 6)" new
finish
