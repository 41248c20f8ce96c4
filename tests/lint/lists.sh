# The Makefile's lists: each file is in the one it belongs to.
. tests/tap.sh

# "LIST entry" for each entry
awk '
/^[A-Z_]+ = *\\$/ { list = $1; next }
list != "" && NF > 0 { print list, $1 }
!/\\$/ { list = "" }' Makefile >"$tmp/lists"

# files LIST SUFFIX FIND-ARGUMENTS...: the files, as entries with the suffix
files()
{
	list=$1 suffix=$2
	shift 2
	find "$@" 2>/dev/null | sed "s/\.c\$/$suffix/" | sort >"$tmp/want"
	sed -n "s/^$list //p" "$tmp/lists" | sort >"$tmp/have"
	{
		comm -23 "$tmp/want" "$tmp/have" | sed "s/^/not in $list: /"
		comm -13 "$tmp/want" "$tmp/have" | sed "s/^/no such file: /"
		uniq -d "$tmp/have" | sed 's/^/twice: /'
	} | none "$list"
}

files HDR .h common cmd -name '*.h'
files PURE .o common/base common/text common/mail common/proto -name '*.c'
files MAIL .o common/host common/store common/net common/app -name '*.c'
for tool in mfetch msend mlist mpart; do
	files "$(echo $tool | tr a-z A-Z)" .o cmd -name "$tool*.c"
done
files 'UNIT[A-Z_]*' '' tests/unit -name '*.c'
files FUZZ .replay tests/fuzz -name '*.c' ! -name replay.c
files MAN '' man -name '*.[1-8]'

while read -r list entry; do
	[ "$list" = UNIT ] || [ "$list" = UNIT_MAIL ] || continue
	grep -q '"\(host\|store\|net\|app\)/' "$entry.c" && where=UNIT_MAIL ||
		where=UNIT
	[ "$list" = $where ] || echo "$entry: $list, not $where"
done <"$tmp/lists" | none "a unit test links what it includes"

find tests/fuzz -name '*.c' ! -name replay.c | while read -r f; do
	base=${f##*/}
	ls tests/fuzz/corpus/"${base%.c}"/* >/dev/null 2>&1 || echo "$f"
done | none "each fuzz target has a corpus"

finish
