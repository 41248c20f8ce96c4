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

# Several batches, as a slow wire has them: what commits them, and some of what
# each message takes.
fetch_mail 60
crash_tick=150
crash_count "a run of several batches"
fetch_order "its order is kept" 60
batches=$(awk -F '\t' '$3 == "sync" && $5 ~ /\/box\/new$/' "$log" | wc -l)
[ $batches -ge 2 ] || echo "$batches batches" | fail "there are several"
some='($2 != "d" || $3 ~ /sync|cut|rename/) &&
	($5 !~ /\/tmp\// || NR % 20 == 0)'
crash_all "killed between the batches and within" kill "$some"
crash_all "a call of the batches fails" EIO "\$2 != \"n\" && $some"
finish
