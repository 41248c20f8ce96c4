# mfetch without any server: its call, its configuration, its errors.
. tests/tap.sh

export SATCHEL_MAILDIR="$tmp/mail" SATCHEL_PASSWORD=secret

check "help" mfetch -h
is "is usage on standard output" "$(sed 's/ .*//;q' "$tmp/out")" usage:
check "version" mfetch -V
is "names the program" "$(sed 's/ .*//;q' "$tmp/out")" mfetch
expect_status 74 "help to a full device" sh -c 'mfetch -h >/dev/full'

expect_status 64 "an unknown option" mfetch -Z
expect_status 64 "an option without its value" mfetch -m
for o in "-m 0" "-m x" "-m -1" "-s x" "-s 0" "-s 1T" "-S nonsense" "-d -n" \
	"-t mbox:" "-t pipe:" "-t maildir:" "-d -t -" "-n -t -" "-d -H"; do
	expect_status 64 "a wrong value: $o" mfetch $o imap://localhost
done
for url in nonsense http://localhost/ smtp://localhost maildir:x \
	imap://ann:secret@localhost/ imap:// "imap://localhost/INBOX/;UID=7/;SECTION=1"
do
	expect_status 64 "a wrong operand: $url" mfetch "$url"
	grep secret "$tmp/err" | none "no secret is repeated"
done
expect_status 64 "a password by -o" mfetch -o password=x imap://localhost
expect_status 64 "an unknown key" mfetch -o nokey=x imap://localhost

for o in "-A -a x" "-a x -a y imap://localhost" "-A imap://localhost" \
	"-i imap://localhost" "-A -i" "-c 0 -A"; do
	expect_status 64 "what does not go together: $o" mfetch $o
done

expect_status 78 "nothing to fetch from" mfetch
is "without a file is told" "$(grep -c 'no configuration file' "$tmp/err")" 1
expect_status 78 "nobody to fetch for" mfetch -A
expect_status 78 "no such accounts" mfetch -a one -a two
is "each is told" "$(grep -c 'no account \[' "$tmp/err")" 2
names()
{
	printf "$1" >"$tmp/names"
	shift
	"$@" <"$tmp/names"
}
expect_status 0 "no names" names '' mfetch -i
expect_status 1 "nothing new among no names" names '' mfetch -i -e
expect_status 75 "names on standard input" names \
	'imaps://ann@127.0.0.1:1\nimaps://ann@127.0.0.1:2\n' mfetch -i
is "each is tried" "$(grep -c 'onnect' "$tmp/err")" 2
expect_status 64 "a name that is none" names 'a b' mfetch -i
expect_status 64 "names that end in NUL" names 'a\0b\0' mfetch -i0
is "are two" "$(grep -c 'not a URL' "$tmp/err")" 2
expect_status 66 "no such configuration" mfetch -C "$tmp/missing"
expect_status 78 "no such account" mfetch -a nobody imap://localhost
expect_status 78 "in the clear to another host" \
	mfetch -o tls=no imap://ann@192.0.2.1
expect_status 78 "tls = no with imaps" mfetch -o tls=no imaps://ann@localhost
expect_status 64 "POP3 has no folders" mfetch -f x pop3://ann@127.0.0.1:1

expect_status 75 "a server that is down" mfetch imaps://ann@127.0.0.1:1
expect_status 68 "no such host" mfetch imaps://ann@nosuchhost.invalid
expect_status 75 "the first failure counts" \
	mfetch imaps://ann@127.0.0.1:1 imaps://ann@nosuchhost.invalid
is "and each is told" "$(grep -c '^mfetch: imaps:' "$tmp/err")" 2
test ! -e "$tmp/mail"
is "no Maildir was made for nothing" $? 0

printf '[one]\nfetch = http://x\n' >"$tmp/config"
expect_status 78 "a wrong URL in the configuration" mfetch -C "$tmp/config"
printf '[one]\nfetch = imap://ann:secret@localhost\n' >"$tmp/config"
chmod 600 "$tmp/config"
expect_status 78 "a password in the configuration's URL" \
	mfetch -C "$tmp/config"
grep secret "$tmp/err" | none "is not repeated"

expect_status 64 "an operand that is no URL" mfetch nope
is "it is named" "$(head -n 1 "$tmp/err")" \
	"mfetch: nope: not a URL of a known scheme"
expect_status 64 "a URL with a password that is wrong otherwise" \
	mfetch imaps://ann:secret@host:port/
is "which is not shown" "$(grep secret "$tmp/err")" ""

finish
