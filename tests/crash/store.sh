# The Maildir and its record, killed at every call: nothing lost or doubled.

. tests/crash.sh

deliver=$top/tests/crash/deliver

mkdir "$tmp/mail"
for i in 1 2 3; do
	printf 'Subject: %d\n\nbody %d\n' $i $i >"$tmp/mail/m$i"
done
dd if=/dev/zero bs=1000 count=70 2>/dev/null | tr '\0' x >>"$tmp/mail/m2"

wanted=$(crash_sums "$tmp/mail")
sums=$(echo "$wanted" | cut -d ' ' -f 1)

crash_setup()
{
	cp -R "$tmp/mail" remote
}

crash_run()
{
	shim "$deliver" "$PWD/a/box" 2 remote/*
}

# lost_now: each message is still on the server, or here
lost_now()
{
	have=$(crash_sums remote a/box/new a/box/cur)
	for sum in $sums; do
		case $have in
		*"$sum "*) ;;
		*) echo "lost: the message of the sum $sum" ;;
		esac
	done
}

run_again()
{
	set -- remote/*
	[ -e "$1" ] || shift
	"$deliver" "$PWD/a/box" 2 "$@" >again || echo "run again: status $?"
}

# told_all: what is there is all, and was told
told_all()
{
	for file in remote/*; do
		[ -e "$file" ] && echo "left on the server: $file"
	done
	crash_same "$wanted" a/box/new a/box/cur
	crash_told a/box
}

crash_check()
{
	lost_now
	crash_status
	: >again
	[ "$status" -ne 0 ] || told_all
	run_again
	told_all
}

crash_count "a run"
awk -v remote="$tmp/count/remote" -v want=3 -f tests/crash/order.awk \
	"$log" >"$tmp/order"
is "the order is kept" "$(cat "$tmp/order")" "safe 3"
crash_all "killed before each call" kill '$4 >= 0'
crash_all "killed halfway through each write" half '$3 == "write"'
crash_all "each write is short" short '$3 == "write"'
crash_all "each call fails" EIO '$4 >= 0'
crash_all "the disk fills up at each call" ENOSPC '$2 == "d" && $4 >= 0' 1
crash_all "a signal interrupts each call" EINTR '$3 ~ /write|sync|create|cut/'

# A message by itself, without a record: what is there is whole, and what was
# told is there; what failed left nothing.
crash_setup()
{
	:
}

crash_run()
{
	shim "$deliver" -1 "$PWD/box" "$tmp/mail/m1" "$tmp/mail/m2"
}

crash_check()
{
	crash_status
	for sum in $(crash_sums box/new | tr ' ' /); do
		case $nl$(echo "$wanted" | tr ' ' /)$nl in
		*"$nl$sum$nl"*) ;;
		*) echo "not whole: $sum" ;;
		esac
	done
	while read -r file; do
		[ -e "$file" ] || echo "told, but not there: $file"
	done <out
	: >again
	case $crash_do in
	E*) crash_told box ;;
	esac
	"$deliver" -1 box "$tmp/mail/m3" >again || echo "run again: status $?"
	for file in box/tmp/*; do
		[ -e "$file" ] && echo "left behind: $file"
	done
}

crash_count "messages by themselves"
awk -v alone=1 -f tests/crash/order.awk "$log" >"$tmp/order"
is "their order is kept" "$(cat "$tmp/order")" "safe 2"
crash_all "they are killed before each call" kill '$4 >= 0'
crash_all "they are killed halfway through each write" half '$3 == "write"'
crash_all "each of their calls fails" EIO '$2 == "d"'
crash_all "the disk fills up under them" ENOSPC '$2 == "d" && $4 >= 0' 1
finish
