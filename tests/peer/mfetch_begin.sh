# How mfetch begins with a scripted IMAP server: it says who it is, takes the
# names of folders as the server has them, and believes nothing that comes
# before the server has proved itself.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

cd "$tmp" || exit 1

# opens NAME UIDVALIDITY: a folder with nothing in it
opens()
{
	cat <<END
expect-tagged EXAMINE $1
set examine \${T}
expect-tagged UID SEARCH ALL
send * 0 EXISTS
send * OK [UIDVALIDITY $2] valid
send * OK [UIDNEXT 1] next
send \${examine} OK [READ-ONLY] done
send * SEARCH
send \${T} OK done
END
}

# who it is: before the folder, where the server has ID; what it answers to
# that, and when, is nobody's matter
who='ID ("name" "satchel" "version" "0.1")'
{
	imap_hello 'ID'
	echo "expect-tagged $who"
	echo 'send * ID NIL'
	echo 'send ${T} OK welcome'
	opens '"INBOX"' 5
	imap_bye
	echo accept
	imap_early
	cat <<END
expect-tagged $who
set who \${T}
expect-tagged EXAMINE "INBOX"
set examine \${T}
expect-tagged UID SEARCH ALL
set search \${T}
send \${login} OK in
send * 0 EXISTS
send * OK [UIDVALIDITY 5] valid
send * OK [UIDNEXT 1] next
send \${examine} OK [READ-ONLY] done
send \${who} BAD who
send * SEARCH
send \${search} OK done
END
	imap_bye
} >script
peer_start who -t <script
check "a server that wants a name" fetch
check "and one that does not take it" fetch
peer_end who "the name goes with the log-in"

# NAMESPACE: the prefix of all folders is no level of its own here, and may be
# left out; a name that is another's without it keeps it
list='LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))'
{
	imap_hello 'NAMESPACE LIST-STATUS'
	cat <<END
expect-tagged NAMESPACE
set space \${T}
expect-tagged $list
send * NAMESPACE (("INBOX." ".")("mine." ".")) NIL (("shared." "."))
send \${space} OK
END
	names='INBOX INBOX.Sent INBOX.a.b INBOX.Same Same INBOX.inbox shared.x'
	for f in $names INBOX.Junk; do
		echo "send * LIST () \".\" $f"
	done
	echo 'send ${T} OK'
	for f in $names; do
		opens "\"$f\"" 5
	done
	imap_bye
	# by the name without it, or with it; a server that has no NAMESPACE
	# after all
	echo accept
	imap_early
	cat <<END
expect-tagged NAMESPACE
set space \${T}
expect-tagged $list
send \${login} OK in
send * NAMESPACE (("INBOX." "."))
send * LIST () "." INBOX.Sent
send * LIST () "." INBOX.a.b
send * LIST () "." INBOX.c
send \${T} OK
send \${space} OK
END
	opens '"INBOX.Sent"' 5
	opens '"INBOX.a.b"' 5
	imap_bye
	echo accept
	imap_early
	cat <<END
expect-tagged NAMESPACE
set space \${T}
expect-tagged $list
send \${login} OK in
send \${space} NO what
send * LIST () "." INBOX.Sent
send \${T} OK
END
	imap_bye
} >script
peer_start spaces -t <script
check "folders below a prefix" fetch -f '*' -f '!Junk'
is "are laid out without it" "$(cd mail && find . -name cur | sort)" \
"./INBOX/Same/cur
./INBOX/inbox/cur
./Same/cur
./Sent/cur
./a/b/cur
./cur
./shared/x/cur"
check "and named with it or not" fetch -f INBOX.Sent -f a.b
expect_status 66 "a server without prefix has no other name" fetch -f Sent
peer_end spaces "the prefix comes in the flight of the list"

# two delimiters: that of the user's own folders parts all names, so that no two
# folders are in one place
# laid NAME SPACE FOLDER...: SPACE is what NAMESPACE says, or empty; a folder is
# its delimiter and its name; the Maildirs are those in "wanted"
laid()
{
	name=$1 space=$2
	shift 2
	{
		imap_hello "LIST-STATUS${space:+ NAMESPACE}"
		[ -z "$space" ] || cat <<END
expect-tagged NAMESPACE
send * NAMESPACE $space
send \${T} OK
END
		echo "expect-tagged $list"
		for f; do
			echo "send * LIST () ${f%% *} ${f#* }"
		done
		echo 'send ${T} OK'
		for f; do
			[ "${f#* }" = "${long}2" ] || opens "\"${f#* }\"" 5
		done
		imap_bye
	} >script
	rm -rf mail home
	peer_start laid -t <script
	fetch -f '*' >out 2>err
	is "$name: its status" $? "$status"
	is "$name: is laid out" "$(cd mail && find . -name cur | sort)" \
		"$(sort wanted)"
	peer_end laid "$name: the server hears what it should"
}
long=$(printf '%250s' '' | tr ' ' x)
printf './%scur\n' '' s.a/ s/a/ s/a.b/ >wanted
status=0
laid "NAMESPACE knows" '(("" "/")) NIL (("s." "."))' \
	'"." s.a' '"." INBOX' '"/" s/a' '"/" s/a.b'
