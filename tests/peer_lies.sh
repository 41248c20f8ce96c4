# What tests of servers that lie share.  After tests/peer.sh and, for IMAP,
# tests/peer_imap.sh; mail is where messages go, below the private directory,
# which becomes the current one.

export SATCHEL_PASSWORD=secret SATCHEL_MAILDIR="$tmp/mail"
cd "$tmp" || exit 1

# fetch OPTION...: mfetch from the IMAP server; a test may have its own
delete=
fetch()
{
	mfetch $delete -o tls=no -o timeout=5 "$@" "imap://ann@localhost:$peer_port"
}

# said LINES: a table's cell as a script.  ; parts its lines.  "@bye" is what
# imap_bye has, or pop_bye, and "1 7 text" the body of UID 7 as message number 1.
said_by=imap
said()
{
	printf '%s\n' "$1" | tr ';' '\n' | while IFS= read -r said_line; do
		case $said_line in
		@*) eval "${said_by}_${said_line#@}" ;;
		*) printf '%s\n' "$said_line" ;;
		esac
	done | sed \
	    's/^\([0-9]*\) \([0-9]*\) \(.*\)/send * \1 FETCH (UID \2 BODY[] "\3")/'
}

# lies_last LINES: what a script ends with, where the cell does not end it
lies_last()
{
	case $1 in
	*';cut' | *';close' | *';stall') ;;
	*) echo stall ;;
	esac
}

# contents: of the messages, sorted
contents()
{
	find mail -type f -path '*/[nc][eu][wr]/*' -exec sh -c \
		'for f; do echo "$(head -c 20 "$f")"; done' sh {} + 2>/dev/null |
		sort | tr '\n' ' '
}

# lie STATUS MAIL NAME [OPTION...] <SCRIPT: what fetch makes of it, told in one
# line; what the script does not expect to be deleted is not
lie()
{
	lie_want="status $1, mail $2" lie_name=$3
	shift 3
	rm -rf mail home
	cat >script
	peer_start lie <script
	fetch "$@" >out 2>err
	lie_got="status $?, mail $(contents)"
	case $lie_want in
	"status 0,"*) lie_lines=0 ;;
	*) lie_lines=1 ;;
	esac
	if ! peer_status lie; then
		fail "$lie_name" <"$peer_dir/lie.err"
	elif [ "${lie_got% }" != "${lie_want% }" ]; then
		{
			echo "$lie_got, not $lie_want"
			cat err
		} | fail "$lie_name"
	elif [ "$(wc -l <err)" -ne "$lie_lines" ]; then
		fail "$lie_name: in one line" <err
	elif ! grep -q -e ' UID STORE' -e ' DELE ' script &&
	    grep -q -e STORE -e EXPUNGE -e DELE "$peer_dir/lie.sent"; then
		fail "$lie_name: deletes nothing" <"$peer_dir/lie.sent"
	else
		pass "$lie_name"
	fi
}

# lie_bodies <TABLE: a folder has UIDs 1, 2 and 3.  A line of the table is the
# exit status, what is here then, what is deleted on the server, what it says
# when it is asked for them, and the test's name.
lie_bodies()
{
	while IFS='|' read -r status mail gone lines name; do
		case $status in
		'#'*) continue ;;
		esac
		{
			imap_hello UIDPLUS
			imap_opens SELECT INBOX ALL 3 9 1 2 3
			echo "expect-tagged UID FETCH 1:3 $items"
			said "$lines"
			[ -z "$gone" ] || imap_deletes "$gone"
			lies_last "$lines"
		} | lie "$status" "$mail" "$name"
	done
}
