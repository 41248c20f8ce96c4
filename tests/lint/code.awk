# Prints C as FILE:LINE:CODE without what a check of the code must not see:
# a comment is one blank or //, strings and characters lose their inside.

FNR == 1 { comment = 0 }

{
	rest = $0
	code = ""
	while (rest != "") {
		if (comment) {
			at = index(rest, "*/")
			if (at == 0)
				break
			comment = 0
			rest = substr(rest, at + 2)
		} else if (match(rest, /["']|\/[*\/]/)) {
			code = code substr(rest, 1, RSTART - 1)
			mark = substr(rest, RSTART, 1)
			rest = substr(rest, RSTART)
			if (mark == "/") {
				if (substr(rest, 2, 1) == "/") {
					code = code "//"
					break
				}
				code = code " "
				comment = 1
				rest = substr(rest, 3)
			} else {
				code = code mark mark
				rest = after(substr(rest, 2), mark)
			}
		} else {
			code = code rest
			break
		}
	}
	sub(/[ \t]+$/, "", code)
	print FILENAME ":" FNR ":" code
}

# What follows the constant's closing mark.
function after(s, mark,    i, c)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\")
			i++
		else if (c == mark)
			return substr(s, i + 1)
	}
	return ""
}
