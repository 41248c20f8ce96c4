# What shell tests share whose scripted server speaks IMAP: mfetch as its client,
# and pieces of its scripts, for standard output.  After tests/peer.sh:
#
#	{
#		imap_hello
#		imap_opens EXAMINE INBOX ALL 3 9 1 2 3
#		imap_bye
#	} >script

export SATCHEL_PASSWORD=secret SATCHEL_MAILDIR="$tmp/mail"

# what mfetch asks for of each message
items='(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])'

# fetch OPTION...: with implicit TLS; a test may have its own
fetch()
{
	mfetch -o tls-ca="$peer_dir/ca.pem" "$@" \
		"imaps://ann@localhost:$peer_port"
}

# imap_hello [CAPABILITIES]: the log-in of ann, whose password is secret
imap_hello()
{
	cat <<END
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN${1:+ $1}] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
send \${T} OK [CAPABILITY IMAP4rev1${1:+ $1}] in
END
}

# imap_refuses: the same, but it is not let in
imap_refuses()
{
	imap_hello | sed '$d'
	cat <<'END'
send ${T} NO [AUTHENTICATIONFAILED] no
expect-tagged LOGOUT
END
}

# imap_early: it is let in, but what comes next does not wait for ${login}'s answer
imap_early()
{
	cat <<'END'
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
set login ${T}
END
}

# imap_asked FOLDER [UIDS]: it is opened and, with UIDS, asked which of these it
# has, in one flight; the tags are ${examine} and ${search}
imap_asked()
{
	cat <<END
expect-tagged EXAMINE "$1"
set examine \${T}
END
	[ -z "$2" ] || cat <<END
expect-tagged UID SEARCH UID $2
set search \${T}
END
}

# imap_opened: what the folder says to that
imap_opened()
{
	cat <<'END'
send * 9 EXISTS
send * OK [UIDVALIDITY 9] valid
send ${examine} OK [READ-ONLY] done
END
}

# imap_opens EXAMINE|SELECT NAME KEYS EXISTS UIDVALIDITY [UID...]: a folder is
# opened and searched
imap_opens()
{
	cat <<END
expect-tagged $1 "$2"
set open \${T}
expect-tagged UID SEARCH $3
send * $4 EXISTS
send * OK [UIDVALIDITY $5] valid
send \${open} OK done
END
	shift 5
	cat <<END
send * SEARCH $*
send \${T} OK done
END
}

# imap_found EXISTS WORDS...: INBOX is opened and searched with ESEARCH
imap_found()
{
	cat <<END
expect-tagged EXAMINE "INBOX"
set open \${T}
expect-tagged UID SEARCH RETURN (ALL) ALL
send * $1 EXISTS
send * OK [UIDVALIDITY 9] valid
send \${open} OK done
END
	shift
	cat <<END
send * ESEARCH (TAG "\${T}") UID $*
send \${T} OK done
END
}

# imap_gives NUMBER UID TEXT: a message, which is asked for alone
imap_gives()
{
	cat <<END
expect-tagged UID FETCH $2 $items
send * $1 FETCH (UID $2 BODY[] "$3")
send \${T} OK
END
}

# imap_deletes SET
imap_deletes()
{
	cat <<END
expect-tagged UID STORE $1 +FLAGS.SILENT (\\\\Deleted)
send \${T} OK
expect-tagged UID EXPUNGE $1
send \${T} OK
END
}

imap_bye()
{
	cat <<'END'
expect-tagged LOGOUT
send * BYE
send ${T} OK
END
}
