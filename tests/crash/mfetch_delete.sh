# mfetch -d, killed at every call, and then one with mirror = yes: what the first
# deleted on the server, or had marked for that, is not marked here as trashed.

protocol=imap
. tests/crash_fetch.sh

crash_setup()
{
	cp -R "$tmp/mail" remote
	fetch_options= delete=-d
}

what_is_here()
{
	crash_same "$wanted" box/new box/cur
	ls box/new box/cur | grep ':2,.*T'
	crash_told box
}

# the mirror, and then one that deletes: all goes from the server
crash_check()
{
	lost_now
	crash_status
	fetch_options='-o mirror=yes' delete=
	fetch_again mirrored
	cp mirrored again
	what_is_here
	fetch_options= delete=-d
	fetch_again more
	[ ! -s more ] || sed 's/^/fetched once more: /' more
	left_there remote
}

fetch_mail 2
delete=-d
crash_count "a run"
crash_all "killed before each call" kill '$4 >= 0'
crash_step=5
crash_all "each call fails" EIO '$2 != "n" && $4 >= 0'
finish