laid "INBOX knows" '' '"." s.a' '"/" INBOX' '"/" s/a' '"/" s/a.b'
laid "any folder does" '' 'NIL INBOX' '"/" s/a' '"/" s/a.b' '"." s.a'
printf './%scur\n' '' s/a/ s%2Fa/ s%2Fa/b/ >wanted
laid "it is the other" '(("" ".")) NIL NIL' \
	'"." s.a' '"." INBOX' '"/" s/a' '"/" s/a.b'
# one whose name is too long is not put into another's place
printf './%scur\n' '' $(echo $long | cut -c 1-240)/ >wanted
status=73
laid "names that are too long" '' '"/" INBOX' "\"/\" ${long}1" \
	"\"/\" ${long}2"
is "which is told" "$(sed 's/xx*/x/g' err)" \
	"mfetch: x2: its Maildir would be that of x1"

# UTF8=ACCEPT: names are UTF-8 then, and messages come unchanged
{
	imap_hello 'ENABLE UTF8=ACCEPT LIST-STATUS'
	cat <<END
expect-tagged ENABLE UTF8=ACCEPT
set enable \${T}
expect-tagged $list
send * ENABLED UTF8=ACCEPT
send \${enable} OK
send * LIST () "/" "W\xc3\xb6rk & more"
send \${T} OK
END
	opens '"W\xc3\xb6rk & more"' 5
	imap_bye
	# what is not enabled changes nothing
	echo accept
	imap_early
	cat <<END
expect-tagged ENABLE UTF8=ACCEPT
set enable \${T}
expect-tagged $list
send \${login} OK in
send \${enable} OK
send * LIST () "/" "W&APY-rk &- more"
send \${T} OK
END
	opens '"W&APY-rk &- more"' 5
	imap_bye
	# IMAP4rev2 has nothing else
	echo accept
	imap_hello | sed 's/IMAP4rev1/IMAP4rev2/'
	cat <<END
expect-tagged NAMESPACE
set space \${T}
expect-tagged $list
send * NAMESPACE (("" "/")) NIL NIL
send \${space} OK
send * LIST () "/" "W\xc3\xb6rk & more"
send \${T} OK
END
	opens '{12+}' 5 | awk '
		/UID SEARCH/ { $0 = "expect-tagged UID SEARCH RETURN (ALL) ALL" }
		/^send . SEARCH/ { $0 = "send * ESEARCH" }
		{ print }
		/EXAMINE/ { print "expect W\\xc3\\xb6rk & more" }'
	imap_bye
} >script
rm -rf mail
peer_start utf8 -t <script
for what in "names in UTF-8" "names in UTF-7" "names of IMAP4rev2"; do
	check "$what" fetch -f 'W*'
	is "$what are one directory" "$(ls mail)" 'Wörk & more'
	[ "$what" != "names in UTF-7" ] || rm -rf .cache home
done
peer_end utf8 "UTF-8 is asked for where it is known"

# SCRAM: of a server that does not prove itself not a word is believed, also
# where what it could do is known from the last time.  The client's first
# message is "n,,n=ann,r=", and a nonce of a length that base64 ends in one =.
b64()
{
	printf %s "$1" | openssl base64 -A
}
lies()
{
	cat <<END
accept
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi
expect-tagged-like AUTHENTICATE SCRAM-SHA-256 biwsbj1hbm4s*=
set login \${T}
send * OK [UIDVALIDITY 6] valid
send * 1 EXISTS
send + \${1}5$(b64 ',s=QSXCR+Q6sek8bf92,i=4096')
expect-like *
END
}
{
	imap_hello
	opens '"INBOX"' 5
	imap_bye
	lies
	cat <<END
send * 1 FETCH (UID 1 BODY[] "forged")
send + $(b64 "v=$(b64 12345678901234567890123456789012)")
expect *
send \${login} BAD given up
END
	imap_bye
	lies
	echo 'send ${login} OK in'
	imap_bye
} >script
rm -rf mail
peer_start lies -t <script
check "a server that is known" fetch -o auth=plain
for what in "a wrong signature" "no signature"; do
	expect_status 77 "$what" fetch
	grep -q 'prove' err && pass "$what is told" || fail "$what is told" <err
done
is "nothing is stored" "$(find mail -type f ! -name 'satchel.db*')" ''
peer_end lies "nothing is asked of it"

finish
