# mlist -i: many names, of messages and of what else can be named.
. tests/tap.sh

cd "$tmp" || exit 1
mkdir -p md/cur md/new md/tmp few/cur few/new few/tmp
i=100
while [ $i -lt 600 ]; do
	printf 'From: u%s@example.org\nSubject: s%s\n\nx\n' $i $i \
		>"md/cur/1700000$i.x.host:2,S"
	i=$((i + 1))
done
cp md/cur/1700000100.x.host:2,S few/new/1.x.host
from='From ann@example.org Sat Nov 21 09:05:00 2026'
printf '%s\nSubject: one\n\nx\n\n%s\nSubject: two\n\n' "$from" "$from" >box

mlist md >names
for round in 1 2 3 4 5 6 7 8 9 10; do
	sed '1!G;h;$!d' names
	cat names
done >many
sed 's/.*1700000/s/; s/\.x.*//' many >wanted
mlist -i -f %s <many >list
check "ten thousand names, in their order" cmp list wanted
is "counted" "$(mlist -i -c -q from:u599 <many)" 20
is "sorted" "$(mlist -i -s subject -r -m 1 -f %s <many)" s599
is "the first" "$(mlist -i -m 3 -f %s <many | tr '\n' ' ')" "s599 s598 s597 "
is "in threads" "$(mlist -i -T <names | wc -l | tr -d ' ')" 500
tr '\n' '\0' <many >zero
mlist -0 -i <zero >list
check "by NUL" cmp list zero
is "as operands" "$(mlist -c -- md/cur/*)" 500

# what is no message among them keeps its place
{
	sed -n 1,30p names
	echo few
	echo box
	sed -n 31,40p names
	echo none
	echo box#0
	echo maildir:few
	sed -n 41,100p names
	echo mbox:box
} >mixed
sed 's/.*1700000/s/; s/\.x.*//; s/maildir:few/s100/; s/few/s100/; s/box#0/one/
	s/.*box/one\
two/; /none/d' mixed >wanted
expect_status 66 "a name of nothing" sh -c 'mlist -i -f %s <mixed >list'
is "and it is told, once" "$(cat err)" "mlist: none: No such file or directory"
check "the others are listed in their places" cmp list wanted

# who gives names may wait for what comes of them
mkfifo ask answer
mlist -i -f %s <ask >answer 2>err &
exec 3>ask 4<answer
same=0
for n in 100 599 few box; do
	case $n in
	few) echo few ;;
	box) echo box#0 ;;
	*) echo "md/cur/1700000$n.x.host:2,S" ;;
	esac >&3
	read -r line <&4
	case $n.$line in
	100.s100 | 599.s599 | few.s100 | box.one) same=$((same + 1)) ;;
	esac
done
exec 3>&-
wait $!
is "an answer to each" "$? $same" "0 4"
exec 4<&-

printf 'md' >last
is "a last one without an end" "$(mlist -i -c <last)" 500
printf 'few\n\nmd\n' >empty
expect_status 66 "one of no bytes" sh -c 'mlist -i -c <empty'
is "the others count" "$(mlist -i -c <empty 2>err)" 501

# a message that is linked to be moved is one, two files of one name are two
mkdir -p twice/cur twice/new twice/tmp
printf 'Subject: one\n\n' >twice/new/1.a.h
ln twice/new/1.a.h twice/cur/1.a.h:2,S
is "a link of a message" "$(mlist -f %s twice)" one
printf 'Subject: two\n\n' >twice/cur/1.a.h:2,FS
is "another of its name" "$(mlist -f %s twice | sort | tr '\n' ' ')" "one two "

finish
