# mfetch against IMAP servers whose UIDNEXT is far too high: what comes later, by
# a lower UID, is fetched.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
. tests/peer_lies.sh

list='LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))'

# opens KEYS EXISTS TAIL UID: the folder is opened; TAIL, where it is not empty,
# is asked for with it, and it has that UID
opens()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set open \${T}
expect-tagged UID SEARCH $1
set search \${T}
END
	[ -z "$3" ] || echo "expect-tagged UID FETCH $3 $items"
	cat <<END
send * $2 EXISTS
send * OK [UIDVALIDITY 9] valid
send * OK [UIDNEXT 4294967290] next
send \${open} OK
send * SEARCH $4
send \${search} OK
END
}

# alone: INBOX, which is opened in any case
{
	imap_hello
	opens ALL 1 '' 1
	echo "expect-tagged UID FETCH 1 $items"
	said '1 1 a;send ${T} OK;@bye;accept'
	imap_hello
	opens 'UID 2:*' 2 2:4294967294 2
	said '2 2 b;send ${T} OK;@bye;accept'
	imap_hello
	opens 'UID 3:*' 2 3:4294967294 2
	said 'send ${T} OK;@bye'
} >script
peer_start alone <script
check "a message" fetch
rm -rf home
check "another, by a lower UID than was said" fetch
is "which is here too" "$(contents)" "a b "
rm -rf home
expect_status 1 "then nothing is new" fetch -e
peer_end alone "the server is asked for what follows the last"

# counted MESSAGES: of several folders, with what the server says of each
counted()
{
	imap_hello LIST-STATUS
	cat <<END
expect-tagged $list
send * LIST () "/" INBOX
send * STATUS INBOX (MESSAGES $1 UIDNEXT 4294967290 UIDVALIDITY 9)
send \${T} OK
END
}
rm -rf mail home
{
	counted 0
	opens ALL 0 '' ''
	said '@bye;accept'
	counted 0
	said '@bye;accept'
	counted 1
	opens ALL 1 1:4294967294 7
	said '1 7 a;send ${T} OK;@bye;accept'
	counted 2
	opens 'UID 8:*' 2 8:4294967294 8
	said '2 8 b;send ${T} OK;@bye;accept'
	counted 2
	imap_bye
} >script
peer_start counted <script
for run in "an empty folder" "that is not opened again"; do
	expect_status 1 "$run" fetch -e -f '*'
	rm -rf home
done
for run in "a message in it" "and another"; do
	check "$run" fetch -e -f '*'
	rm -rf home
done
is "all of them are here" "$(contents)" "a b "
expect_status 1 "not opened where as many are there" fetch -e -f '*'
peer_end counted "the server hears what it should"
finish
