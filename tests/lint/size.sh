# What fits a screen: lines, functions, files, nesting.
. tests/tap.sh

find common cmd tests -name '*.[ch]' 2>/dev/null | sort >"$tmp/files"
{
	cat "$tmp/files"
	ls Makefile config.mk tests/run tests/tap.sh
} >"$tmp/wide"
{
	cat "$tmp/files"
	find tests .ci -name '*.sh' -o -name '*.awk'
	ls Makefile config.mk tests/run .ci/run 2>/dev/null
} | sort -u >"$tmp/text"

xargs awk '
function told()
{
	if (lines >= 600)
		print file ": " lines " lines"
}
FNR == 1 { told(); file = FILENAME; lines = 0 }
/^\t[^ \t]+ \\$/ { next } # an entry of a list
{ lines++ }
END { told() }' <"$tmp/text" | none "files under 600 lines"

xargs awk '
{
	line = $0
	gsub(/[\200-\277]/, "", line)
	n = split(line, piece, "\t")
	width = 0
	for (i = 1; i < n; i++) {
		width += length(piece[i])
		width += 8 - width % 8
	}
	width += length(piece[n])
	if (width > 80)
		print FILENAME ":" FNR ": " width " columns"
}
/[ \t\r]$/ { print FILENAME ":" FNR ": blank at the end" }
' <"$tmp/wide" | none "lines within 80 columns, no blank at their end"

# "lines FILE:LINE name marked" for each function, by KNF: its braces and its
# name are in the first column
xargs awk '
/^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name) }
/^\{/ { start = FNR }
/long: [a-z]/ { long = 1 }
/^\}$/ && start {
	print FNR - start - 1, FILENAME ":" start, name, long
	start = 0
}
/^\}/ { long = 0 }' <"$tmp/files" >"$tmp/functions"

awk '$1 > 60 && $4 != 1 { print $2 ": " $3 " has " $1 " lines" }
' "$tmp/functions" | none "functions within 60 lines, or marked long: why"

awk '{ all++ } $1 > 50 { long++; which = which "\n" $2 " " $3 " " $1 }
END {
	if (long * 20 > all)
		print long " of " all which
}' "$tmp/functions" | none "95 of 100 functions within 50 lines"
is "functions are found" "$(($(wc -l <"$tmp/functions") > 10))" 1

# By the tabs of a statement's first line; its further lines are indented
# otherwise.
xargs awk -f tests/lint/code.awk <"$tmp/files" | awk '
{
	match($0, /^[^:]*:[0-9]*:/)
	where = substr($0, 1, RLENGTH)
	code = substr($0, RLENGTH + 1)
	if (code ~ /^[ \t]*$/ || code ~ /^#/ || code ~ /\\$/)
		next
	match(code, /^\t*/)
	if (first && RLENGTH > 4)
		print where " " RLENGTH - 1 " levels"
	first = code ~ /([;{}:)]|else|do)$/
}' | none "at most 3 levels of control"

finish
