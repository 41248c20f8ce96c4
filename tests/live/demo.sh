# The demo is a test: it compares what comes out with what went in.

. tests/tap.sh

"$top/tests/live/server" check 2>"$tmp/err" || skip_all "$(cat "$tmp/err")"
mkdir "$tmp/demo"
check "mail goes round" env TMPDIR="$tmp/demo" "$top/tests/demo"
is "nothing is left behind" "$(ls "$tmp/demo")" ""
finish
