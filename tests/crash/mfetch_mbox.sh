# mfetch into an mbox, killed at every call: each message exactly once, and
# what is there already untouched.

protocol=imap
. tests/crash_fetch.sh

fetch_target()
{
	echo "mbox:$PWD/box"
}

# without_from FILE: the mbox without its From_ lines, whose dates differ
without_from()
{
	sed '/^From MAILER-DAEMON /d' "$1"
}

# expected NUMBER...: what without_from must give of these messages; "before"
# stands there from the beginning, and lacks its last line end
expected()
{
	cat "$tmp/before"
	echo
	echo
	for i in "$@"; do
		sed 's/^\(>*From \)/>\1/' "$tmp/local/$i"
		echo
	done
}

crash_setup()
{
	cp -R "$tmp/mail" remote
	cp "$tmp/before" box
}

# only whole messages, in order: an mbox that was cut has no more to say
sums_here()
{
	without_from box >plain
	i=0
	while [ $i -lt "$messages" ]; do
		i=$((i + 1))
		read -r size <"$tmp/size.$i"
		read -r sum <"$tmp/sum.$i"
		cmp -s -n "$size" plain "$tmp/want.$i" && echo "$sum"
	done
}

what_is_here()
{
	without_from box | cmp - "$tmp/want.$messages"
	told=$nl$(cat out)$nl$(cat again)$nl
	grep -abo '^From MAILER-DAEMON' box | cut -d : -f 1 |
	while read -r offset; do
		case $told in
		*"$nl$PWD/box#$offset$nl"*) ;;
		*) echo "never printed: $offset" ;;
		esac
	done
	# what could not be removed is, by a later run
	case $crash_do in E*) return ;; esac
	for file in box.lock* state/satchel/fetch/*/batch-*; do
		[ ! -e "$file" ] || echo "left behind: $file"
	done
}

printf 'From x@example.org Sat Nov 21 09:05:00 2026\na: b\n\nc' >"$tmp/before"
fetch_mail 3
printf 'Subject: quoted\n\nFrom here\n>From there\n' >"$tmp/local/3"
sed 's/$/\r/' "$tmp/local/3" >"$tmp/mail/3"
all=
for i in 1 2 3; do
	all="$all $i"
	expected $all >"$tmp/want.$i"
	wc -c <"$tmp/want.$i" >"$tmp/size.$i"
done
sum_mail

delete=-d
crash_count "a run that deletes"
crash_all "killed before each call, deleting" kill '$4 >= 0'
crash_all "killed halfway through a write" half '$3 == "write" && $5 !~ /db/'
crash_all "each write is short" short '$3 == "write" && $5 !~ /db/'
crash_all "each call fails" EIO '$2 != "n" && $4 >= 0'
crash_all "the disk fills up" ENOSPC '$2 == "d" && $4 >= 0' 1
crash_all "a signal interrupts each call" EINTR \
	'$2 != "n" && $3 ~ /write|sync|create/ && $5 !~ /journal/'

# Somebody else delivers between the kill and the next run: what is there whole
# is not appended again, what is not is, and the other's message stays.
crash_check()
{
	crash_status
	: >again
	[ "$(tail -c 2 box | wc -l)" -eq 2 ] || printf '\n\n' >>box
	printf 'From y@example.org Sat Nov 21 09:05:00 2026\n' >>box
	printf 'Subject: other\n\nother\n\n' >>box
	fetch env >again 2>err.again || echo "run again: status $?"
	grep -v 'changed by others' err.again
	mlist box >names
	while read -r name; do
		mpart -p 0 -r "$name" | tr -d '\r' | cksum
	done <names >sums
	printf 'Subject: other\n\nother\n' | cksum >other
	for file in other "$tmp/sum.1" "$tmp/sum.2" "$tmp/sum.3"; do
		read -r sum <"$file"
		is_once=$(grep -c "^$sum$" sums)
		[ "$is_once" = 1 ] || echo "$is_once times: $sum"
	done
	fetch env >more || echo "run once more: status $?"
	[ ! -s more ] || sed 's/^/fetched once more: /' more
}
delete=
crash_count "a run that keeps"
crash_all "another delivers after a kill" kill '$5 ~ /\/box$/'
crash_all "after half a write" half '$5 ~ /\/box$/ && $3 == "write"'

# And then standard output fails, after much was printed: those that are there
# whole, whose names fill more than is held of it.
far=
while [ ${#far} -lt 3000 ]; do
	far=$far/$(printf '%200s' '' | tr ' ' f)
done
fetch_target()
{
	echo "mbox:$PWD$far/box"
}
crash_setup()
{
	cp -R "$tmp/mail" remote
	mkdir -p "$PWD$far"
	: >".$far/box"
}
# where the batch is appended and not removed yet, half of it is cut off again
crash_check()
{
	crash_status
	ls state/satchel/fetch/*/batch-* >batch 2>ls.err
	if [ -s batch ] && [ "$(grep -c '^body' ".$far/box")" = 60 ]; then
		: >"$tmp/hit"
		head -c 3000 ".$far/box" >half && cp half ".$far/box"
		printf '\n\nFrom y@example.org Sat Nov 21 09:05:00 2026\n' \
			>>".$far/box"
		printf 'Subject: other\n\nother\n\n' >>".$far/box"
		fetch env >/dev/full 2>err.full
		again=$?
		[ $again -eq 74 ] || echo "into a full disk: status $again"
	fi
	fetch env >again 2>err.again || echo "run again: status $?"
	i=0
	while [ $i -lt 60 ]; do
		i=$((i + 1))
		[ "$(grep -c -x "body $i" ".$far/box")" -eq 1 ] ||
			echo "not there once: $i"
	done
}
fetch_mail 60
# one size for all
sed 's/ 1\r$/ 2\r/; s/<1@/<2@/' "$tmp/mail/1" >"$tmp/mail/2"
# the server is unknown, as it is in each case
rm -rf "$HOME/.cache"
crash_count "a run far below"
written=$(awk -F '\t' '$3 == "write" && $5 ~ /\/box$/ { print $1 }' "$log")
crash_all "another cuts off half, and no name is taken" kill \
	"\$1 > $written - 4 && \$1 < $written + 8"
check "which has come about" test -e "$tmp/hit"
finish
