# dedup = yes against a scripted IMAP server: one copy of what the server says
# is one message.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs


fetch()
{
	mfetch -o tls-ca="$peer_dir/ca.pem" -o dedup=yes -f '*' "$@" \
		"imaps://ann@localhost:$peer_port"
}

list='LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))'

# counts INBOX-NEXT ALL-NEXT: the list's answer
counts()
{
	cat <<END
send * LIST () "/" INBOX
send * STATUS INBOX (MESSAGES 9 UIDNEXT $1 UIDVALIDITY 5)
send * LIST () "/" All
send * STATUS All (MESSAGES 9 UIDNEXT $2 UIDVALIDITY 5)
send \${T} OK
END
}

# again: a later run, in which the list goes with the log-in
again()
{
	echo accept
	imap_early
	echo "expect-tagged $list"
	echo 'send ${login} OK'
	counts 4 4
}

# opens NAME SEARCH NEXT UIDS
opens()
{
	cat <<END
expect-tagged EXAMINE "$1"
set examine \${T}
expect-tagged UID SEARCH $2
send * 9 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT $3] next
send \${examine} OK [READ-ONLY] done
send * SEARCH $4
send \${T} OK
END
}

cd "$tmp" || exit 1
for id in EMAILID X-GM-MSGID; do
	rm -rf mail home/.cache
	case $id in
	EMAILID) can=OBJECTID one='(M1)' two='(M2)' three='(M3)' ;;
	*) can=X-GM-EXT-1 one=1 two=2 three=3 ;;
	esac
	{
		imap_hello "LIST-STATUS $can"
		echo "expect-tagged $list"
		counts 3 4
		opens INBOX ALL 3 '1 2'
		cat <<END
expect-tagged UID FETCH 1:2 (UID $id)
send * 1 FETCH (UID 1 $id $one)
send * 2 FETCH (UID 2 $id $two)
send \${T} OK
expect-tagged UID FETCH 1:2 $items
send * 1 FETCH (UID 1 BODY[] "a")
send * 2 FETCH (UID 2 BODY[] "b")
send \${T} OK
END
		opens All ALL 4 '1 2 3'
		cat <<END
expect-tagged UID FETCH 1:3 (UID $id)
send * 1 FETCH (UID 1 $id $two)
send * 2 FETCH (UID 2 $id $three)
send * 3 FETCH (UID 3 FLAGS ())
send \${T} OK
expect-tagged UID FETCH 2:3 $items
send * 2 FETCH (UID 2 BODY[] "c")
send * 3 FETCH (UID 3 BODY[] "d")
send \${T} OK
expect-tagged LOGOUT
END
		# what came into All before is now in INBOX too
		again
		opens INBOX 'UID 3:*' 4 3
		cat <<END
expect-tagged UID FETCH 3 (UID $id)
send * 1 FETCH (UID 3 $id $three)
send \${T} OK
expect-tagged LOGOUT
END
		# and it stays known
		again
		echo 'expect-tagged LOGOUT'
	} >script
	peer_start "$id" -t <script
	check "$id: two folders" fetch
	is "$id: one copy of each" "$(cat $(cat out))" abcd
	expect_status 1 "$id: a copy made later" fetch -e
	expect_status 1 "$id: is known" fetch -e
	peer_end "$id" "$id: the server hears what it should"
done
finish
