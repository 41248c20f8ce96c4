# The copy of what was sent, by APPEND: where mlist finds it, mfetch fetches it
# and mpart takes it apart.

. tests/tap.sh
. tests/servers/begin

mkdir -p "$XDG_CONFIG_HOME/satchel"
folder=$(encoded "${prefix}")S%C3%A4nt
cat >"$XDG_CONFIG_HOME/satchel/config" <<END
[work]
address = Ann <ann@example.org>
fetch = $imap
send = maildir:$tmp/out.box
sent = $imap/$folder
tls-ca = $CA
password-command = cat "$BOB_PASSWORD"
END
unset SATCHEL_PASSWORD
there "" "CREATE ${prefix}S&AOQ-nt"
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%c%c\n", i % 256, i / 256 }' \
	>"$tmp/data"

send()
{
	printf 'Gr\303\274\303\237e\n.\n..\n' | timeout 60 msend "$@"
}
check "a message" send -s 'One – eins' bob@example.net
is "without a word" "$(cat "$tmp/err")" ""
check "one with an attachment" send -s two -A "$tmp/data" bob@example.net
list=$(mlist -s arrival "$imap/$folder")
is "two copies" "$(echo "$list" | grep -c "^$imap/")" 2
is "which are seen" "$(mlist -c -q seen "$imap/$folder")" 2
is "with their subjects" "$(mlist -f %s "$imap/$folder" | sort | tr '\n' ' ')" \
	"One – eins two "
one=$(mlist -q subject:eins "$imap/$folder")
two=$(mlist -q subject:two "$imap/$folder")
is "the text of one" "$(mpart -p 1 "$one" | sed -n 2,3p | tr '\n' ' ')" ". .. "
check "the attachment of the other" mpart -p 2 -b "$two"
cmp "$tmp/out" "$tmp/data" | none "is what was attached"
check "a section by its URL" mfetch -t - "$two/;SECTION=2.MIME"
grep -q 'filename' "$tmp/out" && pass "is its header" ||
	fail "is its header" <"$tmp/out"
check "they come" mfetch -f "${prefix}Sänt" -o maildir="$tmp/back"
sums "$tmp/out.box" >"$tmp/want"
sums "$tmp/back" | diff "$tmp/want" - | none "byte for byte what was sent"

# a folder that is not there is made
check "a copy where no folder is" send -s three \
	-o sent="$imap/$(encoded "${prefix}New")" bob@example.net
is "without a word" "$(cat "$tmp/err")" ""
is "is in one that was made" "$(mlist -f %s "$imap/$(encoded \
	"${prefix}New")")" three

# with a password that has changed the message is sent, the copy told and kept
check "a message without its copy" send -s four \
	-o password-command='echo wrong' bob@example.net
is "it is sent" "$(ls "$tmp/out.box/new" | count)" 4
[ -s "$tmp/err" ] && pass "what is missing is told" ||
	echo nothing | fail "what is missing is told"
check "the next run" msend -q
is "has the copy made" "$(mlist -c -q subject:four "$imap/$folder")" 1
finish
