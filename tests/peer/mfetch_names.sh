# mfetch -i: the names of many messages, over one connection, a few flights a
# folder.

. tests/tap.sh
. tests/peer.sh
. tests/peer_imap.sh
peer_certs

cd "$tmp" || exit 1

# fetch OPTION...: the names come from the file "names", @ is the server
fetch()
{
	sed "s|^@|imaps://ann@localhost:$peer_port/|" names >urls
	mfetch -i -o tls-ca="$peer_dir/ca.pem" "$@" <urls
}

# opens NAME KEYS UIDVALIDITY FOUND: in one flight
opens()
{
	imap_opens EXAMINE "$1" "$2" 9 "$3" $4
}

# list FOLDER...
list()
{
	echo 'expect-tagged LIST "" "*"'
	printf 'send * LIST () "/" %s\n' "$@"
	echo 'send ${T} OK done'
}

# texts: of the messages that were printed
texts()
{
	while read -r path; do
		printf '%s ' "$(cat "$path")"
	done <out
}

# as the names are ordered; twice is once; what is missing is told; each folder
# has its own flights, but not its own connection
cat >names <<'END'
@INBOX;UIDVALIDITY=9/;UID=7
@INBOX;UIDVALIDITY=9/;UID=3
@INBOX;UIDVALIDITY=9/;UID=4
@INBOX;UIDVALIDITY=9/;UID=5
@INBOX;UIDVALIDITY=9/;UID=7
@INBOX;UIDVALIDITY=9/;UID=20
@a;UIDVALIDITY=8/;UID=1
@a;UIDVALIDITY=7/;UID=1
@a;UIDVALIDITY=7/;UID=2
nothing
@none/;UID=1
@b;UIDVALIDITY=8/;UID=1
@b
END
{
	imap_hello
	opens INBOX 'UID 3:5,7,20' 9 '3 5 7'
	cat <<END
expect-tagged UID FETCH 7 $items
set first \${T}
expect-tagged UID FETCH 3,5 $items
send * 3 FETCH (UID 7 BODY[] "seven")
send \${first} OK
send * 1 FETCH (UID 3 BODY[] "three")
send * 2 FETCH (UID 5 BODY[] "five")
send \${T} OK
END
	list INBOX a b
	opens a 'UID 1' 8 1
	imap_gives 1 1 a
	list INBOX a b
	opens a 'UID 1:2' 8 1
	list INBOX a b
	# the server is gone by now, and the next connection is another
	echo cut
	echo accept
	imap_hello
	list INBOX b
	opens b 'UID 1' 8 1
	imap_gives 1 1 b
	imap_bye
	# a folder is fetched as it would be alone
	echo accept
	imap_hello
	list INBOX b
	opens b ALL 8 '1 2'
	imap_gives 2 2 all
	imap_bye
} >script
peer_start names -t <script
expect_status 66 "many names" fetch
is "come in their order" "$(texts)" "seven three five a b all "
is "and what is missing is told" "$(sed "s/localhost:$peer_port/host/" err)" \
"mfetch: imaps://ann@host/INBOX;UIDVALIDITY=9/;UID=4: no such message
mfetch: imaps://ann@host/INBOX;UIDVALIDITY=9/;UID=20: no such message
mfetch: imaps://ann@host/a;UIDVALIDITY=7: UIDVALIDITY is 8 on the server
mfetch: nothing: not a URL of a known scheme
mfetch: imaps://ann@host/none/;UID=1: no folder none"
peer_end names "the server hears what it should"

# a name is fetched when it comes, and not when the last has come
mkfifo pipe
{
	imap_hello
	opens INBOX 'UID 8' 9 8
	imap_gives 1 8 eight
	opens INBOX 'UID 9' 9 9
	imap_gives 1 9 nine
	imap_bye
} >script
peer_start one -t <script
mfetch -i -o tls-ca="$peer_dir/ca.pem" <pipe >out &
exec 3>pipe
for uid in 8 9; do
	echo "imaps://ann@localhost:$peer_port/INBOX;UIDVALIDITY=9/;UID=$uid" >&3
	await $! has_lines out $((uid - 7))
done
exec 3>&-
wait $!
is "each is fetched when its name comes" "$(texts)" "eight nine "
peer_end one "over one connection"

# lines of commands are short, however many names there are
awk 'BEGIN { for (i = 1; i <= 1000; i++) printf "@INBOX/;UID=%d\n", 7 * i }' \
	>names
{
	imap_hello
	cat <<'END'
expect-tagged EXAMINE "INBOX"
set open ${T}
send * 0 EXISTS
send * OK [UIDVALIDITY 9] valid
send ${open} OK done
repeat 6
expect-tagged-like UID SEARCH UID *
send * SEARCH
send ${T} OK
end
END
	imap_bye
} >script
peer_start lines -t <script
expect_status 66 "a thousand names" fetch
is "that are not there" "$(grep -c 'no such message$' err)" 1000
peer_end lines "are asked for in one flight"
is "no line is long" "$(awk 'length > 1000' "$peer_dir/lines.sent")" ''

