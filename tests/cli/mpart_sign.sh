# mpart: what a signature covers is written byte by byte, so that the programs
# that made it verify it.
. tests/tap.sh

[ -x bin/mpart ] || skip_all "bin/mpart is not built"

mkdir "$tmp/w" && cd "$tmp/w" || exit 1

tap_cleanup()
{
	[ ! -d "$tmp/gnupg" ] ||
		GNUPGHOME=$tmp/gnupg gpgconf --kill gpg-agent
}

# signed TYPE: the message, as files have it, of the part "content.lf" and of
# the signature, which is standard input
signed()
{
	cat <<E
From: ann@example.org
Subject: signed
MIME-Version: 1.0
Content-Type: multipart/signed; boundary="=_s";
 protocol="application/$1-signature"

This is no part.
--=_s
E
	cat content.lf
	printf '\n--=_s\nContent-Type: application/%s-signature\n' "$1"
	[ "$1" = pgp ] || echo 'Content-Transfer-Encoding: base64'
	echo
	cat
	printf '\n--=_s--\n'
}

# forward FILE: the message in another one, as its part 2
forward()
{
	printf 'Subject: x\nContent-Type: multipart/mixed; boundary==_f\n\n'
	printf -- '--=_f\n\nsee below\n--=_f\nContent-Type: message/rfc822\n\n'
	cat "$1"
	printf -- '--=_f--\n'
}

# gpg and openssl on the part $part of the message $1, and its signature
part=1 sign=2
pgp()
{
	mpart -r -p $part "$1" >part && mpart -b -p $sign "$1" >signature &&
		gpg --verify signature part
}

smime()
{
	mpart -r -p $part "$1" >part && mpart -b -p $sign "$1" >signature &&
		openssl cms -verify -binary -CAfile cert -inform DER \
			-in signature -content part -out verified &&
		cmp part verified
}

refused()
{
	! "$@"
}

# The parts to sign, with the line ends they are signed with.
crlf()
{
	sed "s/\$/$(printf '\r')/"
}

crlf >plain <<'E'
Content-Type: text/plain

Hello.
E
crlf >blanks <<'E'
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
X-Folded: a 
	b	

Grüße   
	
-- 
Ann	
> 
From here
.



E
crlf >nested <<'E'
Content-Type: multipart/mixed; boundary="=_s1"

preamble 

--=_s1
Content-Type: multipart/alternative; boundary="=_s1a"

--=_s1a

--=_
--=_s-
one

--=_s1a
Content-Type: text/html

<p>one</p>
--=_s1a--

--=_s1
Content-Type: message/rfc822

Subject: in it

two

--=_s1--

epilogue

E
# open LINE-END: not of the lone CR; the last line has none, as where a
# delimiter follows a text
open()
{
	printf 'Content-Type: text/plain; charset=iso-8859-1%b%b' "$1" "$1"
	printf '\351t\351 \377\200\0 a\rb%b%bno end' "$1" "$1"
}

open '\r\n' >open
open '\n' >open.lf
printf 'Content-Type: text/plain\r\n' >empty
printf '\r\nno header\r\n' >bare
{
	printf 'Content-Type: text/plain\r\n\r\n'
	awk 'BEGIN { for (; i < 100000; i++) printf "x" }'
	printf '\r\n'
} >long

# signs PROGRAM SIGN-COMMAND...: SIGN prints the signature of the file content
signs()
{
	program=$1
	shift
	for kind in plain blanks nested open empty bare long; do
		cp $kind content
		[ $kind = open ] || tr -d '\r' <$kind >$kind.lf
		cp $kind.lf content.lf
		"$@" >made 2>"$tmp/err" || {
			fail "$program signs $kind" <"$tmp/err"
			continue
		}
		signed "$type" <made >$kind.eml
		crlf <$kind.eml >$kind.crlf
		forward $kind.eml >$kind.forwarded
		check "$program: $kind" $program $kind.eml
		check "$program: $kind, its bytes" cmp part $kind
		check "$program: $kind, in CR LF" $program $kind.crlf
		part=2.1 sign=2.2
		check "$program: $kind, forwarded" $program $kind.forwarded
		part=1 sign=2
	done
	sed 's/^Hello/hello/' plain.eml >changed
	check "$program: a changed byte" refused $program changed
	sed 's/ 	*$//' blanks.eml >changed
	check "$program: without a blank" refused $program changed
	sed 's/^epilogue/&\
/' nested.eml >changed
	check "$program: with a line more" refused $program changed
}

pgp_sign()
{
	gpg --armor --detach-sign --output - content
}

smime_sign()
{
	openssl cms -sign -binary -outform DER -in content -signer cert \
		-inkey key | openssl base64
}

if command -v gpg >/dev/null; then
	GNUPGHOME=$tmp/gnupg
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	check "a key" gpg --batch --passphrase '' \
		--quick-generate-key ann@example.org ed25519 sign never
	type=pgp
	signs pgp pgp_sign
else
	skip "multipart/signed with PGP" "gpg is not installed"
fi

if command -v openssl >/dev/null; then
	check "a certificate" openssl req -x509 -newkey rsa:2048 -nodes \
		-subj /emailAddress=ann@example.org -keyout key -out cert \
		-addext extendedKeyUsage=emailProtection
	type=pkcs7
	signs smime smime_sign

	# what openssl itself writes and reads
	check "a message of openssl" openssl cms -sign -in blanks -binary \
		-signer cert -inkey key -out whole
	tr -d '\r' <whole >whole.lf
	check "its part and signature" smime whole.lf
	check "the whole of it" mpart -r -p 0 whole.lf
	cp "$tmp/out" whole
	check "as openssl reads it" openssl cms -verify -CAfile cert \
		-in whole -out verified
	check "for its older command, too" openssl smime -verify \
		-CAfile cert -in whole -out verified
	sed 's/^Ann/ann/' whole >changed
	check "but not with a changed byte" refused openssl cms -verify \
		-CAfile cert -in changed -out verified
else
	skip "multipart/signed with S/MIME" "openssl is not installed"
fi

finish
