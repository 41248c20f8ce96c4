# The first law: what includes what.
. tests/tap.sh

table=common/LAYERS

# "file folder included" for each of our own includes
find common cmd -name '*.[ch]' 2>/dev/null | sort |
xargs awk '
/^[ \t]*#[ \t]*include[ \t]*"/ {
	folder = FILENAME
	sub(/^common\//, "", folder)
	sub(/\/.*/, "", folder)
	split($0, part, "\"")
	print FILENAME, folder, part[2]
}' >"$tmp/includes"

sed 's/#.*//' $table | awk '
NF > 0 {
	if ($1 !~ /:$/)
		print "no folder: " $0
	for (i = 2; i <= NF; i++)
		if (!($i in above))
			print $1 " " $i " is not above it"
	above[substr($1, 1, length($1) - 1)] = 1
}' | none "$table names only folders above"

find common/* cmd -type d 2>/dev/null | sed 's,^common/,,' | while read -r d; do
	grep -q "^$d:" $table || echo "$d"
done | none "each folder is in $table"

awk -v table=$table '
BEGIN {
	while ((getline line < table) > 0) {
		sub(/#.*/, "", line)
		n = split(line, word, /[: \t]+/)
		for (i = 1; i <= n; i++)
			may[word[1], word[i]] = 1
	}
}
{
	to = $3
	if (to !~ /\//)
		to = "cmd/" to
	sub(/\/.*/, "", to)
	if (!(($2, to) in may))
		print $1 " includes " $3
}' "$tmp/includes" | none "a file includes only what its layer may see"

# Files of one family (imap.c, imap_fetch.c, imap.h) are one module.
awk '
function module(path)
{
	sub(/^common\//, "", path)
	if (path !~ /\//)
		path = "cmd/" path
	sub(/\.[ch]$/, "", path)
	sub(/_[^\/]*$/, "", path)
	return path
}
module($1) != module($3) { print module($1), module($3) }
' "$tmp/includes" | sort -u >"$tmp/modules"
tsort "$tmp/modules" 2>&1 >/dev/null | none "modules include in no circle"

awk '$1 ~ /\.h$/ {
	sub(/^common\//, "", $1)
	sub(/^cmd\//, "", $1)
	print $1, $3
}' "$tmp/includes" | tsort 2>&1 >/dev/null | none "headers include in no circle"

awk '$1 ~ /^cmd\// && $2 == "cmd" && $3 !~ /\// {
	own = $1
	gsub(/^cmd\/|[_.].*$/, "", own)
	its = $3
	sub(/[_.].*$/, "", its)
	if (own != its)
		print $1 " includes " $3
}' "$tmp/includes" | none "a tool includes no other tool"

find common cmd -name '*.[ch]' 2>/dev/null | xargs awk '
FNR == 1 { ours = 0 }
/^#[ \t]*include[ \t]*"/ { ours = 1 }
/^#[ \t]*include[ \t]*</ && ours { print FILENAME ":" FNR ": " $0 }
' | none "system headers come first"

finish
