# All folders of an account, whatever they are called: each message once, in a
# directory of its folder's, and the names that are printed lead back to it.

. tests/tap.sh
. tests/servers/begin

# message N
message()
{
	printf 'From: ann@example.org\nSubject: number %d\nMessage-ID: <%d@x>\n\ntext %d\n' \
		"$1" "$1" "$1" >"$tmp/$1"
}

# subjects: of the messages whose names are in $tmp/out
subjects()
{
	while read -r f; do
		cat "$f"
	done <"$tmp/out" | sed -n 's/^Subject: number //p' | sort -n | tr '\n' ' '
}

# Levels are parted by | here.  A server may refuse what it cannot keep, and
# Courier takes a folder for what it is only where a level has a name.
message 0
put INBOX "$tmp/0"
n=0
: >"$tmp/made"
while IFS= read -r name; do
	wire=$prefix$(printf %s "$name" | tr '|' "$slash")
	quoted=$(printf %s "$wire" | sed 's/[\\"]/\\&/g')
	if ! there "" "CREATE \"$quoted\""; then
		echo "# refused: $wire"
		continue
	fi
	message $((n + 1))
	if put "$wire" "$tmp/$((n + 1))"; then
		n=$((n + 1))
		printf '%d %s\n' $n "$wire" >>"$tmp/made"
	else
		echo "# takes no message: $wire"
	fi
done <<'END'
plain
a b
W&APY-rk
a&-b
100%
~
~root
dots..
..
.hidden
cur
new|tmp
deep|er|est
deep|UPPER
deep|upper
q"uote
back\slash
$HOME
`id`
semi;colon
comma,x
-dash
=
&U,BTFw-
x=y?z#f
[Gmail]
(paren)
{3}
star*
satchel.db
INBOXES
inbox|x
END
all=$((n + 1))
want=$(awk "BEGIN { for (i = 0; i <= $n; i++) printf \"%d \", i }")
echo "# $n folders were made"
[ $n -gt 15 ] && pass "folders are made" || echo "$n" | fail "folders are made"

for layout in plain maildir++; do
	check "$layout: all folders" fetch $layout -o layout=$layout -f '*' "$imap"
	is "$layout: each message" "$(subjects)" "$want"
	is "$layout: each in a directory of its own" \
		"$(sed 's,/[^/]*/[^/]*$,,' "$tmp/out" | sort -u | count)" $all
	grep -v "^$tmp/$layout/" "$tmp/out" | none "$layout: none elsewhere"
	expect_status 1 "$layout: nothing is new" fetch $layout -o \
		layout=$layout -e -f '*' "$imap"
	is "$layout: nothing is told" "$(cat "$tmp/err")" ""
done
fetch plain -v -f '*' "$imap" 2>&1 | awk '
/^mfetch: > / && !/LOGOUT/ { if (way != ">") n++; way = ">" }
/^mfetch: < / { way = "<" }
END { print "# nothing new in " n " round trips" }'

# the names lead back
check "mlist -F" mlist -o tls-ca="$CA" -F "$imap/"
awk -F '\t' '$2 > 0' "$tmp/out" >"$tmp/full"
is "has all, and those above them" "$(count <"$tmp/full")" $all
is "with one message each" "$(cut -f 2 "$tmp/full" | sort -u)" 1
cut -f 1 "$tmp/full" >"$tmp/urls"
while IFS= read -r url; do
	mlist -o tls-ca="$CA" -f '%s' "$url" || echo "$url"
done <"$tmp/urls" 2>&1 | sed 's/^number //' | sort -n | tr '\n' ' ' \
	>"$tmp/listed"
is "each is listed" "$(cat "$tmp/listed")" "$want"
check "mlist -R" mlist -o tls-ca="$CA" -R -f '%s' "$imap/"
is "lists them too" "$(sed 's/^number //' "$tmp/out" | sort -n |
	tr '\n' ' ')" "$want"
mlist -o tls-ca="$CA" -R "$imap/" >"$tmp/names"
while IFS= read -r url; do
	SATCHEL_MAILDIR=$tmp/none mfetch -o tls-ca="$CA" -t - "$url" ||
		echo "Subject: number $url"
done <"$tmp/names" 2>&1 | sed -n 's/^Subject: number //p' | sort -n |
	tr '\n' ' ' >"$tmp/read"
is "a message of each is read by its URL" "$(cat "$tmp/read")" "$want"

# what is new somewhere, alone
wire=$(sed -n '5s/^[0-9]* //p' "$tmp/made")
message 100
put "$wire" "$tmp/100"
check "one is new" fetch plain -f '*' "$imap"
is "and comes" "$(subjects)" "100 "
pattern=$(sed -n '3s/^[0-9]* //p' "$tmp/made" | sed 's/&APY-/ö/')
check "one folder, by its name" fetch one -f "$pattern" "$imap"
is "alone" "$(subjects)" "3 "
check "all but one" fetch but -f '*' -f "!$pattern" "$imap"
is "are the others" "$(count <"$tmp/out")" "$all"

# a folder that is another one under the same name
there "" "RENAME \"$wire\" ${prefix}other"
there "" "CREATE \"$wire\""
there "${prefix}other" "COPY 1:* \"$wire\""
there "" "DELETE ${prefix}other"
message 200
put "$wire" "$tmp/200"
check "a folder made anew" fetch plain -f '*' "$imap"
is "has one that is new" "$(subjects)" "200 "
grep -q 'counts its messages anew' "$tmp/err" && pass "and that is told" ||
	fail "and that is told" <"$tmp/err"
check "once" fetch plain -f '*' "$imap"
is "then no more" "$(cat "$tmp/out" "$tmp/err")" ""

# a folder that is gone
there "" "DELETE \"$wire\""
check "a folder that is gone" fetch plain -f '*' "$imap"
is "is nothing new" "$(cat "$tmp/out" "$tmp/err")" ""

# a copy of what there is, which only some servers tell from others
there INBOX "COPY 1 ${prefix}plain"
check "a copy in another folder" fetch once -o dedup=yes -f INBOX \
	-f "${prefix}plain" "$imap"
case $SERVER in
cyrus*) is "is not fetched" "$(count <"$tmp/out")" 2 ;;
*) is "cannot be told" "$(count <"$tmp/out")" 3 ;;
esac
finish
