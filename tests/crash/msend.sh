# msend killed at every call: the message is not accepted, or it is sent, or
# told as unknown; never sent twice.

. tests/crash.sh

printf 'a line\n.dot\nthe last line\n' >"$tmp/body"

crash_setup()
{
	mkdir inbox
}

# msend_as ARGUMENT...: by $runner, with the account of the case
msend_as()
{
	case $target in
	maildir) url=maildir:$PWD/box box=box/new ;;
	*) url=smtp://127.0.0.1:$port box=inbox ;;
	esac
	$runner msend -o tls=no -o spool="$PWD/spool" -o send="$url" "$@"
}

crash_run()
{
	runner=shim
	msend_as -f ann@example.org -s hello "${PWD##*/}@example.org" \
		<"$tmp/body"
}

# Sets $sent to how often it was, $state to how the queue calls it.
look()
{
	sent=0
	for file in "$box"/*; do
		[ -e "$file" ] || continue
		sent=$((sent + 1))
		[ "$(tail -n 1 "$file" | tr -d '\r')" = "the last line" ] ||
			echo "not whole: $file"
	done
	msend_as -p >queue || echo "msend -p: status $?"
	read -r id state rest <queue
	state=${state:-none}
}

# run_queue: what waits is sent, and what is unknown is told
run_queue()
{
	msend_as -q >told 2>&1
	code=$?
	case $state:$code in
	unknown:76)
		grep -q unknown told || echo "not told as unknown: $id"
		;;
	*:0) ;;
	*) echo "msend -q: status $code"; cat told ;;
	esac
}

# fits KINDS: $sent and $state are one of these
fits()
{
	case " $1 " in
	*" $sent:$state "*) ;;
	*) echo "sent $sent times, in the queue: $state; not $1" ;;
	esac
}

# fits_at KIND: of that kind it is where the run was killed between accepting
# the message and sending it
fits_at()
{
	if [ "$crash_at" -lt "$accepted" ]; then
		fits 0:none
	elif [ "$crash_at" -lt "$sending" ]; then
		fits "$1"
	else
		fits "0:unknown 1:unknown 1:none"
	fi
}

killed()
{
	look
	fits_at 0:queued
	run_queue
	look
	fits_at 1:none
}

failed()
{
	look
	case $status in
	0) fits 1:none ;;
	73 | 74) fits "0:none 1:none 1:unknown" ;;
	75) fits "0:queued 0:unknown" ;;
	76) fits "0:unknown 1:unknown" ;;
	*) echo "exit status $status" ;;
	esac
	[ $state != queued ] || msend_as -q "$id" >told 2>&1 ||
		echo "msend -q $id: status $?"
	look
	fits "$sent:none 0:unknown 1:unknown"
}

crash_check()
{
	runner=env
	[ -e log ] || echo "no log"
	if [ "$status" -eq 137 ]; then
		killed
	else
		failed
	fi
	[ -z "$(left)" ] && [ $state = none ] && return
	run_queue
	was=$sent
	look
	[ $sent -eq $was ] || echo "sent again by a further run"
	[ $state != none ] || left
}

# left: a line for each file of a message in the spool
left()
{
	for file in spool/*; do
		case $file in
		spool/spool.db*) ;;
		*) echo "left behind: $file" ;;
		esac
	done
}

# whole NAME: counts, and finds where it is accepted and where sending
whole()
{
	crash_count "$1"
	awk -f tests/crash/order_send.awk "$log" >"$tmp/order"
	read -r word accepted word sending <<-!
	$(tail -n 1 "$tmp/order")
	!
	sed '$d' "$tmp/order" | none "$1: its order is kept"
}

# SQLite's own writes are another test's matter.
some='$4 >= 0 && ($3 != "write" || $5 !~ /db/)'
target=smtp
crash_serve sink chunking
whole "by SMTP with chunking"
crash_all "killed before each call" kill '$4 >= 0'
crash_all "killed halfway through a write" half '$3 == "write" && $5 !~ /db/'
crash_all "each write is short" short '$3 == "write" && $5 !~ /db/'
crash_all "each call fails" EIO "\$2 == \"d\" && $some"
crash_all "the disk fills up" ENOSPC '$2 == "d" && $4 >= 0' 1

crash_serve sink data
whole "by SMTP, a command at a time"
crash_all "so killed before each call" kill "$some"

target=maildir
whole "into a Maildir"
crash_all "there killed before each call" kill "$some"
crash_all "there each call fails" EIO "\$2 == \"d\" && $some"
finish
