# mfetch with dedup = yes, killed at every call: what is in two folders of the
# server is here once, whatever happened between the one and the other.

protocol=imap
fetch_options='-o folders=* -o dedup=yes'
. tests/crash_fetch.sh

# 1 and 2 are in INBOX, and in All with 3
crash_setup()
{
	cp -R "$tmp/mail" remote
	mkdir remote/All
	mv remote/3 remote/All/1
	cp remote/1 remote/All/2
	cp remote/2 remote/All/3
}

remote_file()
{
	[ $1 -lt 3 ] && echo remote/$1 || echo remote/All/1
}

sums_here()
{
	crash_sums box/*/cur box/*/new box/cur box/new
}

what_is_here()
{
	crash_same "$wanted" box/*/new box/*/cur box/new box/cur
	crash_told box
	crash_told box/All
}

fetch_mail 3
delete=
crash_step=19
crash_base=$tmp/count/box
crash_count "a run"
fetch_order "its order is kept" 0
crash_each
finish
