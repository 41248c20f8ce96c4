# mpart on mail that is made to cost: it reads it, or says which limit it
# breaks, within bounds of time and of memory.
. tests/tap.sh

[ -x bin/mpart ] || skip_all "bin/mpart is not built"

mkdir "$tmp/w" "$tmp/w/d" && cd "$tmp/w" || exit 1

# Besides the message itself, what mpart may take, in KB of address space.
room=65536
(ulimit -v $room && mpart -V) >/dev/null 2>&1 || room=

# A bound for what should end in a second; what is not linear takes minutes.
seconds=20

# within ROOM COMMAND...: the command, in so many KB if it can be told
within()
{
	(
		ulimit -t $seconds
		[ -z "$room" ] || ulimit -v "$1"
		shift
		exec "$@"
	)
}

# run STATUS FORM FILE: mpart on the message, in the bounds
run()
{
	bytes=$(wc -c <"$3")
	# shellcheck disable=SC2086
	expect_status "$1" "$3, mpart $2" within \
		$((bytes / 1024 + ${room:-0})) mpart $2 "$3"
}

# costs FILE FORM...: it is read
costs()
{
	file=$1
	shift
	for form; do
		run 0 "$form" "$file"
		none "without a word" <"$tmp/err"
	done
	rm -r "$file" d
	mkdir d
}

# breaks FILE LIMIT: nothing of it is shown or saved, and the limit is told
breaks()
{
	for form in -l "-x -d d"; do
		run 65 "$form" "$1"
		is "says why" "$(cat "$tmp/err")" "mpart: $1: $2"
		none "shows nothing" <"$tmp/out"
	done
	is "and saves nothing" "$(ls d)" ""
	rm "$1"
}

# text TIMES TEXT: the text so often, a line end at the end
text()
{
	awk -v n="$1" -v s="$2" 'BEGIN {
		while (i++ < n)
			printf "%s", s
		print ""
	}'
}

body='

x'
header_limit="a header has over 4194304 bytes"

# ---- what is read

{
	printf 'Content-Type: multipart/mixed; boundary=a\n'
	text 50000 '
--a

x'
} >parts
is "50,000 parts" "$(mpart parts | wc -l)" 50001
costs parts -l -j -t '-x -d d'

{
	printf 'Content-Type: multipart/mixed; boundary=a\n'
	text 5000 '
--a
Content-Type: a/b; name=x

x'
} >names
check "5,000 files of one name" mpart -x -d d names
is "are all saved" "$(ls d | wc -l)" 5000
costs names -l '-x -d d'

{ printf 'Subject: '; text 300000 '=?x?q?=C3?='; echo "$body"; } >words
{ printf 'Subject: '; text 180000 '=?iso-2022-jp?b?GyRC?= '; echo "$body"; } \
	>shifts
{ printf 'Subject: '; text 2000000 '=?'; echo "$body"; } >openers
{ printf 'To: '; text 2000000 'a,'; echo "$body"; } >addresses
{ printf 'To: '; text 500000 'a:b;,'; echo "$body"; } >groups
{ printf 'To: '; text 4000000 '('; echo "$body"; } >comments
{ printf 'To: '; text 1500000 '<"'; echo "$body"; } >quotes
for what in words shifts openers addresses groups comments quotes; do
	costs $what -j '-H subject,to'
done

# parts in charsets whose tables cost much to load
awk 'BEGIN {
	n = split("koi8-r gb2312 big5 shift_jis euc-jp iso-2022-jp euc-kr", c)
	print "Content-Type: multipart/mixed; boundary=a"
	for (i = 0; i < 20000; i++)
		print "\n--a\nContent-Type: text/plain; charset=" c[i % n + 1] \
			"\n\nx"
}' >charsets
costs charsets -l -t

# text for reading: HTML is held once, if at all, and other text never
{ printf 'Content-Type: text/html\n\n'; text 400000 '<p>a <b>line</b></p>
'; } >html
costs html -t
{ printf 'Content-Type: text/html\n\n'; yes '<p>' | head -c 80000000; } >html
check "HTML over its limit" mpart -t html
is "is named" "$(cat "$tmp/out")" "[attachment 1: text/html, 80000000 bytes]"
costs html -t
for end in '\n' ' '; do
	{
		printf 'Content-Type: text/plain; format=flowed\n\n'
		yes 'a line that flows ' | head -c 80000000 | tr '\n' "$end"
	} >flowed
	costs flowed -t
done

# 190 boundaries of one length, and lines that are nearly one of them
{
	awk 'BEGIN {
		for (i = 100; i < 290; i++) {
			print "Content-Type: multipart/mixed; boundary=b" i
			print "\n--b" i
		}
	}'
	text 500000 '
--b999'
} >delimiters
costs delimiters -l -t

# ---- what is refused

awk 'BEGIN {
	for (i = 0; i < 100000; i++)
		printf "Content-Type: multipart/mixed; boundary=%d\n\n--%d\n",
			i, i
}' >deep
breaks deep "parts nest over 200 deep"
text 100000 'Content-Type: message/rfc822

' >inside
breaks inside "parts nest over 200 deep"
{
	printf 'Content-Type: multipart/mixed; boundary=a\n'
	text 100001 '
--a
'
} >many
breaks many "over 100000 parts"
{
	printf 'Subject: '
	awk 'BEGIN { printf "%01000000d", 7 }' >million
	for i in 0 1 2 3 4 5 6 7 8 9; do
		cat million million million million million \
			million million million million million
	done
	echo "$body"
} >line
rm million
breaks line "$header_limit"
{ text 1000000 'A:
'; echo "$body"; } >fields
breaks fields "a header has over 10000 fields"
{ printf 'Content-Type: a/b'; text 500000 ';a=b'; echo "$body"; } >parameters
breaks parameters "a field has over 1000 parameters"

# In reverse order and with a charset each, of 20 MB and of what a header may
# have.
continued()
{
	awk -v n="$1" 'BEGIN {
		printf "Content-Type: a/b"
		text = sprintf("%04000d", 7)
		while (n-- > 0)
			printf ";\n name*%d*=%s%s", n,
				(n > 0 ? "" : "utf-8'"''"'"), text
		print "\n\nx"
	}'
}
continued 5000 >continued
breaks continued "$header_limit"
continued 1000 >continued
costs continued -l -j -t '-x -d d'

# ---- a limit that is met midway

{
	printf 'Subject: x\nContent-Type: multipart/mixed; boundary=a\n'
	printf '\n--a\n\none\n--a\nContent-Disposition: attachment'
	text 1001 ';a=b'
	printf '\ntwo\n--a--\n'
} >midway
limit="mpart: midway: a field has over 1000 parameters"
for form in -l -t "-x -d d -m text/plain"; do
	rm -r d
	mkdir d
	# shellcheck disable=SC2086
	expect_status 65 "a part that breaks a limit, mpart $form" \
		mpart $form midway
	is "a part that breaks a limit, mpart $form, is told" \
		"$(cat "$tmp/err")" "$limit"
done
expect_status 65 "a part that breaks a limit, as JSON" mpart -j midway
is "is no line of it" "$(cat "$tmp/out")" ""
check "the part before it" mpart -p 1 midway
is "can be read" "$(cat "$tmp/out")" one

finish
