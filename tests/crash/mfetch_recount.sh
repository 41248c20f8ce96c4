# mfetch of a server that counts its messages anew (UIDVALIDITY), killed at
# every call: what is here already is not fetched again, what is not sure is,
# and what is new comes once.

protocol=imap
fetch_says='counts its messages anew'
. tests/crash_fetch.sh

# 1, 2 and 3 came under the old numbers; under the new ones 3 is UID 1, 1 is 2,
# 4 is new, and 2 is there twice, so that each of the two is fetched.
crash_setup()
{
	mkdir remote
	cp "$tmp/mail/1" "$tmp/mail/2" "$tmp/mail/3" remote
	fetch env >before || echo "the first run: status $?"
	rm remote/*
	echo 8 >remote/uidvalidity
	cp "$tmp/mail/3" remote/1
	cp "$tmp/mail/1" remote/2
	cp "$tmp/mail/4" remote/3
	cp "$tmp/mail/2" remote/4
	cp "$tmp/mail/2" remote/5
}

lost_now()
{
	for i in 1 2 3; do
		case $(sums_here) in
		*"$(cksum <"$tmp/local/$i")"*) ;;
		*) echo "lost: message $i" ;;
		esac
	done
}

what_is_here()
{
	crash_same "$wanted" box/new box/cur
	cat before >>again
	crash_told box
}

fetch_mail 4
wanted=$(crash_sums "$tmp/local" "$tmp/local/2" "$tmp/local/2")
delete=
crash_step=13
crash_count "a run"
crash_each
finish
