# mlist's index, damaged, cut, foreign, killed, not to be written: the listing is
# that without it.
. tests/tap.sh
. tests/index.sh

cd "$tmp" || exit 1
"$top/tests/bench/folder" md 1200 >answers
# two of one base, which no program should make, where a block may end
mlist -U md | awk '++n == 64 * (k + 1) - k { print; k++ }' |
while read -r name; do
	cp "$name" "${name%%:*}:2,FT" && touch -r "$name" "${name%%:*}:2,FT"
done
changed
box=md

# full BLOCKS: no file gets more than so many times 512 bytes
full()
{
	rm -f "$index"*
	{
		(
			trap '' XFSZ
			ulimit -f "$1"
			mlist -I -j md
			echo $? >status
		) 2>err | cat >got
	}
	cmp -s wanted got && [ ! -s err ] && [ "$(cat status)" = 0 ]
	is "a disk that is full after $1 blocks" $? 0
	same "and when it is not" -j
}

# as_user COMMAND: as one whom modes bind
as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		su nobody -s /bin/sh -c "$1"
	else
		sh -c "$1"
	fi
}

mlist -j md >got
index=$(echo "$XDG_CACHE_HOME"/satchel/list-*.db)
mlist -U -j md >wanted
for blocks in 1 40 200 800; do
	full $blocks
done

# what happens to the index
settle
rm -f "$index"
mlist -I md >got
cp "$index" whole
size=$(wc -c <whole | tr -d ' ')
mlist -U -j md >wanted
mlist -U -q body:xylophon md >found.wanted
bad=0
i=0
while [ $i -lt 40 ]; do
	cp whole "$index"
	at=$(awk -v i=$i -v size="$size" 'BEGIN { srand(i + 7)
	    print int(i < 10 ? i * 11 : (i - 10 + rand()) * size / 30) }')
	printf '\125' | dd of="$index" bs=1 seek="$at" conv=notrunc \
		2>/dev/null
	mlist -q body:xylophon md >found 2>err || bad=$((bad + 1))
	cmp -s found.wanted found && [ ! -s err ] || bad=$((bad + 1))
	mlist -j md >got 2>err || bad=$((bad + 1))
	cmp -s wanted got && [ ! -s err ] || bad=$((bad + 1))
	i=$((i + 1))
done
is "a byte of the index is another" $bad 0
for size in 0 1 100 4096 20000 300000; do
	head -c $size whole >"$index"
	same "$size bytes of it are left" -j
	same "and it is there again" -j
done
cp whole "$index"
printf '\377' | dd of="$index" bs=1 seek=63 conv=notrunc 2>/dev/null
same "it is of another version" -j
same "and then of this one" -j
echo "this is no database, but it is long enough" >"$index"
same "it is no database" -j
is "it was made anew" "$(head -c 15 "$index")" "SQLite format 3"
rm "$index"
same "it is gone" -j
rm "$index"
chmod 500 "$XDG_CACHE_HOME/satchel"
same "none can be made" -j
chmod 700 "$XDG_CACHE_HOME/satchel"
mlist -j md >got

# whom modes bind: a cache and a folder that may be read alone
chmod -R a+rX "$tmp"
mkdir -m 755 shared && cp -R "$XDG_CACHE_HOME/satchel" shared/
chmod 755 shared/satchel && chmod 644 shared/satchel/*
mkdir -m 777 users
chmod -R a-w md shared
mlist -U -j md >wanted
for cache in shared users none; do
	as_user "XDG_CACHE_HOME=$tmp/$cache '$top/bin/mlist' -j md 2>&1" >got
	is "a folder and cache that are only read: $cache" \
		"$? $(cmp wanted got 2>&1)" "0 "
done
chmod -R u+w md shared
XDG_CACHE_HOME=/dev/null/none same "no cache at all" -j
XDG_CACHE_HOME=relative same "no place for it" -j
is "a relative one is not used" "$(ls relative 2>&1 | wc -l | tr -d ' ')" 1
mlist -c -q from:o md >got

# one that root left where a user's is, and one that another user put there
if [ "$(id -u)" -eq 0 ]; then
	made=$(echo users/satchel/list-*.db)
	for owner in root daemon; do
		chown $owner "$made" && chmod 600 "$made"
		as_user "XDG_CACHE_HOME=$tmp/users '$top/bin/mlist' -j md" \
			>got 2>&1
		is "an index of $owner's makes way" \
			"$? $(cmp wanted got 2>&1) $(ls -l "$made" |
			awk '{ print $3 }')" \
			"0  nobody"
	done
	mlist -j md >got
	chown daemon "$index"
	before=$(cksum <"$index")
	mlist -v -c -q from:o md >got 2>&1
	is "what another wrote is not read" \
		"$(grep -c knows got) $(cksum <"$index")" "0 $before"
	chown root "$index"
fi

# killed at any time; many at once
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	[ $((i % 3)) -ne 0 ] || rm -f "$index"
	mv md/cur/"$(ls md/cur | sed -n 10p)" md/new/161000000$i.k
	mlist -j md >got 2>&1 &
	pid=$!
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
done
same "killed again and again" -j
rm -f "$index"*
for i in 1 2 3 4; do
	mlist -j md >"got.$i" 2>"err.$i" &
done
wait
mlist -U -j md >wanted
bad=0
for i in 1 2 3 4; do
	cmp -s wanted "got.$i" && [ ! -s "err.$i" ] || bad=$((bad + 1))
done
is "four at once" $bad 0
same "and one after them" -j

finish
