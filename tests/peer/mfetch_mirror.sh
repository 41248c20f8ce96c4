# mirror = yes against servers without QRESYNC: with CONDSTORE, and with
# neither.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs


fetch()
{
	mfetch -q -o tls-ca="$peer_dir/ca.pem" -o mirror=yes \
		"imaps://ann@localhost:$peer_port"
}

# opens CAPABILITIES WORDS ITEMS MODSEQ EXISTS: the folder, and all flags; the
# server is the one of last time where CAPABILITIES are empty
opens()
{
	cat <<END
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
send \${T} OK${1:+ [CAPABILITY $1]} in
expect-tagged EXAMINE "INBOX"$2
set examine \${T}
expect-tagged UID FETCH 1:* (UID FLAGS)$3
set flags \${T}
expect-tagged UID SEARCH ALL
send * $5 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT 5] next
send * OK [$4] modseq
send \${examine} OK [READ-ONLY] done
END
}

# tail: nothing is new
tail_of()
{
	cat <<END
set search \${T}
expect-tagged UID FETCH 5:4294967294 $items
send \${search} OK
send \${T} OK
expect-tagged LOGOUT
END
}

# flags: of each message, by its text
flags()
{
	for f in "$tmp"/mail/new/* "$tmp"/mail/cur/*; do
		[ ! -e "$f" ] || echo "$(cat "$f") ${f##*:}"
	done | sed 's| /.*||' | sort | tr '\n' ' '
}

# first CAPABILITIES WORDS MODSEQ: four messages come
first()
{
	opens "$1" "$2" '' "$3" 4
	cat <<END
send \${flags} OK
send * SEARCH 1 2 3 4
send \${T} OK
expect-tagged UID FETCH 1:4 $items
send * 1 FETCH (UID 1 FLAGS () BODY[] "a")
send * 2 FETCH (UID 2 FLAGS (\\\\Seen) BODY[] "b")
send * 3 FETCH (UID 3 FLAGS (\\\\Seen) BODY[] "c")
send * 4 FETCH (UID 4 FLAGS (\\\\Seen) BODY[] "d")
send \${T} OK
expect-tagged LOGOUT
END
}

cd "$tmp" || exit 1
for kind in plain condstore; do
	rm -rf mail home/.cache
	can=IMAP4rev1 words='' since='' modseq=NOMODSEQ
	[ $kind = plain ] || can='IMAP4rev1 CONDSTORE' words=' (CONDSTORE)' \
		since=' (CHANGEDSINCE 7)' modseq='HIGHESTMODSEQ 7'
	{
		first "$can" "$words" "$modseq"
		echo accept
		opens '' "$words" "$since" "$modseq" 3
		cat <<'END'
send * 1 FETCH (UID 1 FLAGS (\\Flagged))
END
		[ $kind = condstore ] || cat <<'END'
send * 2 FETCH (UID 2 FLAGS (\\Seen))
send * 3 FETCH (FLAGS (\\Seen) UID 4)
END
		cat <<'END'
send ${flags} OK
send * SEARCH 1 2 4
END
		tail_of
		# the server counts anew: nothing of the old ones is touched
		echo accept
		opens '' "$words" "$since" "$modseq" 1 |
			sed 's/UIDVALIDITY 5/UIDVALIDITY 6/'
		cat <<END
send * 1 FETCH (UID 2 FLAGS ())
send \${flags} OK
send * SEARCH 2
END
		tail_of | sed '$d'
		opens '' "$words" '' "$modseq" 0 | sed '1,3d
			s/UIDVALIDITY 5/UIDVALIDITY 6/'
		cat <<END
send \${flags} OK
send * SEARCH
send \${T} OK
expect-tagged LOGOUT
END
	} >script
	peer_start $kind -t <script
	check "$kind: four messages" fetch
	is "$kind: as they are" "$(flags)" "a b 2,S c 2,S d 2,S "
	# the user's own
	for n in d:P c:R; do
		name=$(grep -l "${n%:*}" mail/cur/*)
		mv "$name" "${name%S}${n#*:}S"
	done
	check "$kind: again" fetch
	is "$kind: followed" "$(flags)" "a 2,F b 2,S c 2,RST d 2,PS "
	check "$kind: counted anew" fetch
	is "$kind: nothing is lost" "$(flags)" "a 2,F b 2,S c 2,RST d 2,PS "
	peer_end $kind "$kind: the server hears what it should"
done
finish
