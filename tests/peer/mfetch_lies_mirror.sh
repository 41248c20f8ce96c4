# mirror = yes against servers that lie: a flag T at the most, never a file less,
# and nothing by another UIDVALIDITY.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh

# fetch OPTION...
fetch()
{
	mfetch -q -o tls=no -o timeout=5 -o mirror=yes "$@" \
		"imap://ann@localhost:$peer_port"
}

# flags: of each message, by its text
flags()
{
	for f in mail/new/* mail/cur/*; do
		[ ! -e "$f" ] || echo "$(cat "$f") ${f##*:}"
	done | sed 's| .*/.*||' | sort | tr '\n' ';'
}

# imap_asks WORDS KEYS [UIDVALIDITY]: the folder is opened and searched, and all
# flags are asked for where there is no QRESYNC yet
imap_asks()
{
	imap_hello "ENABLE CONDSTORE QRESYNC"
	cat <<END
expect-tagged ENABLE QRESYNC
send * ENABLED QRESYNC
send \${T} OK
expect-tagged EXAMINE "INBOX" $1
set open \${T}
END
	case $1 in
	*QRESYNC*) ;;
	*) printf 'expect-tagged UID FETCH 1:* (UID FLAGS)\nset all ${T}\n' ;;
	esac
	cat <<END
expect-tagged UID SEARCH $2
set search \${T}
END
	[ "$2" = ALL ] || echo "expect-tagged UID FETCH 4:4294967294 $items"
	printf 'send * 3 EXISTS\nsend * OK [UIDVALIDITY %d] valid\n' "${3:-5}"
	echo 'send * OK [UIDNEXT 4] next'
}

# three messages are here; then the server says what the table has, and in a
# third run what it has after that
set -f
while IFS='|' read -r status wanted lines name; do
	rm -rf mail home
	{
		said '@asks "(CONDSTORE)" ALL;send * OK [HIGHESTMODSEQ 100]'
		said 'send ${open} OK;send ${all} OK;send * SEARCH 1 2 3'
		said 'send ${search} OK'
		echo "expect-tagged UID FETCH 1:3 $items"
		said '1 1 a;2 2 b;3 3 c;send ${T} OK;@bye;accept'
		said "$lines" | sed "s/ITEMS/$items/"
		lies_last "$lines"
	} >script
	peer_start lie <script
	set +f
	check "$name: three messages" fetch
	# what a run learnt of the server is not of use here
	rm -rf home
	expect_status "$status" "$name" fetch
	case $lines in
	*accept*) rm -rf home && check "$name: and again" fetch ;;
	esac
	is "$name: flags" "$(flags)" "$wanted"
	set -f
	peer_end lie "$name: the server hears what it should"
done <<'END'
0|a 2,T;b 2,T;c 2,T;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * OK [HIGHESTMODSEQ 101];send * VANISHED (EARLIER) 1:4294967295;send ${open} OK;send ${search} OK;send ${T} OK;@bye|all have vanished
0|a 2,S;b 2,FS;c 2,T;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * OK [HIGHESTMODSEQ 101];send * VANISHED (EARLIER) 3,7:9;send * 1 FETCH (UID 1 FLAGS (\\Seen));send * 2 FETCH (UID 2 FLAGS (\\Seen \\Flagged x));send * 9 FETCH (UID 77 FLAGS (\\Seen));send ${open} OK;send ${search} OK;send ${T} OK;@bye|one has, and some that were never there
76|a;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * VANISHED (EARLIER) 0:3|UID 0 has
76|a;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * VANISHED (EARLIER) 1:4294967296|one over 32 bits has
75|a;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * VANISHED (EARLIER) 1:3;send ${open} OK;send * BYE|BYE before all is said
0|a 2,S;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * OK [HIGHESTMODSEQ 50];send ${open} OK;send ${search} OK;send ${T} OK;@bye;accept;@asks "(CONDSTORE)" ALL;send * OK [HIGHESTMODSEQ 50];send ${open} OK;send * 1 FETCH (UID 1 FLAGS (\\Seen));send ${all} OK;send * SEARCH 1 2 3;send ${search} OK;expect-tagged UID FETCH 4:4294967294 ITEMS;send ${T} OK;@bye|HIGHESTMODSEQ falls
0|a;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * OK [HIGHESTMODSEQ 50];send ${open} OK;send ${search} OK;send ${T} OK;@bye;accept;@asks "(CONDSTORE)" ALL;send * OK [HIGHESTMODSEQ 50];send ${open} OK;send ${all} OK;send * SEARCH 2;send ${search} OK;expect-tagged UID FETCH 4:4294967294 ITEMS;send ${T} OK;@bye|a search leaves out what is there
0|a;b 2,T;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*";send * 2 EXISTS;send * OK [HIGHESTMODSEQ 999];send ${open} OK;send ${search} OK;send ${T} OK;@bye;accept;@asks "(CONDSTORE)" ALL;send * 2 EXISTS;send * OK [HIGHESTMODSEQ 999];send ${open} OK;send ${all} OK;send * SEARCH 1 3;send ${search} OK;expect-tagged UID FETCH 4:4294967294 ITEMS;send ${T} OK;@bye|fewer are there, and none has vanished
0|a;b;c;|@asks "(QRESYNC (5 100 1:3))" "UID 4:*" 6;send * OK [HIGHESTMODSEQ 101];send * VANISHED (EARLIER) 1:3;send * 1 FETCH (UID 1 FLAGS (\\Deleted));send ${open} OK;send ${search} OK;send ${T} OK;expect-tagged EXAMINE "INBOX" (CONDSTORE);set open ${T};expect-tagged UID FETCH 1:* (UID FLAGS);set all ${T};expect-tagged UID SEARCH ALL;send * 0 EXISTS;send * OK [UIDVALIDITY 6];send * OK [HIGHESTMODSEQ 101];send ${open} OK;send * VANISHED 1:3;send ${all} OK;send * SEARCH;send ${T} OK;@bye|by another UIDVALIDITY
END
set +f
finish
