# mlist -w: what comes into Maildirs, once each and at once.
. tests/tap.sh

cd "$tmp" || exit 1

tap_cleanup()
{
	[ ! -e pid ] || kill "$(cat pid)" 2>/dev/null
}

# maildir PATH
maildir()
{
	mkdir -p "$1/tmp" "$1/new" "$1/cur"
}

# deliver FOLDER NAME SUBJECT
deliver()
{
	printf 'Subject: %s\n\nx\n' "$3" >"$1/tmp/deliver"
	mv "$1/tmp/deliver" "$1/$2"
}

# watch ARGUMENTS...: begins, and waits until it watches: it tells what it
# begins with once a message comes
watch()
{
	: >out
	mlist -w "$@" >out 2>err &
	echo $! >pid
}

# until_told FOLDER NAME FLAGS SUBJECT: messages are delivered, NAME1 and so on,
# until one is told
until_told()
{
	n=0
	await "$(cat pid)" is_told "$@"
}

# is_told ARGUMENT...: or else one more
is_told()
{
	grep -q "$4" out && return
	n=$((n + 1))
	deliver "$1" "$2$n.x.h$3" "$4"
	false
}

# begun FOLDER: it is watched
begun()
{
	until_told "$1" new/begin '' begin
	lines=$(wc -l <out)
}

# ended: sets status to that of what was watching
ended()
{
	wait "$(cat pid)"
	status=$?
	rm pid
}

maildir md
deliver md new/1.old.h 'ci: old'
watch -R -f '%n|%s' -q 'subject:begin or subject:ci' md
begun md
deliver md new/2.a.h 'ci: one'
mv md/new/2.a.h md/cur/2.a.h:2,S
deliver md new/3.b.h other
mv md/cur/2.a.h:2,S md/cur/2.a.h:2,FS
mv md/cur/2.a.h:2,FS md/cur/2.a.h,U=7:2,FS
mv md/new/1.old.h md/cur/1.old.h:2,S
printf 'Subject: ci: written in place\n\nx\n' >md/cur/4.c.h:2,
maildir md/.later
deliver md/.later new/5.d.h 'ci: later'
mkdir -p md/deep/below/cur md/deep/below/new
mkdir md/deep/below/tmp
deliver md/deep/below cur/6.e.h:2,S 'ci: deep'
await "$(cat pid)" has_lines out $((lines + 4))
is "what is new and matches, once" "$(grep -v begin out |
	sed 's/.*|//' | sort)" "ci: deep
ci: later
ci: one
ci: written in place"
is "by its names" "$(grep 'deep\|later' out | sed 's/|.*//' | sort)" \
	"md/.later/new/5.d.h
md/deep/below/cur/6.e.h:2,S"
# a folder that went, and one of its name; and one that got another name
rm -r md/deep/below
maildir md/deep/below
until_told md/deep/below cur/again :2,S 'ci: again'
is "a folder that was made anew" "$(grep -c 'below/cur/again1\.' out)" 1
mv md/deep md/deeper
until_told md/deeper/below cur/moved :2,S 'ci: moved'
is "a folder that was renamed" "$(grep -c 'deeper/below/cur/moved1\.' out)" 1
is "whose messages are not told again" "$(grep 'deeper/' out |
	grep -vc 'cur/moved')" 0
# names change hands, two folders have messages of the same names, one comes
# from elsewhere, and one message moves
maildir md/.one
maildir md/.two
until_told md/.one new/first '' 'ci: first'
until_told md/.two new/first '' 'ci: second'
maildir other
deliver other new/first1.x.h 'ci: third'
deliver other new/first2.x.h 'ci: third'
told=$(wc -l <out)
mv md/.one md/.three
mv md/.two md/.one
mv md/.three md/.two
mv other md/.four
mv md/new/3.b.h md/.four/new/3.b.h
deliver md/.four new/8.x.h 'ci: moved in'
await "$(cat pid)" has_lines out $((told + 3))
until_told md/.one new/exchanged '' 'ci: exchanged 1'
until_told md/.two new/exchanged '' 'ci: exchanged 2'
is "folders that exchange their names, and one that comes" \
	"$(tail -n +$((told + 1)) out | sed 's/exchanged[0-9.xh]*/exchanged/' |
		sort -u)" \
	"md/.four/new/8.x.h|ci: moved in
