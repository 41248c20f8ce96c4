# mfetch by IMAP, killed at every call: each message exactly once.

protocol=imap
. tests/crash_fetch.sh

fetch_mail 3
delete=
crash_count "a run that keeps"
fetch_order "its order is kept" 0
crash_all "killed before each call" kill '$4 >= 0'

delete=-d
crash_count "a run that deletes"
fetch_order "its order is kept" 3
crash_all "killed before each call, deleting" kill '$4 >= 0'
crash_all "killed halfway through a write" half '$3 == "write" && $5 !~ /db/'
crash_all "each write is short" short '$3 == "write" && $5 !~ /db/'
crash_all "each call fails" EIO '$2 != "n" && $4 >= 0'
crash_all "the disk fills up" ENOSPC '$2 == "d" && $4 >= 0' 1
crash_all "a signal interrupts each call" EINTR \
	'$2 != "n" && $3 ~ /write|sync|create/ && $5 !~ /journal/'
finish
