#!/bin/sh
# Fetching by IMAP over TLS: mfetch beside the peers that are installed and a
# raw client (pull.c) that believes all and records nothing, from one Dovecot on
# loopback: all of a mailbox, nothing new, ten new; at once, and through a proxy
# that adds a round trip of 40 ms.  BENCH_ROUNDS is how often; what counts is
# the median.  BENCH_MESSAGES and BENCH_BYTES say how many there are, and how
# long on average.  BENCH_PEERS names the peers: mbsync and mpop, or also fdm,
# fetchmail, getmail and offlineimap, which take so long that they have their
# turn in the first round alone.
cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
PATH=$top/bin:$PATH
LC_ALL=C
export PATH LC_ALL
bench=$top/tests/bench
server=$top/tests/live/server
messages=${BENCH_MESSAGES:-10000}
rounds=${BENCH_ROUNDS:-5}

"$server" check || exit 0
[ -x bin/mfetch ] || { echo "bin/mfetch is not built" >&2; exit 1; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/satchel-bench.XXXXXX") || exit 1
end()
{
	[ -z "$far" ] || kill "$far"
	[ ! -e "$tmp/server/env" ] || "$server" stop "$tmp/server"
	rm -rf "$tmp"
}
far=
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$server" start "$tmp/server" || exit 1
. "$tmp/server/env"
box=$MAIL_ROOT/alice
"$bench/mails" "$box" "$messages" "${BENCH_BYTES:-72000}" || exit 1
own()
{
	[ "$(id -u)" -ne 0 ] || chown -R nobody "$box"
}
own
mkfifo "$tmp/port"
"$bench/far" "$IMAPS_PORT" 20 "$tmp/far.log" >"$tmp/port" &
far=$!
read -r far_port <"$tmp/port"
HOME=$tmp/home
XDG_CACHE_HOME=$HOME/.cache XDG_STATE_HOME=$HOME/.local/state
XDG_CONFIG_HOME=$HOME/.config
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
export HOME XDG_CACHE_HOME XDG_STATE_HOME XDG_CONFIG_HOME SATCHEL_PASSWORD
mkdir -p "$HOME"

# config WAY DIR PORT: writes its configuration
config()
{
	case $1 in
	mbsync) cat <<E ;;
FSync $fsync

IMAPAccount a
Host localhost
Port $3
User alice
PassCmd "cat $ALICE_PASSWORD"
AuthMechs PLAIN
SSLType IMAPS
CertificateFile $CA
DisableExtensions COMPRESS=DEFLATE

IMAPStore far
Account a

MaildirStore near
Path $2/
Inbox $2/INBOX

Channel c
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
E
	mpop) cat <<E ;;
account default
host localhost
port $3
user alice
passwordeval cat $ALICE_PASSWORD
auth plain
tls on
tls_starttls off
tls_trust_file $CA
keep on
delivery maildir $2/INBOX
uidls_file $2/uidls
E
	esac
}

# slow_config WAY DIR PORT: the same of those that are slow
slow_config()
{
	password=$(cat "$ALICE_PASSWORD")
	# getmail delivers nothing as root
	unprivileged=
	[ "$(id -u)" -ne 0 ] || unprivileged='user = nobody'
	case $1 in
	fdm) cat <<E ;;
account "a" imaps server "localhost" port $3
	user "alice" pass "$password" keep
action "in" maildir "$2/INBOX"
match all action "in"
E
	fetchmail) cat <<E ;;
set no bouncemail
poll localhost service $3 protocol IMAP
	user alice password "$password" ssl sslcertck sslcertfile "$CA"
	keep fetchall bsmtp "$2/INBOX"
E
	getmail) cat <<E ;;
[retriever]
type = SimpleIMAPSSLRetriever
server = localhost
port = $3
username = alice
password = $password
ca_certs = $CA
[destination]
type = Maildir
path = $2/INBOX/
$unprivileged
[options]
read_all = false
verbose = 0
E
	offlineimap) cat <<E ;;
[general]
accounts = a
metadata = $2/state
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = $2/INBOX
[Repository far]
type = IMAP
remotehost = localhost
remoteport = $3
remoteuser = alice
remotepass = $password
sslcacertfile = $CA
readonly = True
folderfilter = lambda name: name == 'INBOX'
E
	esac
}

