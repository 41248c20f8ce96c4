# mfetch whose server's every byte goes wrong once: the connection is cut, or
# falls silent, or a bit is turned, by IMAP and by POP3, in clear and by TLS.
# A run tries one byte of some; FAULT_STEP=1 FAULT_SECONDS=600 tries each.

. tests/crash.sh
. tests/peer.sh
peer_certs

# no peer is started here: what ends is the servers of tests/crash
tap_cleanup()
{
	[ -z "$crash_servers" ] || kill $crash_servers 2>/dev/null
}

SATCHEL_PASSWORD=secret
export SATCHEL_PASSWORD
mkdir "$tmp/imap" "$tmp/pop3"

# mail DIR: its three messages, and what they are to be here
mail()
{
	mkdir "$1/mail" "$1/local"
	for i in 1 2 3; do
		printf 'Message-ID: <%s@example.org>\n\n.b\n)\n%s\n' $i $i \
			>"$1/local/$i"
		sed 's/$/\r/' "$1/local/$i" >"$1/mail/$i"
	done
}

# faults TEST FAULT STEP JOBS PROTOCOL tls|clear OPTION...: at one of so many
# bytes, or with FAULT_STEP at as many as that says
faults()
{
	name=$1 what=$2 step=${FAULT_STEP:-$3} jobs=$4 protocol=$5 layer=$6
	shift 6
	dir=$tmp/$protocol
	read -r port <"$dir/port"
	if [ $layer = tls ]; then
		set -- ${protocol}s "$peer_dir/server.pem" \
			"$peer_dir/server.key" -- -o tls-ca="$peer_dir/ca.pem" \
			"$@"
	else
		set -- $protocol -- -o tls=no "$@"
	fi
	timeout ${FAULT_SECONDS:-60} "$top/tests/crash/fault" $what $step "$port" $jobs "$dir" "$@" \
		>"$tmp/found"
	status=$?
	cases=$(awk '$1 == "cases" { n += $2 } END { print n + 0 }' \
		"$tmp/found")
	{
		grep -v '^cases' "$tmp/found"
		[ $status -eq 0 ] || echo "exit status $status"
		[ "$cases" -gt 7 ] || echo "$cases cases"
	} | none "$name ($cases bytes)"
}

for protocol in imap pop3; do
	dir=$tmp/$protocol
	mail "$dir"
	"$top/tests/crash/mailbox" $protocol "$dir" "$dir/port" \
		</dev/null >/dev/null &
	crash_servers="$crash_servers $!"
	await_start mailbox $! "$dir/port"
done

for protocol in imap pop3; do
	faults "$protocol cut" cut 23 4 $protocol clear
	faults "$protocol cut, deleting" cut 11 4 $protocol clear -d
	faults "$protocol silent, deleting" stall 29 32 $protocol clear -d \
		-o timeout=1
	faults "$protocol turned, deleting" flip 19 16 $protocol clear -d \
		-o timeout=1
	faults "$protocol by TLS, cut, deleting" cut 97 4 $protocol tls -d
	faults "$protocol by TLS, turned, deleting" flip 97 16 $protocol tls \
		-d -o timeout=1
done
faults "following flags and removals, cut" cut 23 4 imap clear -d \
	-o mirror=yes
faults "following, silent" stall 37 32 imap clear -o timeout=1 \
	-o mirror=yes
finish
