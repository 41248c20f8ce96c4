# The second law: libpure.a turns bytes into values and calls no system.
. tests/tap.sh

[ -f libpure.a ] || skip_all "libpure.a is not built"
command -v nm >/dev/null || skip_all "no nm"

# "object symbol type" for each symbol
nm -A -P libpure.a |
sed -n 's/^[^[]*\[\([^]]*\)\]: \([^ ]* [^ ]*\).*/\1 \2/p' >"$tmp/symbols"
[ -s "$tmp/symbols" ]
is "nm is understood" $? 0

awk '
FILENAME ~ /allow$/ {
	sub(/#.*/, "")
	if (NF == 0)
		next
	if ($1 ~ /\*$/)
		prefix[substr($1, 1, length($1) - 1)] = 1
	else
		allowed[$1, NF == 1 ? "any" : $2] = 1
	next
}
$3 !~ /^[Uwv]$/ { defined[$2] = 1; next }
{ wanted[$2 " " $1] = 1 }
END {
	for (pair in wanted) {
		split(pair, part, " ")
		name = part[1]
		if (name ~ /^__.*_chk$/ && name !~ /^__stack/) {
			sub(/^__/, "", name)
			sub(/_chk$/, "", name)
		}
		if (name in defined || (name, "any") in allowed ||
		    (name, part[2]) in allowed || known(name))
			continue
		print part[2] " uses " part[1]
	}
}
function known(name,    p)
{
	for (p in prefix)
		if (index(name, p) == 1)
			return 1
	return 0
}' tests/lint/pure.allow "$tmp/symbols" | sort |
none "libpure.a uses only what pure.allow lists"

# No mutable globals: tables of constants are in read-only sections.  What a
# signal handler sets or is to know has no other place.
find common -name '*.c' -exec sed -n \
    's/^static .*volatile \(sig_atomic_t \)*\([a-z_]*\);$/\2/p' {} + >"$tmp/signals"
for lib in libpure.a libmail.a; do
	name="$lib keeps nothing between calls"
	if ! command -v objdump >/dev/null; then
		skip "$name" "no objdump"
		continue
	fi
	objdump -t $lib | awk '
	/file format/ { object = $1; sub(/:$/, "", object) }
	$3 == "O" && $4 ~ /^(\.bss|\.data|\.tbss|\.tdata|\*COM\*)$/ ||
	$4 == "O" && $5 ~ /^(\.bss|\.data|\.tbss|\.tdata|\*COM\*)$/ {
		if ($NF !~ /^__(llvm|asan|gcov|sancov)/)
			print object ": " $NF
	}' | grep -vwFf "$tmp/signals" | none "$name"
done

finish
