# The examples of msend's manual page do what they say.
. tests/tap.sh

# The blocks of EXAMPLES, a file each, as a shell reads them.
awk -v dir="$tmp" '
/^\.Sh / { on = $2 == "EXAMPLES" }
on && /^\.Ed/ { in_block = 0 }
in_block { print >(dir "/example." n) }
on && /^\.Bd/ { in_block = 1; n++ }' man/msend.1
sed -i.bak 's/\\-/-/g; s/\\e/\\/g' "$tmp"/example.*
rm -f "$tmp"/*.bak
ls "$tmp"/example.* >"$tmp/list"
is "they are found" "$(($(wc -l <"$tmp/list") > 5))" 1

mkdir "$tmp/work"
cd "$tmp/work" || exit 1
SATCHEL_FROM='Ann Example <ann@example.org>'
SATCHEL_SEND=maildir:$tmp/box
export SATCHEL_FROM SATCHEL_SEND
echo "Text." | tee report.txt >page.txt
printf 'a,b\n' >table.csv
echo '<img src="cid:logo.png">' >page.html
printf '\211PNG\r\n\032\n' >logo.png
printf 'From: dan@example.net\nTo: ann@example.org\nSubject: Well?\n\nSo?\n' \
	>question.eml

# example WORDS: the number of the block that has them
example()
{
	grep -l -e "$1" "$tmp"/example.* | sed 's/.*\.//'
}

# run WORDS: runs that example, sending to the Maildir all the same
run()
{
	set -- "$tmp/example.$(example "$1")"
	rm -rf "$tmp/box" outbox
	sed '/^export SATCHEL_SEND=/d' "$1" >"$tmp/script"
	rm -f "$1"
	sh -e "$tmp/script"
}

# last FIELD...: those of the message that was sent
last()
{
	mpart -H "$1" "$tmp"/box/new/* 2>/dev/null
}

check "a report" run 'msend -s "Report of'
is "with its table" "$(mpart -l "$tmp"/box/new/* | cut -f 2,7)" \
	"multipart/mixed	-
text/plain	-
text/csv	table.csv"
check "into a Maildir" run 'msend -o send=maildir:outbox'
is "one message" "$(ls outbox/new | wc -l | tr -d ' ')" 1
check "a page" run 'msend -s News'
is "its parts" "$(mpart -l "$tmp"/box/new/* | cut -f 2)" "multipart/related
multipart/alternative
text/plain
text/html
image/png"
check "answers and forwards" run 'msend -g -r'
is "their subjects" "$(last subject | sort)" "Fwd: Well?
Fwd: a question
Re: Well?"
check "what became of each" run 'msend -R'
is "a line each" "$(cut -f 1,2 "$tmp/out")" "bob@example.org	sent
carol@example.net	sent"
is "the queue" "$(cut -d ' ' -f 6- "$tmp/example.$(example '^\*/10')")" \
	"msend -q"
rm -f "$tmp/example.$(example '^\*/10')"

# what tests/live runs with the programs themselves
for words in sendmail-cmd= smtpserver; do
	rm -f "$tmp/example.$(example $words)"
done
cat "$tmp"/example.* 2>/dev/null | none "no example was left out"
cd "$top" || exit 1

finish
