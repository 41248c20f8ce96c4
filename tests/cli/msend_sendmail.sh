# msend under sendmail's names: the flags that programs call it with.
. tests/tap.sh

mkdir "$tmp/sbin"
for name in sendmail mailq newaliases x-sendmail; do
	ln -s "$top/bin/msend" "$tmp/sbin/$name"
done
PATH=$tmp/sbin:$PATH
mkdir -p "$XDG_CONFIG_HOME/satchel"
cat >"$XDG_CONFIG_HOME/satchel/config" <<E
[mail]
address = Ann Example <ann@example.org>, postmaster@example.org
send    = pipe:cat >"$tmp/got"; exit \$(cat "$tmp/status")
aliases = $tmp/aliases
domain  = mx.example.org
E
cat >"$tmp/aliases" <<E
# who gets what
root:	postmaster, Bob <bob@example.net>
postmaster: ann@example.org
E
echo 0 >"$tmp/status"

# given TEXT COMMAND...: the text on standard input
given()
{
	given_text=$1
	shift
	printf '%s' "$given_text" | "$@"
}

# cron's call
cron='From: root (Cron Daemon)
To: root
Subject: Cron <root@host> true
Auto-Submitted: auto-generated

output
.
more
'
check "cron" given "$cron" sendmail -FCronDaemon -i -B8BITMIME -oem root
is "a From that names nobody is replaced" "$(sed -n '/^From:/p' "$tmp/got")" \
	"From: CronDaemon <root@mx.example.org>"
is "all else stays" "$(sed '/^Date:/d; /^Message-ID:/d; /^From:/d' \
	"$tmp/got")" "$(printf '%s' "$cron" | sed 1d)"
long=$(awk 'BEGIN { while (n++ < 500) printf "long " }')
check "its long lines" given "${cron}Grüße $long
" sendmail -FCronDaemon -i -B8BITMIME -oem root
awk 'length > 100' "$tmp/got" | none "are long no more"
is "and come back" "$(mpart -p 1 "$tmp/got" | tail -n 1)" "Grüße $long"
is "aliases" "$(sendmail -bv root)" "ann@example.org
bob@example.net"
is "-n leaves them out" "$(sendmail -n -bv root)" root@mx.example.org
is "no alias" "$(sendmail -bv carol dave@example.com)" "carol@mx.example.org
dave@example.com"

# php's, mdadm's and logwatch's calls
text='To: bob@example.net
Subject: x
Bcc: carol@example.net

a
.
b
'
for call in "sendmail -t -i" "sendmail -ti" "sendmail -t -oi" \
	"sendmail -oi -t -oem -odb" "sendmail -i -oem -t -O Timeout=1 -L x" \
	"sendmail -t -i -f ann@example.org" "sendmail -t -i -fann@example.org" \
	"sendmail -i -t -ofoo -oQ/tmp -x -U -G -N never -R hdrs -V id1" \
	"x-sendmail -t -i -bm -r ann@example.org -odi"; do
	rm -f "$tmp/got"
	check "$call" given "$text" $call
	is "it came" "$(sed '1,/^$/d' "$tmp/got")" "a
.
b"
	is "without Bcc" "$(grep -ci bcc "$tmp/got")" 0
done
check "without -i" given "$text" sendmail -t
is "a dot ends it" "$(sed '1,/^$/d' "$tmp/got")" a
check "a dot and a blank" given ". 
.
x" sendmail bob@example.net
is "end nothing" "$(sed '1,/^$/d' "$tmp/got")" ". "
check "no header at all" given "just text" sendmail -i bob@example.net
is "gets one" "$(sed -n '1s/:.*//p; /^From:/p; /^just/p' "$tmp/got")" "Date
From: Ann Example <ann@example.org>
just text"
check "-F" given "x" sendmail -i -F 'Größe "x"' bob@example.net
is "is encoded" "$(grep ^From: "$tmp/got")" \
	'From: =?UTF-8?B?R3LDtsOfZSAieCI=?= <ann@example.org>'
printf 'From: ann@example.org\r\nTo: bob@example.net\r\n\r\na\r\n.\r\nb\r\n' \
	>"$tmp/crlf"
check "CR LF" sh -c 'sendmail -t <"$1"' sh "$tmp/crlf"
is "ends too" "$(tr -d '\r' <"$tmp/got" | sed '1,/^$/d')" a

