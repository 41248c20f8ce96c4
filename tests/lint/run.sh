# The runner itself: what it must not take for success.
. tests/tap.sh

mkdir -p "$tmp/tree/tests/cli" || exit 1
cp tests/run tests/tap.sh "$tmp/tree/tests" || exit 1

# totals NAME WANTED: the last line for the test that standard input is
totals()
{
	cat >"$tmp/tree/tests/cli/one.sh"
	(cd "$tmp/tree" && env -u RUN_DIR CI="$ci" TEST_SECONDS=$seconds \
	    sh tests/run >"$tmp/out" 2>&1)
	status=$?
	is "$1" "$status $(tail -n 1 "$tmp/out")" "$2"
}

ci=
seconds=60
totals "passes" "0 2 passed, 0 failed, 0 skipped" <<'!'
printf '1..2\nok 1 - a\nok 2 - b\n'
!
totals "a test fails" "1 1 passed, 1 failed, 0 skipped" <<'!'
printf 'ok 1 - a\nnot ok 2 - b\n1..2\n'; exit 1
!
totals "the exit status tells more" "1 1 passed, 1 failed, 0 skipped" <<'!'
printf '1..1\nok 1 - a\n'; exit 3
!
totals "it prints nothing" "1 0 passed, 1 failed, 0 skipped" <<'!'
:
!
totals "it plans nothing" "1 0 passed, 1 failed, 0 skipped" <<'!'
echo 1..0
!
totals "no plan" "1 1 passed, 1 failed, 0 skipped" <<'!'
echo 'ok 1 - a'
!
totals "fewer than planned" "1 1 passed, 1 failed, 0 skipped" <<'!'
printf '1..2\nok 1 - a\n'
!
totals "more than planned" "1 2 passed, 1 failed, 0 skipped" <<'!'
printf '1..1\nok 1 - a\nok 2 - b\n'
!
totals "it dies" "1 1 passed, 1 failed, 0 skipped" <<'!'
printf '1..1\nok 1 - a\n'; kill -SEGV $$
!
if command -v timeout >/dev/null; then
	seconds=1
	totals "it hangs" "1 1 passed, 1 failed, 0 skipped" <<-'!'
	printf '1..1\nok 1 - a\n'; tail -f /dev/null
	!
	cat >"$tmp/tree/tests/cli/one.sh" <<-'!'
	. tests/tap.sh
	tail -f /dev/null
	!
	(cd "$tmp/tree" &&
	    env -u TEST_BOUND TEST_SECONDS=1 sh tests/cli/one.sh) 2>"$tmp/err"
	is "it hangs, run by hand" $? 124
	seconds=60
else
	skip "it hangs" "impossible: no timeout"
fi
totals "a skip" "0 1 passed, 0 failed, 1 skipped" <<'!'
printf '1..2\nok 1 - a\nok 2 - b # SKIP no server\n'
!
totals "all skipped" "0 0 passed, 0 failed, 1 skipped" <<'!'
echo '1..0 # SKIP no server'
!
totals "a count from a pipe" "1 1 passed, 1 failed, 0 skipped" <<'!'
. tests/tap.sh
echo | while read -r line; do is a "$line" ""; done
echo fault | none b
finish
!
"$tmp/not-built" 2>/dev/null &
await $! test -e "$tmp/port"
is "a server that is not built is not waited for" $? 1
sh -c ': >"$1"' sh "$tmp/port" &
await $! test -e "$tmp/port"
is "what a process does last is seen" $? 0
totals "a server that does not start" "1 1 passed, 2 failed, 0 skipped" <<'!'
. tests/tap.sh
pass "the first"
"$tmp/not-built" 2>/dev/null &
await_start "it" $! "$tmp/port"
finish
!
ci=true
totals "a skip under CI" "1 1 passed, 1 failed, 0 skipped" <<'!'
printf '1..2\nok 1 - a\nok 2 - b # SKIP no server\n'
!
totals "all skipped under CI" "1 0 passed, 1 failed, 0 skipped" <<'!'
echo '1..0 # SKIP no server'
!
totals "what is impossible here" "0 1 passed, 0 failed, 1 skipped" <<'!'
printf '1..2\nok 1 - a\nok 2 - b # SKIP impossible: no such thing\n'
!

finish
