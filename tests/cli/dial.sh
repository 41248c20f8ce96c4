# satchel-dial by hand: it is for the tools alone.
. tests/tap.sh

check "help" satchel-dial -h
is "is usage on standard output" "$(sed 's/ .*//;q' "$tmp/out")" usage:
check "version" satchel-dial -V
is "names libcurl" "$(grep -c '^libcurl/' "$tmp/out")" 1
expect_status 74 "help to a full device" sh -c 'satchel-dial -h >/dev/full'
expect_status 64 "an unknown option" satchel-dial -Z
expect_status 64 "an operand" satchel-dial localhost
expect_status 64 "nothing is asked" sh -c 'satchel-dial </dev/null'
expect_status 64 "no socket" sh -c 'echo localhost | satchel-dial'

# a tool finds it beside itself, whatever link leads there and whatever PATH is
mkdir "$tmp/links"
ln -s "$top/bin/mlist" "$tmp/links/mlist"
ln -s "$top/bin/msend" "$tmp/links/sendmail"
export SATCHEL_PASSWORD=x
for tool in "$top/bin/mlist" "$tmp/links/mlist"; do
	expect_status 75 "nobody listens: ${tool##*/tmp}" env PATH=/nowhere \
		"$tool" -o tls=no imap://ann@127.0.0.1:1/INBOX
	expect_status 75 "found by PATH" env PATH="${tool%/*}" mlist -o tls=no \
		imap://ann@127.0.0.1:1/INBOX
done
cp bin/mlist "$tmp/alone"
expect_status 71 "without what dials" env PATH=/nowhere "$tmp/alone" -o tls=no \
	imap://ann@127.0.0.1:1/INBOX
grep -c 'satchel-dial cannot be run' "$tmp/err" >"$tmp/said"
is "is told" "$(cat "$tmp/said")" 1

finish
