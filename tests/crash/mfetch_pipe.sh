# mfetch into a command, killed at every call: each message comes whole, once
# at least, and twice only where it was killed before it could record it.

protocol=pop3
. tests/crash_fetch.sh

fetch_target()
{
	echo "pipe:cat >\"$PWD/part.\$SATCHEL_UID\" &&
		mv \"$PWD/part.\$SATCHEL_UID\" \"$PWD/\$(mktemp got/XXXXXX)\""
}

crash_setup()
{
	cp -R "$tmp/mail" remote
	mkdir got
}

sums_here()
{
	crash_sums got | sort -u
}

# a message may come once more, and only one
what_is_here()
{
	[ "$(sums_here)" = "$wanted" ] || printf 'not what was sent:\n%s\n' \
		"$(sums_here)"
	[ "$(ls got | wc -l)" -le $((messages + 1)) ] ||
		ls got | sed 's/^/too many: /'
	told=$nl$(cat out)$nl$(cat again)$nl
	for uid in m1 m2 m3; do
		case $told in
		*"$nl$uid$nl"*) ;;
		*) echo "never printed: $uid" ;;
		esac
	done
}

fetch_mail 3
delete=-d
crash_count "a run that deletes"
crash_all "killed before each call" kill '$4 >= 0'
crash_all "each call fails" EIO '$2 != "n" && $4 >= 0'
crash_all "the disk fills up" ENOSPC '$2 == "d" && $4 >= 0' 1
finish
