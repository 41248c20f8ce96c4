# mfetch -d against a scripted IMAP server: in which words it deletes what is
# safe here, and what it keeps in mind of that.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh

mark='+FLAGS.SILENT (\\Deleted)'
cd "$tmp" || exit 1

fetch()
{
	mfetch -o tls=no -q "$@" "imap://ann@localhost:$peer_port" 2>err
}

# opens SET EXISTS: INBOX, that has these UIDs
opens()
{
	imap_hello 'UIDPLUS ESEARCH'
	imap_found "$2" ALL "$1" | sed 's/EXAMINE/SELECT/'
}

# fetches SET FIRST COUNT: so many messages from that number on, each by the
# UID of its number
fetches()
{
	echo "expect-tagged UID FETCH $1 $items"
	seq $2 $(($2 + $3 - 1)) |
		sed 's/.*/send * & FETCH (UID & BODY[] "a")/'
	echo 'send ${T} OK'
}

# many: in ranges, several commands in flight, and nothing between the ranges;
# what is removed was marked before
{
	opens 1:1200,1202,1204:1205 1204
	fetches 1:500 1 500
	fetches 501:1000 501 500
	cat <<END
expect-tagged UID FETCH 1001:1205 $items
END
	seq 1001 1200 | sed 's/.*/send * & FETCH (UID & BODY[] "a")/'
	cat <<END
send * 1201 FETCH (UID 1202 BODY[] "a")
send * 1202 FETCH (UID 1204 BODY[] "a")
send * 1203 FETCH (UID 1205 BODY[] NIL)
send \${T} OK
expect-tagged UID STORE 1:500 $mark
set first \${T}
expect-tagged UID STORE 501:1000 $mark
set second \${T}
expect-tagged UID STORE 1001:1200,1202,1204 $mark
send \${T} OK
send \${first} OK
send \${second} OK
expect-tagged UID EXPUNGE 1:500
set first \${T}
expect-tagged UID EXPUNGE 501:1000
set second \${T}
expect-tagged UID EXPUNGE 1001:1200,1202,1204
send \${first} OK
send \${second} OK
send \${T} OK
END
	imap_bye
} >script
peer_start many <script
expect_status 75 "a message that has no text" fetch -d
peer_end many "the others go, by ranges"
is "all of them are here" "$(ls mail/new | wc -l | tr -d ' ')" 1202

# one command of several is refused: nothing is removed
rm -rf mail
{
	opens 1:501 501
	fetches 1:500 1 500
	fetches 501 501 1
	cat <<END
expect-tagged UID STORE 1:500 $mark
set first \${T}
expect-tagged UID STORE 501 $mark
send \${first} NO not these
send \${T} OK
expect-tagged LOGOUT
END
} >script
peer_start refused <script
expect_status 69 "a refusal" fetch -d
peer_end refused "after which nothing is removed"

# a folder that is only to be read
rm -rf mail
{
	opens '' 0 | sed 's/ ALL $//; s/OK done/OK [READ-ONLY] done/'
	imap_bye
	echo accept
	opens 1 1 | sed 's/OK done/OK [READ-ONLY] done/'
	fetches 1 1 1
	imap_bye
	echo accept
	opens 1 1 | sed 's/OK done/OK [READ-ONLY] done/'
	imap_bye
} >script
peer_start readonly <script
check "a read-only folder with nothing to delete" fetch -d
expect_status 69 "with a message to delete" fetch -d
is "which it says" "$(cat err)" \
	"mfetch: INBOX: the server lets nothing be deleted here"
check "with one that is kept" fetch -o keep=1
peer_end readonly "none is deleted there"
finish
