# What the tests share that kill a tool, or let a call of it fail, at every
# call that changes the world; tests/crash/shim.c counts the calls.  A test
# reads this instead of tests/tap.sh and defines
#
#	crash_setup	fills the current directory, empty and fresh
#	crash_run	runs the tool once: shim TOOL ARGUMENT...; its standard
#			output is the file "out"
#	crash_check	runs it again as often as needed, and prints a line for
#			each fault; $status is what crash_run gave
#
# and then
#
#	crash_count NAME	a run that is left alone: its calls are in $log
#	crash_all TEST ACTION CONDITION [1]
#				one test, with a case for each call that awk's
#				condition chooses from $log (1: every one)
#
# $crash_tick is how slow the clock makes a run.
# The actions are the shim's; with 1 what happens once happens from then on.
# A test that would take long sets $crash_step before: of so many cases it tries
# one.  CRASH_STEP=1 tries them all.

# What counts is the order of the calls; a disk would only make them slow.
[ -n "$TMPDIR" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
. tests/tap.sh

shim=$top/tests/crash/shim.so
[ -d /proc/self/fd ] ||
	skip_all "impossible: the calls cannot be traced without /proc"
tmp=$(cd "$tmp" && pwd -P)
crash_servers=
crash_step=1
crash_tick=0
nl='
'
crash_jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# shim COMMAND...: the command, with the shim of the present case
shim()
{
	SHIM_LOG=$crash_dir/log SHIM_AT=$crash_at SHIM_DO=$crash_do \
		SHIM_STAY=$crash_stay SHIM_TICK=$crash_tick \
		LD_PRELOAD=$shim "$@"
}

# crash_serve PROGRAM ARGUMENT: a server of tests/crash, that runs until the
# test ends; sets $port
crash_serve()
{
	"$top/tests/crash/$1" "$2" "$tmp" "$tmp/$2.port" &
	crash_servers="$crash_servers $!"
	await_start "$1" $! "$tmp/$2.port"
	read -r port <"$tmp/$2.port"
}

tap_cleanup()
{
	[ -z "$crash_servers" ] || kill $crash_servers 2>/dev/null
}

# crash_count NAME
crash_count()
{
	crash_dir=$tmp/count crash_at=0 crash_do=kill crash_stay=0
	log=$crash_dir/log
	rm -rf "$crash_dir"
	mkdir "$crash_dir" || exit 1
	(cd "$crash_dir" && crash_setup && crash_run >out 2>err)
	is "$1" "$?" 0
	[ -s "$log" ] || {
		echo "Bail out! the shim saw no call"
		exit 1
	}
}

# crash_all TEST ACTION CONDITION [STAY]
crash_all()
{
	crash_do=$2 crash_stay=${4:-0}
	awk -F '\t' "$3 { print \$1 }" "$log" >"$tmp/all"
	awk -v step="${CRASH_STEP:-$crash_step}" 'NR % step == 1 % step' \
		"$tmp/all" >"$tmp/cases"
	[ -s "$tmp/cases" ] || {
		echo "no such call: $3" | fail "$1"
		return
	}
	crash_job=0
	while [ $crash_job -lt "$crash_jobs" ]; do
		crash_some $crash_job >"$tmp/faults.$crash_job" &
		eval "crash_pid$crash_job=\$!"
		crash_job=$((crash_job + 1))
	done
	while [ $crash_job -gt 0 ]; do
		crash_job=$((crash_job - 1))
		eval "wait \$crash_pid$crash_job" ||
			echo "not all was tried" >>"$tmp/faults.$crash_job"
	done
	cat "$tmp"/faults.* | none "$1 ($(wc -l <"$tmp/cases") of \
$(wc -l <"$tmp/all") calls)"
}

# crash_some JOB: its share of the cases
crash_some()
{
	awk -v job="$1" -v jobs="$crash_jobs" 'NR % jobs == job' "$tmp/cases" |
	while read -r crash_at; do
		crash_one </dev/null || exit
	done
}

# Prints the faults of one case, and where it was hit.
crash_one()
{
	crash_dir=$tmp/$crash_do$crash_at
	mkdir "$crash_dir" && cd "$crash_dir" && crash_setup || return
	crash_run >out 2>err
	status=$?
	crash_check >faults 2>&1
	if [ -s faults ]; then
		echo "$crash_do at $crash_at, status $status, after" \
			"$(tail -n 1 log)"
		sed 's/^/	/' faults err
	fi
	cd "$tmp" && rm -rf "$crash_dir"
}

# crash_sums DIR...: the sum and size of each file, sorted
crash_sums()
{
	find "$@" -type f -exec cksum {} + 2>/dev/null | sort |
	while read -r sum size name; do
		echo "$sum $size"
	done
}

# crash_same SUMS DIR...: a line unless the directories' files are, each once
# and byte for byte, those that the sums are of
crash_same()
{
	want=$1
	shift
	have=$(crash_sums "$@")
	[ "$want" = "$have" ] ||
		printf 'sums wanted:\n%s\nin %s:\n%s\n' "$want" "$*" "$have"
}

# crash_told MAILDIR: a line for each message whose path is neither in "out"
# nor "again", and for each file left in tmp/
crash_told()
{
	told=$nl$(cat out)$nl$(cat again)$nl
	for file in "$PWD/$1"/new/* "$PWD/$1"/cur/*; do
		[ -e "$file" ] || continue
		case $told in
		*"$nl$file$nl"*) ;;
		*) echo "never printed: $file" ;;
		esac
	done
	for file in "$1"/tmp/*; do
		[ -e "$file" ] && echo "left behind: $file"
	done
}

# crash_status: a line unless $status suits what was done to the run; it may
# have been over before, and since what a message is written in depends on how
# it comes, the call may be another than the one that was chosen
crash_status()
{
	case $crash_do:$status in
	kill:137 | half:137 | short:0 | E*:0 | E*:73 | E*:74) return ;;
	E*:75) grep -q "^$crash_at	n" log && return ;;
	*:0) [ "$(wc -l <log)" -ge "$crash_at" ] || return ;;
	esac
	echo "exit status $status"
}
