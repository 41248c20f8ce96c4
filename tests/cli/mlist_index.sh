# mlist's index: whatever happens to it, and to the folder, the listing is that
# without it.
. tests/tap.sh
. tests/index.sh

folder=$top/tests/bench/folder
cd "$tmp" || exit 1
"$folder" md 1500 >answers
count=1500
for name in $(ls md/cur | sed -n '1~60p'); do
	mv "md/cur/$name" "md/new/${name%%:*}"
done

# at rest, and with times that were set back, until they are looked at
cp -R md rest
cp -R md past
touch -d '2001-01-01' past/cur past/new
# of more text than is gathered in one go
mkdir -p long/cur long/new long/tmp
awk 'BEGIN {
	for (i = 0; i < 200; i++)
		text = text "the quick brown fox jumps over a lazy dog, and so " \
		    "on and on it goes for the length of a line\n"
	for (i = 1000; i < 2100; i++) {
		file = "long/cur/1" i ".x:2,"
		printf "Subject: s%d\n\n%s", i, text >file
		close(file)
	}
}'
changed
settle
box=md

# knows NAME N: how many messages the index knew, by -v
knows()
{
	mlist -v -c -q from:o $box 2>said >count
	sed -n 's/.* knows \([0-9]* of [0-9]*\) .*/\1/p' said >knew
	is "$1" "$(cat knew)" "$2"
}

same "the first listing" -j
index=$(echo "$XDG_CACHE_HOME"/satchel/list-*.db)
[ -f "$index" ]
is "makes the index" $? 0
mlist -f %s long >got
is "for the user alone" "$(ls -ld "$index" | cut -c 1-10)" "-rw-------"
knows "it knows all" "$count of $count"
same "names"
same "a search" -q 'from:müller' -l
same "fields that it does not have" -f '%i %{x-none} %{dkim-signature}'
same "sorted" -s subject -r -j
same "times of arrival" -s arrival
same "bodies" -q body:xylophon
same "a field" -q 'header:received=mx1'
while IFS="$(printf '\t')" read -r query n; do
	is "$query" "$(mlist -c -q "$query" md)" "$n"
done <answers

# nanoseconds do not reach so far
printf 'Subject: far\n\nx\n' >md/cur/far
touch -d 2400-01-01 md/cur/far
same "a message of the year 2400" -f '%d %n' -s arrival
same "is not known wrongly" -f '%d %n' -s arrival
rm md/cur/far

# what changes in the folder
one=$(ls md/cur | sed -n 100p)
two=$(ls md/cur | sed -n 700p)
mv "md/cur/$one" "md/cur/${one%%:*}:2,FRS"
rm "md/cur/$two"
printf 'Subject: new\n\nx\n' >md/new/1600000000.new.host
same "a message changed, one left, one came" -j
mlist -v -c -q from:o md 2>&1 >got |
	sed -n 's/.* knows \([0-9]*\) of .*/\1/p' >knew
[ "$(cat knew)" -gt $((count - 9)) ]
is "and the index followed" $? 0
printf 'Subject: other\n\nx\n' >md/tmp/x
touch -d '2001-01-01' md/tmp/x
mv md/tmp/x "md/cur/$(ls md/cur | sed -n 300p)"
same "another file of a name" -j
printf 'Subject: one\n\nx\n' >"md/cur/$(ls md/cur | sed -n 400p)"
touch md/tmp/y && mv md/tmp/y md/cur/1700000000.y:2,
count=$((count + 1))
same "one that was written over" -j
ln "md/cur/1700000000.y:2," "md/cur/1700000000.y:2,S"
same "one base twice" -j
same "one base twice, again" -j
rm "md/cur/1700000000.y:2,S"
mkdir md/cur/1700000001.directory
mlist -j md >got 2>err
mlist -U -j md >wanted 2>wanted.err
cmp -s got wanted && cmp -s err wanted.err
is "what is no file is told each time" $? 0
rmdir md/cur/1700000001.directory
same "and not when it is gone" -l
for i in 1 2 3; do
	mv "md/cur/$(ls md/cur | sed -n "${i}00p")" md/new/160000000$i.x
	same "message by message $i" -l