# what is refused
expect_status 64 "no such flag" given x sendmail -Z bob@example.net
expect_status 64 "a flag without its value" given x sendmail -f
expect_status 64 "a daemon" given x sendmail -bd
expect_status 64 "nobody" given x sendmail -i
expect_status 64 "nobody in the header" given "Subject: x

" sendmail -t
expect_status 64 "a bad -N" given x sendmail -N sometimes bob@example.net
expect_status 64 "a bad -V" given x sendmail -V "a b" bob@example.net
expect_status 64 "a bad -R" given x sendmail -R some bob@example.net
for flag in f r F; do
	expect_status 64 "a line end in -$flag" given x sendmail -$flag "a
Bcc: x@example.org" bob@example.net
done
expect_status 64 "a line end in a recipient" given x sendmail "bob
x@example.org"

# the null sender, for reports
check "-f <>" given "$text" sendmail -i -f '<>' -odq bob@example.net
is "is the envelope's" "$(msend -p | cut -f 6,7)" "	bob@example.net"
msend -d "$(msend -p | cut -f 1)"

# what is queued is done
echo 75 >"$tmp/status"
check "what waits is done" given "$text" sendmail -t -i
is "in silence" "$(cat "$tmp/out" "$tmp/err")" ""
check "mailq" mailq
is "it waits" "$(cut -f 2,7 "$tmp/out")" "queued	bob@example.net
queued	carol@example.net"
mailq >"$tmp/p"
check "-bp is the same" sendmail -bp
is "the same" "$(cat "$tmp/out")" "$(cat "$tmp/p")"
echo 0 >"$tmp/status"
check "-q30m" sendmail -q30m
is "it waits for its time" "$(mailq | wc -l | tr -d ' ')" 2
check "-odq" given "$text" sendmail -odq -t -i
for id in $(msend -p | cut -f 1 | sort -u); do
	check "sent now" msend -q "$id"
done
is "and gone" "$(mailq)" ""
echo 69 >"$tmp/status"
expect_status 69 "what is refused is told" given "$text" sendmail -t -i
is "and not kept" "$(mailq)" ""
echo 0 >"$tmp/status"

# -bs, as some mailers have it
dialogue='EHLO x
MAIL FROM:<ann@example.org>
RCPT TO:<bob@example.net>
RCPT TO:<root>
DATA
To: bob@example.net
From: ann@example.org
Subject: by SMTP

..
.
MAIL FROM:<>
RCPT TO:<bob>
RSET
QUIT
'
printf '%s' "$dialogue" | sed 's/$/\r/' >"$tmp/dialogue"
check "-bs" sh -c 'sendmail -bs <"$1"' sh "$tmp/dialogue"
is "its replies" "$(cut -c 1-3 "$tmp/out" | paste -s -d ' ' -)" \
	"220 250 250 250 250 250 250 250 250 250 354 250 250 250 250 221"
is "it came" "$(tr -d '\r' <"$tmp/got" | sed -n '/^Subject/,$p')" \
	"Subject: by SMTP

."
echo 69 >"$tmp/status"
check "-bs, refused" sh -c 'sendmail -bs <"$1"' sh "$tmp/dialogue"
is "the client is told" "$(sed -n '12s/ .*//p' "$tmp/out")" 554
echo 75 >"$tmp/status"
check "-bs, queued" sh -c 'sendmail -bs <"$1"' sh "$tmp/dialogue"
is "which is done" "$(sed -n '12s/ .*//p' "$tmp/out")" 250
is "for all of them" "$(mailq | cut -f 7)" "bob@example.net
ann@example.org"
msend -d "$(mailq | sed -n '1s/	.*//p')"
echo 0 >"$tmp/status"

# aliases
check "newaliases" newaliases
check "-bi" sendmail -bi
echo 'a: |/bin/true' >"$tmp/aliases"
expect_status 78 "newaliases tells a fault" newaliases
is "where" "$(cat "$tmp/err")" "msend: $tmp/aliases:1: a command is not \
served: name addresses only"
expect_status 78 "nothing is sent with it" given x sendmail -i bob
rm "$tmp/aliases"
expect_status 78 "aliases that are not there" given x sendmail -i bob
: >"$tmp/aliases"
check "a setting of ours" given x sendmail -i -o domain=example.net bob

finish
