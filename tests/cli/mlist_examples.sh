# The examples of mlist's manual page do what they say.
. tests/tap.sh
. tests/examples.sh

[ -x bin/mlist ] || skip_all "bin/mlist is not built"
[ -x bin/mpart ] || skip_all "bin/mpart is not built"

examples mlist

tap_cleanup()
{
	[ ! -e "$tmp/pid" ] || kill "$(cat "$tmp/pid")" 2>/dev/null
}

mkdir "$tmp/work" "$tmp/bin"
cd "$tmp/work" || exit 1
box=$HOME/Mail/work
mkdir -p "$box/cur" "$box/new" "$box/tmp" "$box/Old/cur" "$box/Old/new" \
	"$box/Old/tmp" "$XDG_CONFIG_HOME/satchel"
printf '[work]\naddress = ann@example.org\n' >"$XDG_CONFIG_HOME/satchel/config"
now=$(date '+%a, %d %b %Y %H:%M:%S +0000')
long_ago='Sun, 18 Nov 2001 09:05:00 +0000'

# message FILE SENDER SUBJECT DATE
message()
{
	printf 'From: %s@example.org\nSubject: %s\nDate: %s\n' "$2" "$3" \
		"$4" >"$box/$1"
	cat >>"$box/$1"
}

# invoice FILE SUBJECT DATE ATTACHMENT
invoice()
{
	message "$1" shop "$2" "$3" <<E
Content-Type: multipart/mixed; boundary=a

--a

See there.
--a
Content-Disposition: attachment; filename=$4

of $4
--a--
E
}

for i in 10 11 12 13 14 15 16 17; do
	awk "BEGIN { printf \"\n%${i}00s\n\", \"x\" }" |
		message cur/17000000$i.x.h:2,S "u$i" "number $i" "$now"
done
invoice cur/1700000020.x.h:2,S 'Invoice 1' "$now" one.pdf
invoice new/1700000030.x.h 'Your invoice' "$now" two.pdf
invoice cur/1700000040.x.h:2,FS 'An old invoice' "$long_ago" old.pdf
invoice cur/1700000050.x.h:2, 'Holiday' "$now" sea.jpg
printf '\nAn invoice without one.\n' |
	message Old/cur/1700000060.x.h:2,S dan 'invoice' "$now"

# example WORDS NAME: the one that has them, which says nothing else
example()
{
	take_example "$1"
	check "$2" sh -e "$tmp/script"
	none "$2: nothing is wrong" <"$tmp/err"
}

example '-q unseen' "what was not read"
is "newest first" "$(cut -c 1-4,23- "$tmp/out")" \
	"N    shop@example.org      Holiday
N    shop@example.org      Your invoice"

mkdir invoices
example 'mpart -i -x' "invoices"
is "their attachments" "$(cat "$tmp/out")" "invoices/one.pdf
invoices/two.pdf"
is "are saved" "$(cat invoices/*)" "of one.pdfof two.pdf"

example '-s size' "the largest"
for f in "$box"/cur/* "$box"/new/*; do
	printf '%10d %s\n' "$(wc -c <"$f")" "$(mlist -f %A "$f")"
done | sort -r | head -n 10 >"$tmp/wanted"
cmp "$tmp/wanted" "$tmp/out" | none "are ten, the first is the largest"

take_example 'mlist -w'
cat >"$tmp/bin/notify" <<E
#!/bin/sh
echo "\$*" >>"$tmp/told"
E
cat >"$tmp/bin/mlist" <<E
#!/bin/sh
echo \$\$ >"$tmp/pid"
exec "$top/bin/mlist" "\$@"
E
chmod +x "$tmp/bin/notify" "$tmp/bin/mlist"
: >"$tmp/told"
PATH=$tmp/bin:$PATH sh -e "$tmp/script" 2>"$tmp/err" &

# is_told: or else one more of those that are to be told of comes
is_told()
{
	[ ! -s "$tmp/told" ] || return 0
	n=$((n + 1))
	echo | message "new/17$n.y.h" ci "build $n failed" "$now"
	false
}
n=10
await $$ is_told
first=$(head -n 1 "$tmp/told")
is "a failure is told of, by its name" \
	"$(mlist -f '%A %s' "$first" | sed 's/ [0-9]* / N /')" \
	"ci@example.org build N failed"
echo | message new/1800000001.z.h ci 'build 1 passed' "$now"
echo | message new/1800000002.z.h dan 'a build failed' "$now"
echo | message new/1800000003.z.h ci 'the end failed' "$now"
await $$ grep -q 1800000003 "$tmp/told"
is "and of nothing else" "$(grep -v '/17[0-9]*\.y' "$tmp/told")" \
	"$box/new/1800000003.z.h"
kill "$(cat "$tmp/pid")"
wait $!
is "until it ends" "$? $(grep -c mlist: "$tmp/err")" "0 0"
rm "$tmp/pid" "$box"/new/17*.y.h

example 'mlist -F' "all folders"
for f in "$box" "$box/Old"; do
	cat "$f"/cur/* "$f"/new/* 2>/dev/null >"$tmp/all"
	printf '%9d%9d%14d  %s\n' "$(ls "$f"/cur/* "$f"/new/* 2>/dev/null |
		wc -l)" "$(mlist -c -q unseen "$f")" "$(wc -c <"$tmp/all")" "$f"
done >"$tmp/wanted"
cmp "$tmp/wanted" "$tmp/out" | none "are counted: messages, unseen, bytes"

# what tests/live runs
take_example @work
all_taken

finish
