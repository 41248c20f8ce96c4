# msend -m, -k and copies, killed at every call: no message is lost, none is
# sent twice, and what was told as sent is done with.

. tests/crash.sh

some='$4 >= 0 && ($3 != "write" || $5 !~ /db/)'

crash_setup()
{
	mkdir -p 1/inbox 2/inbox 3/inbox
	for n in 1 2 3; do
		printf 'From: ann@example.org\nTo: %s/%d@example.org\n\n' \
			"${PWD##*/}" $n >m$n
		echo "the last line" >>m$n
	done
}

# msend_as ARGUMENT...: by $runner
msend_as()
{
	$runner msend -o tls=no -o spool="$PWD/spool" \
		-o send="smtp://127.0.0.1:$port" "$@"
}

crash_run()
{
	runner=shim
	case $what in
	many) msend_as -R -m m1 m2 m3 ;;
	key) msend_as -k once -t <m1 ;;
	copy) msend_as -o sent="$PWD/sent" -t <m1 ;;
	esac
}

# count DIR: sets $n to how many files it has; each is to be whole
count()
{
	n=0
	for file in "$1"/*; do
		[ -e "$file" ] || continue
		n=$((n + 1))
		[ "$(tail -n 1 "$file" | tr -d '\r')" = "the last line" ] ||
			echo "not whole: $file"
	done
}

# queue: what the queue has, for look
queue()
{
	msend_as -p >queue || echo "msend -p: status $?"
}

# look N: sets $sent to how often the message was, $state to what the queue
# had of it
look()
{
	count $1/inbox
	sent=$n
	state=none
	while read -r id told rest; do
		case $rest in
		*"/$1@"*) state=$told ;;
		esac
	done <queue
}

# run_queue STATUSES
run_queue()
{
	msend_as "$@" -q >>told 2>&1
	case $? in
	0 | 76) ;;
	*) echo "msend -q: status $?"; cat told ;;
	esac
}

# may_be_none N: it was never accepted, or told as not taken
may_be_none()
{
	[ "$accepted" = no ] || grep -q "^msend: m$1: " err
}

check_many()
{
	for one in 1 2 3; do
		look $one
		case $sent:$state in
		0:none) may_be_none $one || echo "lost: $one" ;;
		0:queued | 0:unknown | 1:unknown | 1:none | 1:sending) ;;
		*) echo "$one: sent $sent times, in the queue: $state" ;;
		esac
	done
	run_queue
	run_queue
	queue
	for one in 1 2 3; do
		look $one
		case $sent:$state in
		0:none) may_be_none $one || echo "lost: $one" ;;
		1:none | 0:unknown | 1:unknown) ;;
		*) echo "$one: sent $sent times, at the end: $state" ;;
		esac
		[ $sent:$state = 1:none ] || ! grep -q "/$one@.*	sent	" out ||
			echo "$one was told as sent, and is $sent:$state"
	done
}

# The same key again, until it says what became of the message.
check_key()
{
	for try in 1 2 3; do
		msend_as -k once -t <m1 2>told
		code=$?
		[ $code -eq 75 ] || break
		run_queue
		msend_as -q "$(msend_as -p | cut -f 1)" >>told 2>&1
	done
	run_queue
	queue
	look 1
	case $code:$sent:$state in
	0:1:none | 76:0:unknown | 76:1:unknown) ;;
	*) echo "the key says $code, sent $sent times, in the queue: $state" ;;
	esac
}

check_copy()
{
	run_queue -o sent="$PWD/sent"
	run_queue -o sent="$PWD/sent"
	queue
	look 1
	count sent/cur
	copies=$n
	case $sent:$state in
	0:none) [ "$accepted" = no ] || echo "lost" ;;
	1:none) [ $copies -ge 1 ] || echo "no copy of what was sent" ;;
	0:unknown | 1:unknown) ;;
	*) echo "sent $sent times, in the queue: $state" ;;
	esac
}

# all are accepted in one commit, so that the spool has all or none
crash_check()
{
	runner=env
	accepted=no
	: >queue
	[ ! -e spool/spool.db ] || queue
	[ ! -s queue ] || accepted=yes
	count 1/inbox
	[ $n -eq 0 ] || accepted=yes
	case $what:$status in
	*:0 | *:137 | *:73 | *:74 | *:75 | *:76) ;;
	*) echo "exit status $status" ;;
	esac
	check_$what
	for file in spool/*; do
		case $file:$(cat queue) in
		*:*unknown*) ;;
		spool/spool.db*) ;;
		*) echo "left behind: $file" ;;
		esac
	done
}

crash_serve sink chunking
for what in key copy many; do
	crash_count "$what"
	crash_all "$what: killed before each call" kill \
		"$some && (\"$what\" == \"many\" || \$3 != \"create\")"
done
crash_all "many: each sync fails" EIO '$3 == "sync"'
crash_all "many: no file can be made" ENOSPC '$3 == "create"' 1
finish
