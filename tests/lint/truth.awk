# Reads what code.awk printed, twice: which functions can fail, then how each
# call of one is used.  Prints FILE:LINE: negated|compared|ignored: NAME.

BEGIN {
	split(must, word, " ")
	for (i in word)
		system_call[word[i]] = 1
	split(order, word, " ")
	for (i in word)
		ordering[word[i]] = 1
}

FNR == 1 { pass++; statement = "" }

{
	match($0, /^[^:]*:[0-9]*:/)
	where = substr($0, 1, RLENGTH)
	code = substr($0, RLENGTH + 1)
	if (code ~ /^#/ || code ~ /^[ \t]*$/)
		next
	if (statement == "")
		start = where
	statement = statement " " code
	# the whole of for (a; b; c) is one statement
	if (open_parens(statement) ||
	    code !~ /([;{}]|case .*:|default:|^[a-z_]+:)$/)
		next
	gsub(/[ \t]+/, " ", statement)
	if (pass == 1)
		learn(statement)
	else
		judge(statement)
	statement = ""
}

END {
	for (name in fallible)
		known++
	print "known " known + 0
}

function open_parens(s,    t)
{
	t = s
	return gsub(/\(/, "", s) > gsub(/\)/, "", t)
}

# int NAME(..., struct err *...) is a function that can fail: in its own file
# where it is static, in all files where it is not.
function learn(s,    name, file)
{
	if (s !~ /^ (static |extern |inline )*int [a-z_0-9]+\(/)
		return
	if (s !~ /struct err \*/ || s ~ /^[^(]*\(void\)/)
		return
	name = s
	sub(/\(.*/, "", name)
	sub(/.* /, "", name)
	file = s ~ /^ static / ? file_of(start) : ""
	if (name !~ /^err_/)
		fallible[file, name] = 1
}

function file_of(place)
{
	sub(/:.*/, "", place)
	return place
}

# Each call in the statement, by what stands before and after it.
function judge(s,    done, name)
{
	done = ""
	while (match(s, /[A-Za-z_][A-Za-z_0-9]*\(/)) {
		name = substr(s, RSTART, RLENGTH - 1)
		done = done substr(s, 1, RSTART - 1)
		s = substr(s, RSTART + RLENGTH - 1)
		if ((file_of(start), name) in fallible ||
		    ("", name) in fallible || name in ordering ||
		    name in system_call)
			use(name, done, behind(s))
		done = done name
	}
}

# What follows the parenthesis that s begins with, when it is closed.
function behind(s,    i, c, depth)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		depth += (c == "(") - (c == ")")
		if (depth == 0)
			break
	}
	s = substr(s, i + 1)
	sub(/^ /, "", s)
	return s
}

function use(name, before, after)
{
	sub(/ $/, "", before)
	if (before ~ /(\(void\)|(^| )(int|ssize_t|size_t)|->|\.)$/)
		return
	if (before ~ /!$/)
		say("negated", name)
	else if (!(name in ordering) && after ~ /^;/ &&
	    (before == "" || before ~ /([;{}]|else|do)$/ ||
	    before ~ /(^| )(if|while|for) \(.*\)$/))
		say("ignored", name)
	else if (after ~ /^(\)|&&|\|\||\?)/ &&
	    (before ~ /(&&|\|\|)$/ || before ~ /(^| )(if|while) \(+$/))
		say("compared", name)
}

function say(fault, name)
{
	print start " " fault ": " name
}
