# msend: answers and forwards, aliases, and ready messages that are signed.
. tests/tap.sh

tap_cleanup()
{
	[ ! -d "$tmp/gnupg" ] ||
		GNUPGHOME=$tmp/gnupg gpgconf --kill gpg-agent
}

mkdir -p "$XDG_CONFIG_HOME/satchel" "$tmp/w"
cat >"$XDG_CONFIG_HOME/satchel/config" <<E
[work]
address = Ann Work <ann@example.org>
send    = maildir:$tmp/work

[home]
address = Ann <ann@example.com>, Ann at Lists <lists@example.com>
send    = maildir:$tmp/home
domain  = example.com
aliases = ~/aliases
E
cat >"$HOME/aliases" <<E
bob: Bob <bob@example.net>
team: bob,
	carol@example.net
E
cd "$tmp/w" || exit 1

# shown ARGUMENT...: the message that would be sent is in m, its envelope in to
shown()
{
	echo "My answer." | msend -n "$@" >m 2>to
}

# one NAME FIELD WANTED: a field of it, unfolded
one()
{
	is "$1" "$(awk -v name="$2:" '
		/^$/ { exit }
		/^[ \t]/ { if (on) printf "%s", $0; next }
		{ on = index($0, name) == 1 }
		on { printf "%s", substr($0, length(name) + 2) }' m)" "$3"
}

cat >question <<E
From: "Dan, D." <dan@example.net>
To: lists@example.com, Erin <erin@example.net>
Cc: ANN@example.com, frank@example.net, dan@example.net
Subject: RE: Aw: =?UTF-8?Q?Gr=C3=B6=C3=9Fe?=
Message-ID: <2@example.net>
References: <0@example.net>
 <1@example.net>
Date: Sat, 21 Nov 2026 10:05:00 +0100

Do you agree?
E
check "an answer" shown -r question
one "to the sender" To '"Dan, D." <dan@example.net>'
one "and nobody else" Cc ""
one "from the address it came to" From "Ann at Lists <lists@example.com>"
one "one Re:" Subject "Re: =?UTF-8?B?R3LDtsOfZQ==?="
one "In-Reply-To" In-Reply-To "<2@example.net>"
one "References" References "<0@example.net> <1@example.net> <2@example.net>"
is "its text alone" "$(sed '1,/^$/d' m)" "My answer."
is "the envelope" "$(cat to)" "msend: from <lists@example.com>
msend: to <dan@example.net>"
check "to all" shown -g -r question
one "To" To '"Dan, D." <dan@example.net>'
one "Cc, without us" Cc "Erin <erin@example.net>, frank@example.net"
check "to all from another address" shown -g -r question -f erin@example.net
one "is not to that" Cc \
	"lists@example.com, ANN@example.com, frank@example.net"
check "what is given comes before" shown -r question -s Other -f \
	ann@example.org -H 'References: <9@example.net>' -c bob@example.net
one "-s" Subject Other
one "-f" From ann@example.org
one "-H" References "<9@example.net>"
one "-c" Cc bob@example.net
printf 'From dan Sat Nov 21 10:05:00 2026\n%s\n\n%s\n' "$(cat question)" \
	"From x Sat Nov 21 10:05:00 2026" >box
printf 'From: gina@example.net\nMessage-ID: <3@example.net>\n\nx\n' >>box
check "a message of an mbox" shown -r \
	"box#$(grep -b '^From x' box | cut -d : -f 1)"
one "is that one" In-Reply-To "<3@example.net>"
expect_status 64 "an mbox of several" shown -r box
expect_status 64 "-g alone" shown -g bob@example.net
expect_status 64 "-r -" shown -r -

# forwards
check "a forward" shown -F question bob@example.net
one "its subject" Subject "Fwd: RE: Aw: =?UTF-8?B?R3LDtsOfZQ==?="
is "its parts" "$(mpart -l m | cut -f 1,2,7)" "0	multipart/mixed	-
1	text/plain	-
2	message/rfc822	message.eml
2.1	text/plain	-"
mpart -b -p 2 m >inner
check "it is whole" cmp inner question
check "from standard input" sh -c 'msend -n -F - bob@example.net \
	<question >m 2>to'
is "that one" "$(mpart -l m | cut -f 1,2)" "0	multipart/mixed
1	message/rfc822
1.1	text/plain"

# names
check "aliases and a domain" shown -a home bob team gina
one "in the header" To "Bob <bob@example.net>, Bob <bob@example.net>, \
carol@example.net, gina@example.com"
is "each once" "$(sed 1d to)" "msend: to <bob@example.net>
msend: to <carol@example.net>
msend: to <gina@example.com>"
check "in a ready header" sh -c \
	'printf "To: team\nFrom: ann@example.com\n\nx\n" | msend -n -t >m 2>to'
one "as it stands" To team
is "but not in the envelope" "$(sed 1d to)" "msend: to <bob@example.net>
msend: to <carol@example.net>"
printf 'a: b\nb: a\n' >"$HOME/aliases"
expect_status 78 "a circle" shown -a home bob
check "another account has no aliases" shown -a work bob@example.net

# internationalised domains
check "a domain" shown -a work -c 'x@münchen.example.org' \
	-H 'Sender: y@münchen.example.org' bob@example.net
one "is ASCII" Cc x@xn--mnchen-3ya.example.org
one "in any field" Sender y@xn--mnchen-3ya.example.org
check "but not beside such a local part" shown -a work 'ü@münchen.example.org'
one "which needs SMTPUTF8" To 'ü@münchen.example.org'

# what is signed stays as it is
text='Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße 
	
.
From here
--
 a line that ends in blanks  
'
printf '%s' "$text" >signed-part
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
		-subj /CN=ann 2>log
	openssl cms -sign -in signed-part -signer cert -inkey key \
		-from ann@example.org -to bob@example.net -subject x \
		-out ready 2>log
	sed 's/$/\r/' ready | tr -s '\r' >crlf
	sed 's/\r$//' ready >lf
	for file in lf crlf; do
		msend -n -t <$file >m 2>to
		tail -c "$(wc -c <$file)" m | cmp -s - $file
		is "$file: every byte stays, in its place" $? 0
		check "$file: S/MIME" openssl cms -verify -CAfile cert -in m \
			-out verified
	done
else
	skip "S/MIME" "no openssl"
fi
if command -v gpg >/dev/null; then
	GNUPGHOME=$tmp/gnupg
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-gen-key ann@example.org \
		ed25519 sign 2>log
	sed 's/$/\r/' signed-part >part
	{
		printf 'To: bob@example.net\nBcc: carol@example.net\n'
		printf 'Content-Type: multipart/signed; boundary=s;\n'
		printf ' protocol="application/pgp-signature"\n\n--s\n'
		cat signed-part
		printf '\n--s\nContent-Type: application/pgp-signature\n\n'
		gpg --batch --quiet --armor --detach-sign <part
		printf '\n--s--\n'
	} >ready
	msend -n -t <ready >m 2>to
	mpart -r -p 1 m >part
	mpart -b -p 2 m >signature
	check "PGP" gpg --verify signature part
	is "PGP: and Bcc goes" "$(grep -c Bcc m)" 0
else
	skip "PGP" "no gpg"
fi
cd "$top" || exit 1

finish
