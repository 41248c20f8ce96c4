# mfetch killed at every call, by IMAP and by POP3: the tests set $protocol
# and read this.  A case's user is its directory, its mail is in remote/.  A test
# of another target than a Maildir redefines fetch_target, sums_here and
# what_is_here.

. tests/crash.sh

crash_serve mailbox $protocol
SATCHEL_PASSWORD=secret
export SATCHEL_PASSWORD

# fetch_mail N: $tmp/mail has so many messages, $wanted is what they become
fetch_mail()
{
	rm -rf "$tmp/mail" "$tmp/local"
	mkdir "$tmp/mail" "$tmp/local"
	awk -v n="$1" -v dir="$tmp" 'BEGIN {
		for (i = 1; i <= n; i++) {
			text = "Subject: " i "\n\n.dot\nbody " i "\n"
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
	wanted=$(crash_sums "$tmp/local")
}

crash_setup()
{
	cp -R "$tmp/mail" remote
}

# fetch [COMMAND]: by the shim, or without
fetch()
{
	XDG_STATE_HOME=$PWD/state "$@" mfetch $delete -o tls=no \
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

# lost_now: what the server has no more is here
lost_now()
{
	have=
	i=0
	while [ $i -lt "$messages" ]; do
		i=$((i + 1))
		[ -e remote/$i ] && continue
		: "${have:=$(sums_here)}"
		case $have in
		*"$(cksum <"$tmp/local/$i")"*) ;;
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
	for file in remote/*; do
		[ -z "$delete" ] || [ ! -e "$file" ] ||
			echo "left on the server: $file"
	done
}

crash_check()
{
	lost_now
	crash_status
	: >again
	[ "$status" -ne 0 ] || all_here
	fetch env >again || echo "run again: status $?"
	all_here
	[ -n "$delete" ] && return
	fetch env >more || echo "run once more: status $?"
	[ ! -s more ] || sed 's/^/fetched once more: /' more
}

# fetch_order NAME DELETED
fetch_order()
{
	awk -v want="$2" -f tests/crash/order.awk "$log" >"$tmp/order"
	is "$1" "$(cat "$tmp/order")" "safe $messages"
}
