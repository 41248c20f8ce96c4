# mfetch killed at random moments, again and again, until all of many messages
# are here, from a real server where mail comes meanwhile: each exactly once,
# byte for byte, and each name printed.  MANY_MESSAGES says how many by each
# protocol, kept and deleted: MANY_MESSAGES=10000 is the whole.  MANY_SEED
# chooses the moments, as far as a machine lets itself be told.

# What counts is the order of the calls; a disk would only make them slow.
[ -n "$TMPDIR" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
. tests/tap.sh
. tests/live.sh
messages=${MANY_MESSAGES:-80}
seed=${MANY_SEED:-$(date +%s)}
portions=6

# sums DIR...: the sum and size of each file, sorted
sums()
{
	find "$@" -type f -exec cksum {} + | cut -d ' ' -f 1,2 | sort
}

# bases FILE: the names in it without directory and flags, which may change,
# each once
bases()
{
	sed 's/:2,.*//; s/.*\///' "$1" | sort -u
}

# arrive N: portion N of the mail comes to the server
arrive()
{
	find "$tmp/mail/cur" -type f | sort |
		awk -v n="$1" -v of=$portions 'NR % of == n' |
		while read -r file; do
			cp -p "$file" "$MAIL_ROOT/alice/tmp/${file##*/}"
			mv "$MAIL_ROOT/alice/tmp/${file##*/}" \
				"$MAIL_ROOT/alice/cur"
		done
	chown_as_server
}

chown_as_server()
{
	[ "$(id -u)" -ne 0 ] || chown -R "$(stat -c %U:%G \
		"$MAIL_ROOT")" "$MAIL_ROOT/alice"
}

# moment: sets $moment, of up to $most milliseconds, in seconds; and another
# seed.  Nothing is waited for but a time that nothing else foresees.
moment()
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	moment=$(((seed / 65536) % most + 5))
	moment=$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))
}

# fetch OPTION...: by exec, so that what is killed is mfetch
fetch()
{
	exec mfetch -o tls-ca="$CA" -t "$tmp/box" "$@" "$url"
}

# run OPTION...: until a run ends by itself after all has arrived
run()
{
	arrived=1 kills=0 runs=0 most=60 printed=0
	arrive 0
	while [ $runs -lt $((messages + 500)) ]; do
		runs=$((runs + 1))
		fetch "$@" >>"$tmp/names" 2>>"$tmp/said" &
		pid=$!
		moment
		sleep $moment
		kill -s KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
		status=$?
		[ $status -ne 137 ] || kills=$((kills + 1))
		# one that is killed may hold the record for a moment more
		case $status in
		0 | 75 | 137) ;;
		*) echo "status $status"; cat "$tmp/said" ;;
		esac >>"$tmp/faults"
		[ $status -ne 0 ] || [ $arrived -lt $portions ] || break
		# a run in which nothing can be done would be the last, too
		before=$printed
		printed=$(wc -l <"$tmp/names")
		if [ $printed -eq $before ]; then
			most=$((most * 5 / 4))
		elif [ $most -gt 60 ]; then
			most=$((most * 7 / 8))
		fi
		half=$((messages * arrived / portions / 2))
		[ $arrived -lt $portions ] && [ $printed -ge $half ] && {
			arrive $arrived
			arrived=$((arrived + 1))
		}
	done
}

# one NAME DELETES OPTION...
one()
{
	name=$1 deletes=$2
	shift 2
	rm -rf "$tmp/box" "$tmp/home"
	mkdir "$tmp/home"
	: >"$tmp/names"
	: >"$tmp/said"
	: >"$tmp/faults"
	run "$@"
	(fetch "$@") >"$tmp/more" 2>"$tmp/err" || cat "$tmp/err"
	sums "$tmp/box/new" "$tmp/box/cur" >"$tmp/have"
	lost=$(comm -23 "$tmp/want" "$tmp/have" | wc -l)
	doubled=$(comm -13 "$tmp/want" "$tmp/have" | wc -l)
	echo "# $name: $kills kills in $runs runs, $(wc -l <"$tmp/have")" \
		"messages, $lost lost, $doubled doubled or wrong"
	{
		cat "$tmp/faults"
		[ $kills -gt 0 ] || echo "never killed"
		cmp "$tmp/want" "$tmp/have"
		sed 's/^/fetched once more: /' "$tmp/more"
		find "$tmp/box/new" "$tmp/box/cur" -type f >"$tmp/here"
		bases "$tmp/here" >"$tmp/here.bases"
		bases "$tmp/names" | cmp "$tmp/here.bases" -
		ls "$tmp/box/tmp"
		[ $deletes = no ] || find "$MAIL_ROOT/alice/cur" \
			"$MAIL_ROOT/alice/new" -type f
	} 2>&1 | head -n 50 | none "$name"
	"$server" reset "$tmp/server"
}

echo "# MANY_SEED=$seed"
"$top/tests/bench/mails" "$tmp/mail" $messages 700
live_start
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
export SATCHEL_PASSWORD
sums "$tmp/mail/cur" >"$tmp/want"

url=imaps://alice@localhost:$IMAPS_PORT
one "IMAP, kept and mirrored" no -o mirror=yes
one "IMAP, deleted" yes -d
url=pop3s://alice@localhost:$POP3S_PORT
one "POP3, kept" no
one "POP3, deleted" yes -d
finish
