# What shell tests share that talk to the scripted server, tests/peer/peer; its
# script language is told at the top of peer.c.  After tests/tap.sh:
#
#	. tests/peer.sh
#	peer_certs
#	peer_start login -t <<'END'
#	send * OK ready
#	expect-tagged LOGOUT
#	send * BYE
#	send ${T} OK
#	END
#	check "logs out" some-client "$peer_port"
#	peer_end login "says what it must"

peer_dir=$tmp/peer
mkdir -p "$peer_dir" || exit 1

# peer_certs: makes, in $peer_dir, once a test: NAME.pem and NAME.key for
#	server	localhost and 127.0.0.1, of the authority ca.pem
#	name	other.example.org, of the same authority
#	expired	localhost and 127.0.0.1, of the same, no longer valid
#	foreign	localhost and 127.0.0.1, of the authority other.pem
#	client	a client's, of the authority ca.pem
peer_certs()
{
	[ -e "$peer_dir/done.pem" ] && return
	peer_local="DNS:localhost,IP:127.0.0.1"
	{
		peer_ca ca && peer_ca other &&
			peer_cert server ca "$peer_local" 30 &&
			peer_cert name ca DNS:other.example.org 30 &&
			peer_cert expired ca "$peer_local" -1 &&
			peer_cert foreign other "$peer_local" 30 &&
			peer_cert client ca DNS:client.example.org 30 &&
			: >"$peer_dir/done.pem"
	} 2>"$peer_dir/openssl.err" && return
	cat "$peer_dir/openssl.err" >&2
	echo "Bail out! openssl made no certificates"
	exit 1
}

# peer_ca NAME
peer_ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=Test authority $1" \
		-keyout "$peer_dir/$1.key" -out "$peer_dir/$1.pem"
}

# peer_cert NAME CA SUBJECTALTNAMES DAYS
peer_cert()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$1" -keyout "$peer_dir/$1.key" \
		-out "$peer_dir/$1.csr" || return
	echo "subjectAltName=$3" >"$peer_dir/$1.ext"
	openssl x509 -req -in "$peer_dir/$1.csr" -CA "$peer_dir/$2.pem" \
		-CAkey "$peer_dir/$2.key" -CAcreateserial -days "$4" \
		-extfile "$peer_dir/$1.ext" -out "$peer_dir/$1.pem"
}

# peer_pin NAME: the public key's pin, as tls-pin takes it
peer_pin()
{
	printf 'sha256//'
	openssl x509 -in "$peer_dir/$1.pem" -noout -pubkey |
		openssl pkey -pubin -outform DER |
		openssl dgst -sha256 -binary | openssl base64 -A
	echo
}

# peer_start NAME [OPTION...] <SCRIPT: starts a peer with the certificate
# "server" (if made; another by -c and -k) and waits until it listens on
# $peer_port of 127.0.0.1.
peer_start()
{
	peer_name=$1
	shift
	[ -e "$peer_dir/done.pem" ] &&
		set -- -c "$peer_dir/server.pem" -k "$peer_dir/server.key" "$@"
	cat >"$peer_dir/$peer_name.script"
	rm -f "$peer_dir/$peer_name.port"
	"$top/tests/peer/peer" -o "$peer_dir/$peer_name.sent" "$@" \
		"$peer_dir/$peer_name.script" "$peer_dir/$peer_name.port" \
		2>"$peer_dir/$peer_name.err" </dev/null >/dev/null &
	peer_pid=$!
	echo "$peer_pid" >"$peer_dir/$peer_name.pid"
	if ! await "$peer_pid" test -e "$peer_dir/$peer_name.port"; then
		cat "$peer_dir/$peer_name.err" >&2
		echo "Bail out! the peer $peer_name does not start"
		exit 1
	fi
	read -r peer_port <"$peer_dir/$peer_name.port"
}

# peer_status NAME: waits for its end; its exit status.  What it said is in
# $peer_dir/NAME.err, what its clients sent in $peer_dir/NAME.sent.
peer_status()
{
	read -r peer_pid <"$peer_dir/$1.pid"
	rm "$peer_dir/$1.pid"
	wait "$peer_pid"
}

# peer_end NAME TEST: a test that the clients did all that the script expects
peer_end()
{
	if peer_status "$1"; then
		pass "$2"
	else
		fail "$2" <"$peer_dir/$1.err"
	fi
}

# A test that ends early leaves no peer behind.
tap_cleanup()
{
	for peer_left in "$peer_dir"/*.pid; do
		[ -e "$peer_left" ] && kill "$(cat "$peer_left")" 2>/dev/null
	done
}
