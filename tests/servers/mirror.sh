# mirror = yes: another client changes flags and removes messages, the user
# changes some here; with QRESYNC, CONDSTORE or neither.

. tests/tap.sh
. tests/servers/begin

mirror()
{
	fetch mail -q -o mirror=yes "$@" "$imap"
}

# file N: the directory and the flags of message N
file()
{
	path=$(grep -rl "^Subject: number $1\$" "$tmp/mail/new" "$tmp/mail/cur")
	case $path in
	*/new/*) echo new ;;
	*) echo "cur:${path##*:}" ;;
	esac
}

# uid N: of message N
uid()
{
	there INBOX "UID SEARCH SUBJECT \"number $1\""
	tr -d '\r' <"$tmp/said" | sed -n 's/^\* SEARCH \([0-9]*\).*/\1/p'
}

# store N FLAGS
store()
{
	there INBOX "UID STORE $(uid "$1") $2"
}

for i in 1 2 3 4 5 6 7 8; do
	printf 'Subject: number %d\nMessage-ID: <%d@x>\n\ntext\n' $i $i \
		>"$tmp/$i"
done
check "eight messages" deliver "$tmp"/[1-8]
store 7 '+FLAGS (\Seen)'
store 8 '+FLAGS (\Seen \Flagged \Answered \Draft $Forwarded word)'
check "a first run" mirror
is "one is new" "$(file 1)" new
is "one is seen" "$(file 7)" "cur:2,S"
case $(file 8) in
cur:2,DFRS | cur:2,DFPRS) pass "one has flags of all kinds" ;;
*) file 8 | fail "one has flags of all kinds" ;;
esac

store 1 '+FLAGS (\Seen \Flagged)'
store 2 '+FLAGS (\Answered)'
store 3 '+FLAGS (\Deleted)'
three=$(uid 3)
there INBOX "UID EXPUNGE $three"
for n in 2 4; do
	path=$(grep -rl "^Subject: number $n\$" "$tmp/mail/new")
	mv "$path" "$tmp/mail/cur/${path##*/}:2,Sa"
done
check "a second run" mirror
is "new flags" "$(file 1)" "cur:2,FS"
is "besides the user's" "$(file 2)" "cur:2,RSa"
is "a message that is gone stays" "$(file 3)" "cur:2,T"
is "what only the user changed" "$(file 4)" "cur:2,Sa"
is "what nobody changed" "$(file 5)" new

store 1 '-FLAGS (\Seen)'
store 4 '+FLAGS (\Flagged)'
store 7 'FLAGS ()'
check "a third run" mirror
is "a flag less" "$(file 1)" "cur:2,F"
is "one more, the user's stay" "$(file 4)" "cur:2,FSa"
is "none any more" "$(file 7)" "cur:2,"
check "and a fourth" mirror
is "changes nothing" "$(file 1) $(file 4) $(file 7)" \
	"cur:2,F cur:2,FSa cur:2,"

# flags and removals together with what is new
store 5 '+FLAGS (\Flagged)'
store 6 '+FLAGS (\Deleted)'
six=$(uid 6)
there INBOX "UID EXPUNGE $six"
sed 's/number 1/number 9/; s/<1@/<9@/' "$tmp/1" >"$tmp/9"
check "one arrives" deliver "$tmp/9"
check "all at once" mirror
is "changed, gone, new" "$(file 5) $(file 6) $(file 9)" \
	"cur:2,F cur:2,T new"

# compressed, and by the flags of many
check "compressed" mirror -o compress=yes
there INBOX 'STORE 1:* +FLAGS.SILENT (\Answered)'
check "all changed" mirror -o compress=yes
is "all are" "$(ls "$tmp/mail/cur" | grep -c ':2,.*R')" 7

check "a run that deletes" mirror -d
check "and one that does not" mirror
is "leaves what was here" "$(file 5)" "cur:2,FR"
is "as it was" "$(find "$tmp/mail/new" "$tmp/mail/cur" -type f | count)" 9
finish
