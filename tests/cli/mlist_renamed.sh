# mlist, where messages are renamed while it reads them: each is listed once.
# tests/crash/moves.c renames them at just the moments that hurt.
. tests/tap.sh
. tests/index.sh

cd "$tmp" || exit 1
moves=$top/tests/crash/moves.so

# box NAME N: a fresh Maildir of so many messages, in cur/
box()
{
	rm -rf "$1" away
	mkdir -p "$1/cur" "$1/new" "$1/tmp" away
	awk -v dir="$1/cur" -v n="$2" 'BEGIN {
		for (i = 1000; i < 1000 + n; i++) {
			file = dir "/1" i ".x:2,"
			printf "Subject: s%d\nX-A: x\n\nx\n", i >file
			close(file)
		}
	}'
}

# renamed NAME MAILDIR WANTED [OPTION...]: the moves of standard input happen in
# a listing; "got" is how often each message was in it
renamed()
{
	name=$1 md=$2 wanted=$3
	shift 3
	cat >moves
	MOVES=$tmp/moves LD_PRELOAD=$moves mlist "$@" "$md" >out 2>err
	status=$?
	sed -n 's/.*\(1[0-9]\{4\}\)\.x.*/\1/p' out | sort | uniq -c |
	awk -v n="$wanted" '$1 != 1 { print $2 " " $1 " times" }
	    END { if (NR != n) print NR " of them" }' >got
	is "$name${*:+: $*}" "$status $(cat got err)" "0 "
}

# again WHEN NAME N MAILDIR: so many moves of it at such moments, each to other
# flags
again()
{
	awk -v when="$1" -v name="$2" -v n="$3" -v md="$4" 'BEGIN {
		from = md "/cur/" name ":2,"
		for (i = 0; i < n; i++) {
			to = i % 3 == 0 ? md "/new/" name : \
			    md "/cur/" name ":2," (i % 3 == 1 ? "S" : "F")
			print when, name, from, to
			from = to
		}
	}'
}

box large 1100
mlist -f %s large >got
changed

for options in "" "-f %n" -j; do
	box md 3
	renamed "seen under two names" md 3 -U $options <<-X
	list 1 md/cur/11001.x:2, md/new/11001.x
	list 2 md/new/11001.x md/cur/11001.x:2,S
	X
	box md 3
	renamed "given a UID while it is looked for" md 3 -U $options <<-X
	list 1 md/cur/11001.x:2, md/new/11001.x
	list 2 md/new/11001.x md/cur/11001.x,U=5:2,S
	X
	box md 3
	renamed "three times not seen" md 3 -U $options <<-X
	list 2 md/cur/11001.x:2, md/new/11001.x
	list 3 md/new/11001.x md/cur/11001.x:2,
	list 4 md/cur/11001.x:2, md/new/11001.x
	list 5 md/new/11001.x md/cur/11001.x:2,
	list 6 md/cur/11001.x:2, md/new/11001.x
	X
done
box md 3
cat >moves <<X
list 1 md/cur/11001.x:2, md/new/11001.x
list 2 md/new/11001.x md/cur/11001.x:2,S
X
is "counted under two names" "$(MOVES=$tmp/moves LD_PRELOAD=$moves \
	mlist -F md | cut -f 1,2)" "md	3"

for options in "-f %s%n" -j "-s date" "-q body:x" -T; do
	box md 3
	again open 11001.x 50 md |
		renamed "fifty times before it is opened" md 3 -U $options
	box md 3
	renamed "given a UID before it is opened" md 3 -U $options <<-X
	open 11001.x md/cur/11001.x:2, md/cur/11001.x,U=5:2,
	open 11001.x md/cur/11001.x,U=5:2, md/cur/11001.x,U=6:2,S
	X
	box md 3
	renamed "away, and back when it was not found" md 3 -U $options <<-X
	open 11001.x md/cur/11001.x:2, md/cur/11001.x:2,S
	fail 11001.x md/cur/11001.x:2,S md/cur/11001.x:2,
	X
done
box md 3
renamed "deleted before it is opened" md 2 -f %s%n <<X
open 11001.x md/cur/11001.x:2, away/x
X

# two messages of one name, which no program should make
box md 3
printf 'Subject: other\n\nx\n' >md/new/11001.x
printf 'open 11001.x:2, md/cur/11001.x:2, md/cur/11001.x:2,S\n' >moves
is "two of one name, one of them renamed" "$(MOVES=$tmp/moves \
	LD_PRELOAD=$moves mlist -f %s md 2>&1 | sort | tr '\n' ' ')" \
	"other s1000 s1001 s1002 "

box md 3
ln -s none md/cur/21.x:2,
expect_status 66 "a link to nothing" mlist -f %s md
is "it is told once" "$(cat err)" \
	"mlist: md/cur/21.x:2,: No such file or directory"
is "the others are listed" "$(wc -l <out | tr -d ' ')" 3

# an index that says what there is
settle
mlist -f %s large >got
is "the index is relied on" "$(mlist -v -f %s large 2>&1 >out |
	grep -c 'did not change')" 1
again open 11001.x 50 large |
	renamed "what the index knows" large 1100 -f '%{x-a}%n'

finish
