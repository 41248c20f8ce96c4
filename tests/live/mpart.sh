# mpart on messages that a real server has: what comes over IMAP reads as the
# file does.

. tests/tap.sh
. tests/live.sh

cat >"$tmp/one" <<'END'
From: Ann <ann@example.org>
Subject: =?utf-8?q?parts_of_all_kinds?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--c
Content-Type: text/html

<p>Gr&uuml;&szlig;e
--c--
--b

No: header, but this line.
--b
Content-Type: application/octet-stream; name=a.bin
Content-Disposition: attachment
Content-Transfer-Encoding: base64

AAECAwQF
/v8=
--b
Content-Type: message/rfc822

Subject: within
Content-Type: text/plain

inner
--b--
END
printf 'Subject: two\n\nplain\n' >"$tmp/two"

live_start
SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD")
export SATCHEL_PASSWORD
"$server" deliver "$tmp/server" bob "$tmp/one"
"$server" await "$tmp/server" bob 1
check "the first has UID 1" mfetch -o tls-ca="$CA" -n \
	"imaps://bob@localhost:$IMAPS_PORT"
one=$(cat "$tmp/out")
"$server" deliver "$tmp/server" bob "$tmp/two"
"$server" await "$tmp/server" bob 2
check "and the second 2" mfetch -o tls-ca="$CA" -n -m 1 \
	"imaps://bob@localhost:$IMAPS_PORT"
two=$(cat "$tmp/out")

# same NAME OPTION...: of both messages, by URL as by file
same()
{
	name=$1
	shift
	mpart "$@" "$tmp/one" "$tmp/two" >"$tmp/want" 2>"$tmp/err"
	status=$?
	expect_status $status "$name" mpart -o tls-ca="$CA" "$@" "$one" "$two"
	diff "$tmp/want" "$tmp/out" | none "$name: as of the file"
}
same "the parts" -l
same "the text" -t
same "fields" -H subject,from
same "a part of a part" -p 1.1 -b
same "a header" -p HEADER
same "a part of the first alone" -p 1.2
same "a part as it stands" -p 3 -r
same "the whole" -p 0 -r

printf '%s\n' "$one" "$two" >"$tmp/names"
check "names on standard input" sh -c \
	'mpart -o tls-ca="$1" -i -H subject <"$2"' sh "$CA" "$tmp/names"
is "both are read" "$(cat "$tmp/out")" "$(printf 'parts of all kinds\ntwo')"
check "JSON" mpart -o tls-ca="$CA" -j "$one"
is "has the URL as the name" \
	"$(sed 's/^{"name": *"\([^"]*\)".*/\1/' "$tmp/out" | tr -d '\\')" "$one"

# section SECTION OPTION... WANTED: of the first message's section
section()
{
	of=$1
	shift
	expect_status 0 "section $of $*" mpart -o tls-ca="$CA" "$@" \
		"$one/;SECTION=$of"
}
section 1.1 -p 1
is "is text as UTF-8" "$(cat "$tmp/out")" "$(printf 'Gr\303\274\303\237e')"
section 3 -l
is "is one part, with its own header" "$(cut -f 1,2,6,7 "$tmp/out")" \
	"$(printf '1\tapplication/octet-stream\t8\ta.bin')"
section 2 -p 1
is "has no header" "$(cat "$tmp/out")" "No: header, but this line."
section 1 -l
is "is a multipart" "$(cut -f 1,2 "$tmp/out" | tr '\n\t' '  ')" \
	"0 multipart/alternative 1 text/plain 2 text/html "
section 4.HEADER -H subject
is "is a header" "$(cat "$tmp/out")" within
section 4.TEXT -p 1
is "comes with its header" "$(cat "$tmp/out")" inner
section 3.MIME -p 1.MIME
is "is a part's header" "$(sed 1q "$tmp/out")" \
	"Content-Type: application/octet-stream; name=a.bin"
expect_status 66 "no such section" mpart -o tls-ca="$CA" "$one/;SECTION=7"
is "is told once" "$(wc -l <"$tmp/err" | tr -d ' ')" 1
for of in 7 7.1 7.TEXT 7.MIME 1.7; do
	expect_status 66 "no section $of" mfetch -o tls-ca="$CA" -t - \
		"$one/;SECTION=$of"
done
check "one that is there" mfetch -o tls-ca="$CA" -t - "$one/;SECTION=3.MIME"

mkdir "$tmp/dir"
check "an attachment is saved" mpart -o tls-ca="$CA" -x -d "$tmp/dir" "$one"
is "with its bytes" "$(od -An -tx1 "$tmp/dir/a.bin" | tr -d ' \n')" \
	000102030405feff

gone=$(echo "$two" | sed 's/UID=2$/UID=9/')
expect_status 66 "a message that is not there" \
	mpart -o tls-ca="$CA" -H subject "$gone" "$two"
is "and the next one is read" "$(cat "$tmp/out")" two
# more than are asked for at once
awk -v part="$one/;SECTION=1.1" -v two="$two" 'BEGIN {
	for (i = 0; i < 400; i++)
		print i % 3 ? part : two
}' >"$tmp/names"
expect_status 0 "many names" sh -c 'mpart -o tls-ca="$1" -i -j <"$2"' sh \
	"$CA" "$tmp/names"
sed 's/^{"name":"\([^"]*\)".*/\1/' "$tmp/out" >"$tmp/told"
check "come in their order" cmp "$tmp/names" "$tmp/told"
(
	SATCHEL_PASSWORD=wrong
	expect_status 77 "a wrong password" mpart -o tls-ca="$CA" "$two"
)

finish
