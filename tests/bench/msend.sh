#!/bin/sh
# Submission to a far server with TLS and log-in: one message, and many in one
# call, msend beside the peers that are installed, in turn, so that what else
# the machine does falls on all of them.  The server is a real one on loopback,
# the distance tests/bench/far's.
#
# BENCH_ROUNDS is how often (5), BENCH_MS the milliseconds each way (20),
# BENCH_MANY how many messages (500), BENCH_SLOW how many of these the peers
# that take a round trip or more for each get (20): their time for all is
# reckoned from that.  What counts is the median.
cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
PATH=$top/bin:$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

rounds=${BENCH_ROUNDS:-5} ms=${BENCH_MS:-20}
many=${BENCH_MANY:-500} slow=${BENCH_SLOW:-20}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/satchel-bench.XXXXXX") || exit 1
HOME=$tmp/home XDG_STATE_HOME=$tmp/state
export HOME XDG_STATE_HOME
mkdir "$HOME"
server=$top/tests/live/server

cleanup()
{
	[ -z "$pids" ] || kill $pids
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
	rm -rf "$tmp"
}
pids=
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$server" check || exit 1
"$server" start "$tmp/server" || exit 1
. "$tmp/server/env"

# far PORT: sets $far to the port of a far one
far()
{
	rm -f "$tmp/port"
	mkfifo "$tmp/port"
	tests/bench/far "$1" "$ms" >"$tmp/port" &
	pids="$pids $!"
	read -r far <"$tmp/port"
}

far "$SUBMISSIONS_PORT"
port=$far
secret=$(cat "$ALICE_PASSWORD")

cat >"$tmp/msmtprc" <<R
account default
host localhost
port $port
tls on
tls_starttls off
tls_trust_file $CA
auth plain
user alice
passwordeval cat $ALICE_PASSWORD
from alice@example.org
R
chmod 600 "$tmp/msmtprc"
SATCHEL_SEND=smtps://alice@localhost:$port SATCHEL_PASSWORD=$secret
SATCHEL_FROM=alice@example.org
export SATCHEL_SEND SATCHEL_PASSWORD SATCHEL_FROM

# the messages, in order, each of some 2 KB
mkdir "$tmp/mail"
i=0
while [ $i -lt "$many" ]; do
	i=$((i + 1))
	{
		printf 'From: alice@example.org\nTo: u%d@example.org\n' $i
		printf 'Subject: number %d\nMessage-ID: <%d@example.org>\n' $i $i
		printf 'Date: Sat, 21 Nov 2026 09:00:00 +0000\n\n'
		head -c 1500 /dev/urandom | openssl base64
	} >"$tmp/mail/$(printf %05d $i)"
	mkdir -p "$tmp/u$i/inbox"
done

# send WAY COUNT: the first messages by that way, in one call where it can
send()
{
	set -- "$1" $(printf '%s\n' "$tmp"/mail/* | head -n "$2")
	way=$1
	shift
	case $way in
	msend) msend -o tls-ca="$CA" -m "$@" ;;
	sink)
		SATCHEL_SEND=smtps://alice@localhost:$sink \
			msend -o tls-ca="$CA" -m "$@"
		;;
	msmtp)
		for file; do
			msmtp -C "$tmp/msmtprc" -t <"$file" || return
		done
		;;
	curl)
		curl -s --cacert "$CA" --url "smtps://localhost:$port" \
			--user "alice:$secret" --mail-from alice@example.org \
			--mail-rcpt other@example.org \
			-T "{$(printf '%s\n' "$@" | paste -s -d , -)}"
		;;
	git)
		git send-email --quiet --confirm=never --suppress-cc=all \
			--smtp-server=localhost --smtp-server-port="$port" \
			--smtp-encryption=ssl --smtp-ssl-cert-path="$CA" \
			--smtp-user=alice --smtp-pass="$secret" \
			--from=alice@example.org --to=other@example.org \
			--no-validate "$@" >/dev/null
		;;
	esac
}

# A server that takes no time for a message, behind TLS: what the way costs.
sink=
if command -v socat >/dev/null; then
	tests/crash/sink chunking "$tmp" "$tmp/sink" &
	pids="$pids $!"
	while [ ! -e "$tmp/sink" ]; do
		sleep 0.01
	done
	sink=$((20000 + $$ % 20000))
	socat "OPENSSL-LISTEN:$sink,bind=127.0.0.1,fork,reuseaddr,verify=0,$(
		)cert=$SERVER_ROOT/tls/server.pem,$(
		)key=$SERVER_ROOT/tls/server.key" \
		"TCP:127.0.0.1:$(cat "$tmp/sink")" &
	pids="$pids $!"
	far $sink
	sink=$far
fi

ways="msend ${sink:+sink}"
for way in msmtp curl; do
	! command -v $way >/dev/null || ways="$ways $way"
done
! git send-email -h 2>&1 | grep -q smtp-server || ways="$ways git"

# timed FILE WAY COUNT: the milliseconds of one run
timed()
{
	timed_to=$tmp/$1
	shift
	begin=$(date +%s%N)
	send "$@" </dev/null >"$tmp/out" 2>&1 || {
		echo "$1 fails:" >&2
		head -n 3 "$tmp/out" >&2
		return
	}
	echo $((($(date +%s%N) - begin) / 1000000)) >>"$timed_to"
}

count=0
while [ $count -lt "$rounds" ]; do
	count=$((count + 1))
	for way in $ways; do
		timed "one.$way" $way 1
		case $way in
		msend | sink) timed "many.$way" $way "$many" ;;
		*) timed "many.$way" $way "$slow" ;;
		esac
	done
done

median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

echo "$rounds runs, $((2 * ms)) ms of round trip, TLS and log-in, medians;" \
	"sink is msend to a server that takes no time:"
for way in $ways; do
	[ -e "$tmp/one.$way" ] && [ -e "$tmp/many.$way" ] || continue
	median "$tmp/one.$way" >"$tmp/a"
	median "$tmp/many.$way" >"$tmp/b"
	paste -d ' ' "$tmp/a" "$tmp/b" | awk -v way=$way -v ms="$ms" \
	    -v many="$many" -v n="$(case $way in msend | sink) echo "$many" ;;
	    *) echo "$slow" ;; esac)" '{
		all = $2 + (n < many ? ($2 - $1) / (n - 1) * (many - n) : 0)
		printf "%-6s one %5d ms (%.2f of 6 round trips), ", way, $1,
		    $1 / (12 * ms)
		printf "%d in %.2f s%s\n", many, all / 1000,
		    n < many ? " (reckoned from " n ")" : ""
	}'
done
