# The examples of msend's manual page do what they say.
. tests/tap.sh
. tests/examples.sh

examples msend

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

# run WORDS: runs the example that has them, sending to the Maildir all the same
run()
{
	take_example "$1"
	rm -rf "$tmp/box" outbox
	sed '/^export SATCHEL_SEND=/d' "$tmp/script" >"$tmp/here"
	sh -e "$tmp/here"
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
take_example '*/10'
is "the queue" "$(cut -d ' ' -f 6- "$tmp/script")" "msend -q"

# what tests/live runs with the programs themselves
for words in sendmail-cmd= smtpserver; do
	take_example $words
done
all_taken
cd "$top" || exit 1

finish