# to standard output, in the order of the names too
cat >names <<'END'
@INBOX;UIDVALIDITY=9/;UID=7
@INBOX;UIDVALIDITY=9/;UID=3
@INBOX;UIDVALIDITY=9/;UID=9
@INBOX;UIDVALIDITY=9/;UID=7
@INBOX;UIDVALIDITY=9/;UID=7/;SECTION=1
@INBOX;UIDVALIDITY=9/;UID=9/;SECTION=1
END
# asks KEYS FOUND UID[/SECTION]...: in one flight
asks()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set open \${T}
expect-tagged UID SEARCH UID $1
set search \${T}
END
	found=$2
	shift 2
	n=0
	for uid; do
		n=$((n + 1))
		part=${uid#*/}
		[ "$part" != "$uid" ] || part=
		header=${part:+ BODY.PEEK[$part.MIME]}
		echo "expect-tagged UID FETCH ${uid%/*}" \
			"(UID$header BODY.PEEK[$part])"
		echo "set t$n \${T}"
	done
	cat <<END
send * 9 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${open} OK done
send * SEARCH $found
send \${search} OK done
END
}
{
	imap_hello
	asks 3,7,9 '7 9' 7 3 9 7 7/1 9/1
	cat <<'END'
send * 4 FETCH (UID 7 BODY[] "seven")
send ${t1} OK
send ${t2} OK
send * 5 FETCH (UID 9 BODY[] NIL)
send ${t3} OK
send * 4 FETCH (BODY[] "seven" UID 7)
send ${t4} OK
send * 4 FETCH (UID 7 BODY[1.MIME] "a: b" BODY[1] "part")
send ${t5} OK
send ${t6} NO not now
END
	imap_bye
	# of some that are gone it says so behind the last that is there
	echo accept
	imap_hello
	asks 3,7,9 9 7 3 9 7
	cat <<'END'
send * 5 FETCH (UID 9 BODY[] "nine")
send ${t1} OK
send ${t2} OK
send ${t3} OK
send ${t4} OK
END
	imap_bye
	# answers in another order are taken for nobody's: one by one, then
	for three in 'FETCH (UID 7 BODY[] "seven")' 'FETCH (UID 3 BODY[] "3")'
	do
		echo accept
		imap_hello
		asks 3,7 '3 7' 7 3
		echo 'send * 4 FETCH (UID 3 BODY[] "three")'
		imap_bye
		echo accept
		imap_hello
		asks 3,7 '3 7' 7
		echo "send * 5 $three"
		echo 'send ${t1} OK'
		[ "$three" = "${three#*seven}" ] || cat <<'END'
expect-tagged UID FETCH 3 (UID BODY.PEEK[])
send * 4 FETCH (UID 3 BODY[] "three")
send ${T} OK
END
		imap_bye
	done
	echo accept
	imap_hello
	asks 3,7 '3 7' 3 7
	echo 'send * 4 FETCH (UID 7 BODY[] "seven")'
	imap_bye
	echo accept
	imap_hello
	asks 3,7 '3 7' 3,7
	cat <<'END'
send * 4 FETCH (UID 3 BODY[] "three")
send * 5 FETCH (UID 7 BODY[] "seven")
send ${t1} OK
END
	imap_bye
} >script
peer_start stdout -t <script
expect_status 66 "names to standard output" fetch -t -
is "come in their order" "$(cat out)" sevensevenpart
is "what cannot be had is told" "$(sed 's/.*UID=//' err)" \
"3: no such message
9: the server has no text
9/;SECTION=1: the server says: not now"
sed -n 1,4p names >four
mv four names
expect_status 66 "a server that says late which are gone" fetch -t -
is "sends the others" "$(cat out)" nine
is "and the gone are told in their order" "$(sed 's/.*UID=//' err)" \
"7: no such message
3: no such message
7: no such message"
sed -n 1,2p names >two
mv two names
expect_status 0 "a server that answers in another order" fetch -t -
is "is asked one by one" "$(cat out)" seventhree
expect_status 76 "one that answers what it was not asked" fetch -t -
is "is not believed" "$(cat out)" ''
sed 's/=7$/=x/;s/=3$/=7/;s/=x$/=3/' names >two
mv two names
expect_status 0 "what comes in the order of UIDs" fetch -t -
is "is asked for by one command then" "$(cat out)" threeseven
peer_end stdout "over one connection, else"

# a log-in that is refused is not tried again for each folder
printf '@%s/;UID=1\n' INBOX a b >names
imap_refuses >script
peer_start refused -t <script
expect_status 77 "a log-in that is refused" fetch
is "is told of each folder" "$(grep -c 'the server says: no$' err)" 3
peer_end refused "and is not tried again"

finish