# way WAY DIR PORT: runs it under measure
way()
{
	fsync=yes
	[ "$1" = mbsync ] || fsync=no
	{
		config "${1%-nosync}" "$2" "$3"
		slow_config "$1" "$2" "$3"
	} >"$2/config"
	chmod 600 "$2/config"
	set -- "$1" "$2" "$3" "$bench/measure" "$tmp/runs"
	case $1 in
	mfetch) "$4" "$5" mfetch -q -o tls-ca="$CA" -o auth=plain \
		-t "$2/INBOX" "imaps://alice@localhost:$3" ;;
	mfetch-zip) "$4" "$5" mfetch -q -o tls-ca="$CA" -o auth=plain \
		-o compress=yes -t "$2/INBOX" "imaps://alice@localhost:$3" ;;
	headers) "$4" "$5" mfetch -q -H -o tls-ca="$CA" -o auth=plain \
		-t "$2/INBOX" "imaps://alice@localhost:$3" ;;
	raw*) mkdir -p "$2/INBOX"
		section=${1#raw}
		"$4" "$5" "$bench/pull" "$3" "$CA" alice "$SATCHEL_PASSWORD" \
			"$2/INBOX" "$messages" ${section:+HEADER} ;;
	mbsync*) "$4" "$5" mbsync -q -c "$2/config" c ;;
	mpop) mkdir -p "$2/INBOX/cur" "$2/INBOX/new" "$2/INBOX/tmp"
		"$4" "$5" mpop -q -C "$2/config" ;;
	fdm) "$4" "$5" fdm -q -f "$2/config" -l fetch ;;
	fetchmail) "$4" "$5" fetchmail -s -f "$2/config" \
		--pidfile "$2/pid" -i "$2/uids" ;;
	getmail) mkdir -p "$2/INBOX/cur" "$2/INBOX/new" "$2/INBOX/tmp"
		if [ "$(id -u)" -eq 0 ]; then
			chmod 711 "$tmp" "$2"
			chown -R nobody "$2/INBOX"
		fi
		"$4" "$5" getmail -g "$2" -r "$2/config" ;;
	offlineimap) "$4" "$5" offlineimap -c "$2/config" -o -u quiet ;;
	esac >"$tmp/said" 2>&1
}

# median WAY COLUMN
median()
{
	sort -n -k "$2,$2" "$tmp/$1.runs" | awk -v c="$2" '
		{ v[NR] = $c }
		END { print v[int((NR + 1) / 2)] }'
}

# table WHAT WAY...: of the medians
table()
{
	printf '%-40s %8s %8s %9s %9s\n' "$1, median of $rounds" 'clock s' \
		'CPU s' 'RSS MB' 'anon MB'
	shift
	for w; do
		[ -s "$tmp/$w.runs" ] || continue
		echo "$w $(median "$w" 1) $(median "$w" 2) $(median "$w" 3)" \
			"$(median "$w" 4)"
	done | awk '{ printf "  %-38s %8.3f %8.3f %9.1f %9.1f\n", $1, $2, $3,
		$4 / 1024, $5 / 1024 }'
}

# has_turn WHAT WAY ROUND: those that know by the server's flags alone what they
# had, which others that fetch change, have it only where all is fetched
has_turn()
{
	case $2 in
	fdm | fetchmail) [ "$3" = 1 ] && [ "${1%% *}" = all ] ;;
	getmail | offlineimap) [ "$3" = 1 ] ;;
	esac
}

# rounds WHAT DELAY BEFORE WAY...: each round BEFORE, then each way in turn
rounds()
{
	what=$1 delay=$2 before=$3
	shift 3
	rm -f "$tmp"/*.runs
	port_now=$IMAPS_PORT
	[ "$delay" = 0 ] || port_now=$far_port
	round=0
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		$before
		for w; do
			dir=$tmp/$w.$delay
			[ "$before" != anew ] || put_away "$dir"
			mkdir -p "$dir"
			port=$port_now
			# mpop has no IMAP
			[ "$w" != mpop ] || port=$POP3S_PORT
			[ "$w$delay" != mpop40 ] || continue
			has_turn "$what" "$w" $round || continue
			rm -f "$tmp/runs"
			if way "$w" "$dir" "$port"; then
				cat "$tmp/runs" >>"$tmp/$w.runs"
			else
				echo "$w: fails: $(tail -n 1 "$tmp/said")" >&2
			fi
		done
	done
	table "$what, $delay ms" "$@"
}

# put_away DIR: of its files only the names stay.  A file system that has no
# journal takes care not to use a number again that was free a minute ago, and
# looks at all of them for each file that is made.
old=0
put_away()
{
	[ -e "$1" ] || return 0
	old=$((old + 1))
	mv "$1" "$tmp/old.$old"
	find "$tmp/old.$old" -type f -exec truncate -s 0 {} +
}

anew()
{
	sync
}
nothing()
{
	:
}
added=0
ten()
{
	i=0
	while [ $i -lt 10 ]; do
		i=$((i + 1)) added=$((added + 1))
		printf 'Subject: more %d\nMessage-ID: <%d@example.org>\n\nx\n' \
			$added $added >"$box/tmp/$added.bench"
		mv "$box/tmp/$added.bench" "$box/new/180000$added.P1.bench"
	done
	own
}

peers=
for w in ${BENCH_PEERS:-mbsync mpop}; do
	! command -v $w >/dev/null || peers="$peers $w"
done
case $peers in
*mbsync*) peers="$peers mbsync-nosync" ;;
esac
# Dovecot makes its index
mkdir "$tmp/first"
way raw "$tmp/first" "$IMAPS_PORT" || { cat "$tmp/said"; exit 1; }
rm -rf "$tmp/first"
for delay in ${BENCH_DELAYS:-0 40}; do
	rounds "all $messages" $delay anew mfetch raw $peers mfetch-zip \
		headers raw-headers
	rounds "nothing new" $delay nothing mfetch $peers
	rounds "ten new" $delay ten mfetch $peers
done
[ ! -s "$tmp/far.log" ] || tail -n 1 "$tmp/far.log"