done
rm md/cur/15001*
count=$(mlist -U -c md)
same "many that left" -j
mlist -c -q from:o md >got
mkdir other && mv md/cur/15002* other/
same "many more" -j
mv other/* md/cur/
same "and they came back" -j

# words of bodies
words()
{
	same "$1" -q 'body:xylophon'
	# more words than are looked for at once
	many="body:e $(seq -f '-body:z%gz' 70 | tr '\n' ' ') body:invoice"
	for query in body:XYLO body:e 'body:"for the"' 'body:"grüße vom"' \
	    'body:/x.lo/' text:alice 'text:"bob@"' 'text:/^bob/' 'body:-' \
	    'not body:kernel' 'body:invoice or text:zzz' 'text:aA' \
	    'body:holiday -body:budget from:o' "$many"; do
		same "$1: $query" -q "$query"
	done
}

mlist -I md >got
words "words are indexed"
printf 'Subject: zzz\n\nXylophone, Holiday\n' >md/new/1600000200.words
rm "md/cur/$(ls md/cur | sed -n 50p)"
words "what is new is too"
count=$(mlist -U -c md)
rm -f "$index"
mlist -U -q body:xylophon md >wanted
mlist -I -q body:xylophon md >got
cmp -s wanted got
is "indexed and searched at once" $? 0
mlist -c -q from:o md >got

# a clock that was set back: times to come prove nothing
touch -d '2099-01-01' md/cur
printf 'Subject: late\n\nx\n' >md/new/1600000100.late
touch -d '2099-01-01' md/cur md/new
same "times to come" -j
rm md/new/1600000100.late
touch -d '2099-01-01' md/new
same "and one that left" -j

# messages renamed while it runs are listed once, each
mlist -U md | sed 's|.*/||; s/:.*//' | sort >wanted
(
	end=0
	while [ $end -lt 2 ]; do
		end=$((end + 1))
		for name in $(ls md/cur | sed -n '1~9p'); do
			case $name in
			*F*) mv "md/cur/$name" "md/cur/${name%%:*}:2,S" ;;
			*) mv "md/cur/$name" "md/cur/${name%%:*}:2,FS" ;;
			esac
		done
	done
) &
racer=$!
bad=0
while kill -0 $racer 2>/dev/null; do
	for options in -U -v; do
		mlist $options -f '%i %n' md 2>err | sed 's|.*/||; s/:.*//' |
		sort >got
		cmp -s wanted got || bad=$((bad + 1))
		grep -v 'knows' err && bad=$((bad + 1))
	done
done
wait $racer
is "a folder in which messages are renamed" $bad 0

# the folders whose times have passed by now
settle
# what is asked of the words alone needs no message
mlist -I long >got
for name in long/cur/*; do
	: >"$name"
done
is "all bodies are indexed" "$(mlist -c -q body:quick long)" 1100
is "and none has another word" "$(mlist -c -q body:slow long)" 0
box=rest
count=$(mlist -U -c rest)
mlist -c -q from:o rest >got
knows "a folder at rest" "$count of $count"
grep -q 'did not change' said
is "is known by its times" $? 0
same "its names"
same "their count" -c
same "no more than asked for" -c -m 7
same "in threads" -c -T
same "its messages" -j
same "its bodies" -q body:xylophon
same "its fields" -f '%i %{x-none} %{dkim-signature}'
mlist -I rest >got
mlist -v -q body:xylophon rest 2>&1 >got | grep -q 'did not change'
is "its words, too" $? 0
same "are found" -q 'body:"for the" or text:bob@'
same "and shown as they are" -l -q '-text:"report of meeting"'
box=past
mlist -c -q from:o past >got
mlist -c -q from:o past >got
rm "past/cur/$(ls past/cur | sed -n 5p)"
touch -d '2001-01-01' past/cur
same "a folder whose time was set back" -j

finish
