# mlist: threads, in every way to print them.
. tests/tap.sh

cd "$tmp" || exit 1
mkdir -p md/cur md/new md/tmp

# message N MESSAGE-ID REFERENCES SUBJECT: dated the Nth of May
message()
{
	printf 'From: u%s@example.org\nSubject: %s\nDate: %s May 2026 10:00:00 +0000\n' \
		"$1" "$4" "$1"
	[ -z "$2" ] || printf 'Message-ID: <%s>\n' "$2"
	[ -z "$3" ] || printf 'References: %s\n' "$3"
	printf '\ntext\n'
}
# box NAME N MESSAGE-ID REFERENCES SUBJECT
box()
{
	name=$1
	shift
	message "$@" >"md/cur/17000000$name.x.host:2,S"
}

# beta: 2, its answers 4 (with 6 below) and 5; zeta: 1 and 7; two answers to
# what is not there: 3 and 8
box 01 6 f '<b> <d>' 'Re: beta'
box 02 5 e '<b>' 'Re: beta'
box 03 4 d '<b>' 'Re: beta'
box 04 2 b '' beta
box 05 1 a '' zeta
box 06 7 g '<a>' 'Re: zeta'
box 07 3 c '<none>' 'Re: gone'
box 08 8 h '<none>' 'Re: gone'

# days NAME WANTED ARGUMENTS...: the days of May, in the order of print
days()
{
	tap_label=$1 tap_wanted=$2
	shift 2
	is "$tap_label" "$(mlist "$@" -f '%A' md 2>&1 |
		sed 's/^u//; s/@.*//' | tr '\n' ' ')" "$tap_wanted "
}

days "-T" "1 7 2 4 6 5 3 8" -T
days "-T -r: the last thread first" "3 8 2 4 6 5 1 7" -T -r
days "-T -s subject: by the first messages' subjects" "2 4 6 5 3 8 1 7" \
	-T -s subject
days "-T -s from -r" "3 8 2 4 6 5 1 7" -T -s from -r
days "-T -m" "1 7 2" -T -m 3
days "-t: whole threads" "6 5 4 2" -t -q from:u5
days "-t -s date" "2 4 5 6" -t -q from:u5 -s date
days "-t -r" "2 4 5 6" -t -q from:u5 -r
days "-t -T" "2 4 6 5" -t -T -q from:u5
days "-t: siblings of what is not there" "3 8" -t -T -q from:u8
days "-q, without -t" "4 6 5" -T -q 'from:u4 or from:u5 or from:u6'
is "depths" "$(mlist -T -f '%D' md | tr '\n' ' ')" "0 1 0 1 2 1 0 0 "
is "threads" "$(mlist -T -f '%T' md | uniq -c | awk '{ print $1 }' |
	tr '\n' ' ')" "2 4 2 "
is "numbers" "$(mlist -T -f '%T' md | grep -cx '[0-9a-f]\{16\}')" 8
is "a number does not hang on the first message" \
	"$(mlist -f '%T' -q from:u6 md)" "$(mlist -f '%T' -q from:u2 md)"
is "items between, with widths" "$(mlist -T -m 2 -f '<%3D|%-3D>%i\t%.4T.' md |
	sed 's/....\.$/x/')" "$(printf '<  0|0  >a\tx\n<  1|1  >g\tx')"
is "unsorted, where only the format asks" \
	"$(mlist -f '%D %i' md | tr '\n' ' ')" \
	"2 f 1 e 1 d 0 b 0 a 1 g 0 c 0 h "
is "-l moves subjects in" "$(mlist -T -l md | cut -c46-)" \
	"$(printf 'zeta\n  Re: zeta\nbeta\n  Re: beta\n    Re: beta\n  Re: beta\nRe: gone\nRe: gone')"
is "-j" "$(mlist -T -j md | sed 's/.*"thread":"[0-9a-f]\{16\}",//' |
	tr '\n' ' ')" '"depth":0} "depth":1} "depth":0} "depth":1} "depth":2} "depth":1} "depth":0} "depth":0} '
is "-j without threads" "$(mlist -j md | grep -c thread)" 0
is "names" "$(mlist -T -m 1 md)" "md/cur/1700000005.x.host:2,S"
is "-0" "$(mlist -0 -T -m 1 md | tr '\0' '!')" "md/cur/1700000005.x.host:2,S!"
is "-c" "$(mlist -c -T md)" 8
is "-c -t" "$(mlist -c -t -q from:u5 md)" 4
is "-c -t -m" "$(mlist -c -t -m 3 -q from:u5 md)" 3
expect_status 0 "-e" mlist -e -t -q from:u5 md
expect_status 1 "-e, without a match" mlist -e -t -q from:nobody md
is "nothing" "$(mlist -T -q from:nobody md)" ""

box 14 10 i '' 'Re: beta'
days "a subject joins none" "1 7 2 4 6 5 3 8 10" -T
days "unless it is to" "1 7 2 4 6 5 10 3 8" -T -o thread-subject=yes
expect_status 64 "a setting that is none" mlist -T -o thread-subject=x md
rm md/cur/1700000014.*

# what has no Message-ID, one that others have, one that answers itself
box 09 9 '' '' one
box 10 9 '' '' one
box 11 9 b '' 'another b'
box 12 9 loop '<loop>' loop
is "hostile ids are threads of their own" \
	"$(mlist -T -f '%T' md | sort -u | wc -l | tr -d ' ')" 7

if [ -w /dev/full ]; then
	mlist -T md >/dev/full 2>err
	is "a full disk" "$? $(cat err)" \
		"74 mlist: standard output: No space left on device"
else
	skip "a full disk" "no /dev/full"
fi

# a subject moves in so far and no further, and with -t alone not at all
mkdir -p deep/cur deep/new deep/tmp
above=
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
	message $i "m$i" "${above:+<$above>}" s >"deep/cur/17000000$i.x.host:2,S"
	above=m$i
done
# indents OPTION...: how far the subjects are from where they begin
indents()
{
	mlist -l "$@" deep | cut -c 46- | awk '{ printf "%d ", index($0, "s") - 1 }'
}
is "subjects move in by 24 columns at most" "$(indents -T)" \
	"0 2 4 6 8 10 12 14 16 18 20 22 24 24 "
is "with -t alone by none" "$(indents -t -q from:u23)" \
	"0 0 0 0 0 0 0 0 0 0 0 0 0 0 "

finish
