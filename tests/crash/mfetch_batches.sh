# mfetch of several batches, as a slow wire has them, killed at what commits them
# and at some of what each message takes: each message exactly once.

protocol=imap
. tests/crash_fetch.sh

delete=-d
fetch_mail 60
crash_tick=150
crash_count "a first run, for the server is known in each case"
crash_count "a run of several batches"
fetch_order "its order is kept" 60
batches=$(awk -F '\t' '$3 == "sync" && $5 ~ /\/box\/new$/' "$log" | wc -l)
[ $batches -ge 2 ] || echo "$batches batches" | fail "there are several"
some='($2 != "d" || $3 ~ /sync|cut|rename/) &&
	($5 !~ /\/tmp\// || NR % 20 == 0)'
crash_all "killed between the batches and within" kill "$some"
crash_all "a call of the batches fails" EIO "\$2 != \"n\" && $some"
finish
