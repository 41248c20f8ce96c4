# mfetch of several folders that are not kept, killed at every call: each
# message exactly once, in its own folder, and nothing goes from the server
# before it is safe here.

protocol=imap
fetch_options='-o folders=*'
. tests/crash_fetch.sh

# the folder of message N, and its UID there
remote_file()
{
	case $1 in
	1 | 2) echo remote/$1 ;;
	3) echo remote/A/1 ;;
	4) echo remote/B/1 ;;
	esac
}

crash_setup()
{
	mkdir remote remote/A remote/B
	for i in 1 2 3 4; do
		cp "$tmp/mail/$i" "$(remote_file $i)"
	done
}

sums_here()
{
	crash_sums box/*/cur box/*/new box/cur box/new
}

what_is_here()
{
	crash_same "$inbox" box/new box/cur
	crash_same "$(crash_sums "$tmp/local/3")" box/A/new box/A/cur
	crash_same "$(crash_sums "$tmp/local/4")" box/B/new box/B/cur
	crash_told box
	crash_told box/A
	crash_told box/B
}

fetch_mail 4
inbox=$(crash_sums "$tmp/local/1" "$tmp/local/2")
delete='-o keep=no'
crash_step=23
crash_base=$tmp/count/box
crash_count "a run"
fetch_order "its order is kept" 4
crash_each
finish