md/.four/new/first1.x.h|ci: third
md/.four/new/first2.x.h|ci: third
md/.one/new/exchanged|ci: exchanged 1
md/.two/new/exchanged|ci: exchanged 2"
mv md/.four away.four
cp -R away.four md/.four
deliver md/.four new/9.x.h 'ci: copied'
until_told md/.four new/after '' 'ci: after it'
is "a copy in its place" "$(grep -c 'ci: third' out) \
$(grep -c 'ci: copied' out)" "2 1"
is "nothing is told" "$(cat err)" ""
kill "$(cat pid)"
ended
is "it ends by a signal" $status 143

# one that is named, and what is above it not: away and back, made anew, and
# more at once than the system tells one by one
maildir named
maildir named2
watch -f '%s' named named2
begun named
mv named away
deliver away new/1.a.h 'ci: away'
mv away named
deliver named cur/2.b.h:2,S 'ci: back'
deliver named2 new/2.b.h 'ci: beside it'
for text in away back beside; do
	await "$(cat pid)" grep -q "ci: $text" out
done
is "a folder that was away" "$(grep -v begin out | sort | tr '\n' '|')" \
	"ci: away|ci: back|ci: beside it|"
: >named/new/3.d.h
deliver named new/3.e.h 'ci: in between'
await "$(cat pid)" grep -q 'ci: in between' out
printf 'Subject: ci: written late\n\n' >named/new/3.d.h
await "$(cat pid)" grep -q 'ci: written late' out
is "one that was empty at first" "$(grep -v begin out | tail -n 2 |
	tr '\n' '|')" "ci: in between|ci: written late|"
rm -r named
maildir named
deliver named new/3.c.h 'ci: anew'
await "$(cat pid)" grep -q 'ci: anew' out
is "one that was made anew" "$(grep -c 'ci: anew' out)" 1
kill -STOP "$(cat pid)"
awk 'BEGIN {
	for (i = 0; i < 9000; i++) {
		file = "named/new/" i ".many.h"
		print "Subject: many " i "\n" >file
		close(file)
	}
}'
kill -CONT "$(cat pid)"
await "$(cat pid)" has_lines out $((lines + 9006))
is "thousands at once, each once" \
	"$(grep many out | sort | uniq | wc -l | tr -d ' ') \
$(grep -c many out)" "9000 9000"
is "and nothing is told" "$(cat err)" ""
kill "$(cat pid)"
ended

watch -m 1 -q subject:begin md
begun md
ended
is "-m: enough" "$status $(wc -l <out | tr -d ' ')" "0 1"

# a pipe: each line comes at once, and it ends with its reader
mkfifo fifo
sh -c 'mlist -w -q subject:begin md >fifo; echo $? >status' &
watcher=$!
exec 3<fifo
tries=0
while [ ! -s line ] && [ $tries -lt 500 ]; do
	tries=$((tries + 1))
	deliver md "new/pipe$tries.x.h" begin
	[ $tries -gt 1 ] || { read -r line <&3; echo "$line" >line; } &
	sleep 0.01 2>/dev/null || sleep 1
done
is "a reader gets a line at once" "$(grep -c 'md/new/pipe' line)" 1
exec 3<&-
wait $watcher
is "without a reader it ends, as by SIGPIPE" "$(cat status)" 141

# what comes later is judged by its own time, not by that of the beginning
is_later()
{
	[ "$(date +%s)" -gt "$1" ]
}
maildir late
deliver late new/first begin
watch -f %s -q 'subject:begin or date:1h' late
begun late
mkfifo names
mlist -i -f %s -q 'subject:begin or date:1h' <names >taken &
taker=$!
exec 4>names
echo late/new/first >&4
await $taker has_lines taken 1
await $taker is_later "$(date +%s)"
printf 'Date: %s\nSubject: late\n\n' \
	"$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')" >late/tmp/late
mv late/tmp/late late/new/late
echo late/new/late >&4
exec 4>&-
wait $taker
is "named later" "$(tail -n 1 taken)" late
await "$(cat pid)" has_lines out $((lines + 1))
is "come later" "$(tail -n 1 out)" late
kill "$(cat pid)"
ended

printf 'Subject: x\n\n' >message
for bad in '-r' '-s date' '-c' '-T' '-t' '-F' '-f %D' '-i'; do
	# the words are meant to be split
	expect_status 64 "usage: -w $bad" mlist -w $bad md
done
is "says what does not go together" "$(mlist -w -f %T md 2>&1 | head -n 1)" \
	"mlist: -w does not go with -c, -F, -i, -r, -s, -t, -T, %T and %D"
expect_status 64 "a message is not watched" mlist -w message
expect_status 64 "nor one in an mbox" mlist -w box#0
expect_status 64 "nor an mbox" mlist -w mbox:box
expect_status 64 "nor two servers" mlist -w @a @b
expect_status 66 "no folder" mlist -w none

finish
