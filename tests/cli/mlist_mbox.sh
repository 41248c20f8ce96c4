# mlist: mbox files that are large, and that are not as they should be.
. tests/tap.sh

cd "$tmp" || exit 1
from='From ann@example.org Sat Nov 21 09:05:00 2026'

# 3,000 messages over 4 MB, each number of bytes told by a length or not; some
# hide what looks like a next message behind it, and two are larger than what
# is read in one go.  The names that are to be found go to standard output.
LC_ALL=C awk -v box=large -v from="$from" '
function put(s) { printf "%s", s >box; at += length(s) }
function filler(n,    s) {
	s = "a line that is of no use to anyone but to fill a message here\n"
	while (length(s) < n)
		s = s s
	return s
}
BEGIN {
	for (i = 1; i <= 3000; i++) {
		print box "#" (at + 0)
		end = i % 7 == 0 ? "\r\n" : "\n"
		body = "text " i "\n" filler(i % 1000 == 0 ? 900000 : i % 1500)
		if (i % 3 == 0)
			body = body "\n" from "\nSubject: hidden\n\n" filler(300)
		if (i == 2000)
			body = body "\n" from "\nSubject: hidden\n\n" filler(900000)
		put(from end "Subject: " i end)
		if (i % 3 == 0 || i == 2000)
			put("Content-Length: " length(body) end)
		put(end body end)
	}
}' >wanted
mlist large >list
check "names are where messages begin" cmp list wanted
mlist -r large | sed '1!G;h;$!d' >list
check "reversed they are the same" cmp list wanted
is "counted" "$(mlist -c large)" 3000
is "no hidden one among them" "$(mlist -c -q subject:hidden large)" 0
is "a text" "$(mlist -f %s -q 'body:"text 2000"' large)" 2000
is "the first ones" "$(mlist -m 2 -f %s large | tr '\n' ' ')" "1 2 "
is "sorted" "$(mlist -s size -r -m 2 -f %s large | tr '\n' ' ')" "2000 3000 "
is "threads" "$(mlist -T large | wc -l | tr -d ' ')" 3000
sed -n '3p;2000p;2001p;3000p' wanted >some
is "named" "$(mlist -i -f %s <some | tr '\n' ' ')" "3 2000 2001 3000 "
is "for mpart" "$(mpart -i -H subject <some | tr '\n' ' ')" \
	"3 2000 2001 3000 "
is "with a hidden one in it" "$(sed -n 3p some >one; mpart -p 1 "$(sed -n 2p \
	some)" | grep -c "^$from")" 1

# more comes while it is read
{
	mlist large
	echo $? >status
} | {
	read -r first
	printf '%s\nSubject: late\n\n' "$from" >>large
	echo "$first"
	cat
} >list
check "what comes meanwhile changes nothing" cmp list wanted
is "nor fails" "$(cat status)" 0
is "and is there the next time" "$(mlist -c large)" 3001

head -c 1000000 large >cut
mlist cut | sed 's/^cut/large/' >list
head -n "$(wc -l <list)" wanted >start
check "cut in a message" cmp list start
last=$(mlist cut | tail -n 1)
is "which is as long as it is" "$(mpart -r -p 0 "$last" | tr -d '\r' |
	wc -c | tr -d ' ')" "$(tail -c +$((${last#cut#} + 1)) cut | sed 1d |
	tr -d '\r' | wc -c | tr -d ' ')"

# lengths that all lead to the end, one within the other: no byte is read so
# often (each time took a minute)
LC_ALL=C awk -v from="$from" 'BEGIN {
	size = 48 * 1024 * 1024
	step = 256 * 1024
	line = "a line that is of no use to anyone but to fill a message here\n"
	while (length(filler) < step - 300)
		filler = filler line
	for (at = 0; at < size; at += step) {
		header = from "\nSubject: x\nContent-Length: "
		left = size - at - length(header) - 10
		s = header sprintf("%08d\n\n", left) filler
		while (length(s) < step - 60)
			s = s "fill\n"
		printf "%s%*s\n\n", s, step - length(s) - 2, ""
	}
}' >within
is "lengths within each other" "$(ulimit -t 8
	mlist -c -q body:none within)" 0
is "are one message" "$(mlist within)" within#0
rm within

printf '%s\nSubject: a\000b\n\nx\000y\n\n%s\n\000\n\nz\n' "$from" "$from" >nul
is "NULs" "$(mlist -f '%n|%s|%S' nul)" "nul#0|a�b|18
nul#65||5"
is "a NUL is no empty line" "$(mlist -c -q 'body:/^x y$/' nul)" 1
printf '%s\r\nSubject: x\r\n\r\ny\r\n\r\n%s\r\nSubject: z\r\n\r\n' "$from" \
	"$from" >crlf
is "line ends of CR LF" "$(mlist -f %s -r crlf | tr '\n' ' ')" "z x "
for length in -5 0 99999999999999999999 18446744073709551615 x; do
	printf '%s\nContent-Length: %s\nSubject: x\n\ny\n\n%s\nSubject: z\n\n' \
		"$from" $length "$from" >length
	is "a Content-Length of $length" "$(mlist -f %s length |
		tr '\n' ' ')" "x z "
done
cp nul 'a#7'
is "a file with a mark in its name" "$(mlist 'a#7' | head -n 1)" 'a#7#0'
is "is found again" "$(mlist -f %S 'a#7#0')" 18
mkfifo fifo
expect_status 66 "a FIFO is no mbox" mlist mbox:fifo
expect_status 66 "nor a directory" mlist mbox:.
printf 'x\n%s\n\n' "$from" >late
expect_status 66 "nor what begins otherwise" mlist mbox:late
expect_status 66 "a place in it" mlist nul#1
expect_status 66 "behind its end" mlist nul#99999

finish
