# mfetch with mirror = yes, killed at every call: flags that the server changed
# are here in the end, also those of a run that died, and no file goes.

protocol=imap
fetch_options='-o mirror=yes'
fetch_server=qresync
. tests/crash_fetch.sh

# 1, 2 and 3 are here; then 1 is flagged, 2 is read, 3 is removed on the server,
# 4 is new
crash_setup()
{
	cp -R "$tmp/mail" remote
	mv remote/4 4
	fetch env >before || echo "the first run: status $?"
	mv 4 remote/4
	echo '2 \Flagged' >remote/1.flags
	echo '3 \Seen \Answered' >remote/2.flags
	mv remote/3 remote/3.gone
}

lost_now()
{
	[ "$(sums_here | wc -l)" -ge 3 ] || echo "a file is gone"
}

# as they are now, though they may have been printed under another name
what_is_here()
{
	crash_same "$wanted" box/new box/cur
	for want in 1:F 2:RS 3:T; do
		file=$(grep -l "^Subject: ${want%:*}\$" box/new/* box/cur/*)
		[ "${file##*:2,}" = "${want#*:}" ] || echo "$want is $file"
	done
	sed 's/:2,.*//; s/.*\///' out again before | sort -u >told
	ls box/new box/cur | sed -n 's/:2,.*//; /\./p' | sort |
		comm -23 - told | sed 's/^/never printed: /'
	ls box/tmp
}

fetch_mail 4
delete=
for fetch_server in qresync condstore imap; do
	case $fetch_server in
	qresync) crash_step=11 ;;
	*) crash_step=29
		crash_serve mailbox $fetch_server
	esac
	crash_count "a run, $fetch_server"
	crash_each
done
finish
