# mfetch -w, killed at every call while mail arrives: each message exactly
# once.  A message comes each time that it idles; the last one ends it (-u).

protocol=imap
. tests/crash_fetch.sh

# It lets a second pass where it is told of something each time that it idles;
# that goes twenty times as quickly here, and so do the limits below.
shim=$shim:$top/tests/crash/hours.so
export HOURS_FACTOR=20

crash_setup()
{
	cp -R "$tmp/mail" remote
	mv remote/2 remote/2.later
	mv remote/3 remote/3.later
}

# and what waits for an idle client is there at the latest when it is run again
remote_file()
{
	[ -e remote/$1.later ] && echo remote/$1.later || echo remote/$1
}

crash_run()
{
	fetch_options='-u subject:3 -T 600 -o timeout=600'
	fetch shim
}

crash_check()
{
	lost_now
	crash_status
	fetch_options=
	: >again
	for i in 2 3; do
		[ ! -e remote/$i.later ] || mv remote/$i.later remote/$i
	done
	[ "$status" -ne 0 ] || crash_same "$wanted" box/new box/cur
	fetch_again again
	crash_same "$wanted" box/new box/cur
	fetch_again more
	[ ! -s more ] || sed 's/^/fetched once more: /' more
}

fetch_mail 3
crash_step=17
for delete in '' -d; do
	crash_count "a run ${delete:-that keeps}"
	is "prints what it waits for" \
		"$(grep -h ^Subject $(cat "$crash_dir/out"))" "Subject: 3"
	crash_each
done
finish
