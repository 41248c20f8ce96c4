# mlist's index, where a message is not the file that it was, or no file at all:
# the listing is that without it, with what that tells.
. tests/tap.sh
. tests/index.sh

cd "$tmp" || exit 1

# box NAME: a Maildir of 1100 messages
box()
{
	mkdir -p "$1/cur" "$1/new" "$1/tmp"
	awk -v dir="$1/cur" 'BEGIN {
		for (i = 1000; i < 2100; i++) {
			file = dir "/1" i ".x:2,"
			printf "Subject: s%d\n\nword\n", i >file
			close(file)
		}
	}'
}

# alike NAME [OPTION...]: the listing of $box is that without an index, with its
# errors and its status
alike()
{
	name=$1
	shift
	mlist -U "$@" "$box" >wanted 2>&1
	echo "status $?" >>wanted
	mlist "$@" "$box" >got 2>&1
	echo "status $?" >>got
	if cmp -s wanted got; then
		pass "$name"
	else
		diff wanted got | head -n 5 | fail "$name"
	fi
}

for name in kept over slow odd words; do
	box $name
done
mkdir -p links/cur links/new links/tmp
for name in kept/cur/*; do
	ln -s "../../$name" links/cur/
done
printf 'Subj' >slow/new/30000.z
ln -s /dev/zero odd/cur/1.zero
mkfifo odd/cur/2.fifo
changed
settle

# where links lead to nothing says their directory
box=links
mlist -I links >out 2>err
mlist -v -c -q from:o links 2>said >out
grep -q 'knows 1100 of 1100 .* did not change' said
is "a folder of links is known by its times" $? 0
rm kept/cur/11500.x:2,
printf 'Subject: other\n\nanother\n' >kept/cur/11600.x:2,
alike "what a link leads to is gone, or another" -f '%s %S'
alike "its words are what they are" -f %s -q body:word
alike "nothing is told of what comes after the last one wanted" -m 3 -f %s
alike "also those that are new" -f %s -q body:another

# one that is written over keeps its inode, and its size and time if so wanted
box=over
mlist -f %s over >out
name=over/cur/11500.x:2,
cp -p "$name" ref
sed 's/s1500/t1500/' ref >"$name"
touch -r ref "$name"
printf 'Subject: new\n\nx\n' >over/new/30000.y
alike "a file that looks as it did" -f %s

# some programs write messages where others look
box=slow
printf 'ect: slow\n' >>slow/new/30000.z
mlist -f %s slow >out
printf 'From: late@example.org\n\nx\n' >>slow/new/30000.z
alike "a message that is being written" -f '%s %A %S'

# what is no message has no end, or makes one wait
box=odd
if (ulimit -v 8000000 && mlist -V) >out 2>&1; then
	(ulimit -v 8000000 && mlist -I odd >out 2>err)
	is "devices are not read for their words" "$? $(cat err)" "0 "
	mlist -U odd >wanted
	cmp -s out wanted
	is "nor missed where names alone are asked for" $? 0
fi
alike "what is no file is told each time" -l -q text:s1500

# words that come one by one are put together, and no message is read for that
box=words
mlist -I words >out
mlist -c -q from:o words >out
least=1100
i=100
while [ $i -lt 170 ]; do
	i=$((i + 1))
	printf 'Subject: new\n\nnumber%d word%d x%d\n' $i $((i % 7)) $i \
		>words/tmp/x
	mv words/tmp/x words/new/40$i.new
	mlist -v -c -q body:number$i words 2>&1 >out |
		sed -n 's/.* knows \([0-9]*\) of .*/\1/p' >knew
	[ "$(cat out)" = 1 ] || echo "$i: not found"
	[ "$(cat knew)" -ge $least ] || least=$(cat knew)
done >lost
is "each is found, and those before are known" "$least $(cat lost)" "1100 "
for query in body:number1 body:word3 body:x170 body:10 text:new \
	'body:"word2 x107"' 'body:ord5 -body:x111'; do
	alike "merged: $query" -q "$query"
done
# most are gone, again and again
for i in 1 2 3 4 5 6 7 8 9; do
	chmod u+x words/cur/* && chmod u-x words/cur/*
	mlist -c -q body:word4 words >out
	rm words/new/4014$i.new
done
alike "collected anew: body:word1" -q body:word1
alike "collected anew: body:word" -q body:word

finish
