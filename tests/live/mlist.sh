# mlist on a real server: what it lists there, what it asks for that, and that
# the other tools take what it prints.

. tests/tap.sh
. tests/servers/begin
. tests/servers/listed

SATCHEL_FETCH=$imap
export SATCHEL_FETCH

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
		is "the first seven by $key $order are all that is fetched" \
			"$(grep -c '> .* UID SORT' "$tmp/said") \
$(grep -c '< .* FETCH (' "$tmp/said")" "1 7"
	done
done
for order in '' -r; do
	# the words are meant to be split
	remote -v $order -s date -l "$url" 2>"$tmp/all" | head -n 7 >"$tmp/first"
	remote -v $order -s date -m 7 -l "$url" 2>"$tmp/said" >"$tmp/top"
	check "the first seven by date $order, in columns" \
		cmp "$tmp/first" "$tmp/top"
	is "are all that more than the date is fetched of $order" \
		"$(grep -c '< .* FETCH (.*FROM' "$tmp/all") \
$(grep -c '< .* FETCH (.*FROM' "$tmp/said")" "120 7"
done
unseen=$(remote -m 1 -q unseen "$url")
is "a message that is named, and does not match" \
	"$(remote -q seen "$unseen") $(remote -c -q unseen "$unseen")" " 1"

is "UIDs" "$(remote -m 3 -f %u "$url" | tr '\n' ' ')" "1 2 3 "
is "the last ones" "$(remote -r -m 2 -f %u "$url" | tr '\n' ' ')" "120 119 "
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

there "" 'CREATE "W&APY-rk.a"'
is "folders" "$(remote -F "$SATCHEL_FETCH" | cut -f 1-3)" \
	"$(printf '%s\t120\t72\n%s\t0\t0' "$url" "$SATCHEL_FETCH/W%C3%B6rk.a")"
is "their sizes" "$(remote -F "$SATCHEL_FETCH" |
	cut -f 4 | grep -c '^[0-9]*$')" 2
is "the account's" "$(remote -F @default/ | cut -f 1 | head -n 1)" "$url"
is "below another" "$(remote -F @default/W%C3%B6rk.a | wc -l | tr -d ' ')" 1
is "in all folders" "$(remote -c -R "$SATCHEL_FETCH")" 120

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
