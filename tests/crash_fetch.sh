# mfetch killed at every call, by IMAP and by POP3: the tests set $protocol
# and read this.  A case's user is its directory, its mail is in remote/.  A
# test of another target than a Maildir redefines fetch_target, sums_here and
# what_is_here; one of several folders, or that asks for more, redefines
# what_is_here and remote_file, and sets
#
#	fetch_options	words of the command line
#	fetch_says	what a run may say
#	fetch_server	what tests/crash/mailbox is to be, else $protocol
#	crash_base	for order.awk, the Maildir of several folders

. tests/crash.sh

crash_serve mailbox ${fetch_server:-$protocol}
SATCHEL_PASSWORD=secret
export SATCHEL_PASSWORD

# fetch_mail N: $tmp/mail has so many messages, $wanted is what they become
fetch_mail()
{
	rm -rf "$tmp/mail" "$tmp/local"
	mkdir "$tmp/mail" "$tmp/local"
	awk -v n="$1" -v dir="$tmp" 'BEGIN {
		for (i = 1; i <= n; i++) {
			text = "Message-ID: <" i "@example.org>\n"
			text = text "Subject: " i "\n\n.dot\nbody " i "\n"
			# larger than what is written at a time
			for (k = 0; i == 2 && k < 2500; k++)
				text = text "a line that is thirty bytes in\n"
			printf "%s", text >(dir "/local/" i)
			gsub("\n", "\r\n", text)
			printf "%s", text >(dir "/mail/" i)
			close(dir "/local/" i)
			close(dir "/mail/" i)
		}
	}'
	messages=$1
	sum_mail
}

# sum_mail: $wanted is what $tmp/local has, and $tmp/sum.N of message N, which
# takes no program to read
sum_mail()
{
	wanted=$(crash_sums "$tmp/local")
	for file in "$tmp"/local/*; do
		cksum <"$file" >"$tmp/sum.${file##*/}"
	done
}

crash_setup()
{
	cp -R "$tmp/mail" remote
}

# fetch [COMMAND]: by the shim, or without
fetch()
{
	XDG_STATE_HOME=$PWD/state "$@" mfetch $delete -o tls=no $fetch_options \
		-t "$(fetch_target)" \
		"$protocol://${PWD##*/}@127.0.0.1:$port/"
}

fetch_target()
{
	echo "$PWD/box"
}

crash_run()
{
	fetch shim
}

# sums_here: of the messages that are safe
sums_here()
{
	crash_sums box/new box/cur
}

# remote_file N: where the server has message N
remote_file()
{
	echo remote/$1
}

# lost_now: what the server has no more is here
lost_now()
{
	have=
	i=0
	while [ $i -lt "$messages" ]; do
		i=$((i + 1))
		[ -e "$(remote_file $i)" ] && continue
		: "${have:=$(sums_here)}"
		read -r sum <"$tmp/sum.$i"
		case $have in
		*"$sum"*) ;;
		*) echo "lost: message $i" ;;
		esac
	done
}

# what_is_here: faults of what has come
what_is_here()
{
	crash_same "$wanted" box/new box/cur
	crash_told box
}

all_here()
{
	what_is_here
	[ -z "$delete" ] || left_there remote
}

# left_there DIR...: messages of a server that are to be deleted
left_there()
{
	find "$@" -type f -name '*[0-9]' | sed 's/^/left on the server: /'
}

crash_check()
{
	lost_now
	crash_status
	: >again
	[ "$status" -ne 0 ] || all_here
	fetch_again again
	all_here
	[ -n "$delete" ] && return
	fetch_again more
	[ ! -s more ] || sed 's/^/fetched once more: /' more
}

# fetch_again FILE: what that prints; it has nothing to say but $fetch_says
fetch_again()
{
	fetch env >$1 2>err.again || echo "run again: status $?"
	grep -v "${fetch_says:-^$}" err.again
}

# fetch_order NAME DELETED
fetch_order()
{
	awk -v want="$2" -v base="$crash_base" -f tests/crash/order.awk "$log" >"$tmp/order"
	is "$1" "$(cat "$tmp/order")" "safe $messages"
}

# crash_each: killed, or failing, at each call of the run that was counted
crash_each()
{
	crash_all "killed before each call" kill '$4 >= 0'
	crash_all "killed halfway through a write" half \
		'$3 == "write" && $5 !~ /db/'
	crash_all "each call fails" EIO '$2 != "n" && $4 >= 0'
	crash_all "the disk fills up" ENOSPC '$2 == "d" && $4 >= 0' 1
	crash_all "a signal interrupts each call" EINTR \
		'$2 != "n" && $3 ~ /write|sync|create/ && $5 !~ /journal/'
}
