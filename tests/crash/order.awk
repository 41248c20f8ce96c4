# The order that keeps mail safe, asserted on the shim's log of a run that
# fetches into a Maildir.  Prints each fault; at the end "safe N".
#
#	file synced < tmp/ synced < satchel.db committed < renamed
#	< new/ or cur/ synced < printed < committed again < deleted
#
# A name is safe when its directory, and each one above it that this run made,
# was synced after it appeared.  Variables: remote, a directory whose files are
# the server's messages; want, how many must be deleted; alone=1, there is no
# record; base, the Maildir of INBOX: each folder below it has a record of its
# own, and is what is deleted from after it was selected.

BEGIN { FS = "\t" }

# what failed changed nothing
$4 ~ /^-/ { next }

$3 == "write" && $2 == "d" { dirty[$5] = 1 }
$3 == "cut" { dirty[$5] = 1 }
$3 == "mkdir" || $3 == "create" { appears($5) }
$3 == "sync" {
	delete dirty[$5]
	for (name in pending)
		if (parent(name) == $5)
			delete pending[name]
	if ($5 ~ /\/tmp$/)
		for (name in named)
			if (parent(name) == $5 && !(name in recorded))
				recorded[name] = "open"
}

# A transaction begins with the journal's first write, and is over when the
# journal was emptied and that is durable.
$5 ~ /satchel\.db-journal$/ && $3 == "write" && !writing[in_box($5, 1)] {
	box = in_box($5, 1)
	writing[box] = 1
	for (name in recorded)
		if (recorded[name] == "open" && in_box(name, 2) == box)
			recorded[name] = "writing"
	telling[box] = printed_of[box]
}
$5 ~ /satchel\.db-journal$/ && $3 == "cut" { emptied[in_box($5, 1)] = 1 }
$5 ~ /satchel\.db-journal$/ && $3 == "sync" {
	box = in_box($5, 1)
	if (writing[box] && emptied[box]) {
		for (name in recorded)
			if (recorded[name] == "writing" &&
			    in_box(name, 2) == box)
				recorded[name] = "done"
		told[box] = telling[box]
		writing[box] = emptied[box] = 0
	}
}
$5 ~ /satchel\.db-journal$/ && $3 == "write" { emptied[in_box($5, 1)] = 0 }

$3 == "create" && $5 ~ /\/tmp\/[^\/]*$/ { named[$5] = 1 }
$3 == "rename" && $5 in named {
	if ($5 in dirty)
		fault("renamed before it was synced: " $5)
	if (!alone && recorded[$5] != "done")
		fault("renamed before its record was durable: " $5)
	appears($6)
	placed[$6] = 1
}

$2 == "o" && $3 == "write" {
	output = output $6
	while ((at = index(output, "\\n")) > 0) {
		prints(substr(output, 1, at - 1))
		output = substr(output, at + 2)
	}
}

$3 == "unlink" && remote != "" && index($5, remote) == 1 { deletes(1) }
$2 == "n" && $3 == "write" {
	n = split($6, command, "\\\\r\\\\n")
	for (i = 1; i <= n; i++)
		if (command[i] ~ /^DELE /)
			deletes(1)
		else if (command[i] ~ /UID STORE .*\\Deleted/)
			deletes(uids(command[i]))
		else if (base != "" && command[i] ~ /^[^ ]+ SELECT "/) {
			split(command[i], word, "\"")
			selected = base (word[2] == "INBOX" ? "" : "/" word[2])
		}
}

END {
	for (name in placed)
		if (!(name in said))
			fault("never printed: " name)
	if (printed == 0)
		fault("nothing was printed")
	if (want != "" && deleted + 0 != want)
		fault(deleted + 0 " deleted, not " want)
	print "safe " printed + 0
}

function appears(name)
{
	pending[name] = 1
}

function parent(name)
{
	sub(/\/[^\/]*$/, "", name)
	return name
}

# the Maildir of a file so many levels below it; of one alone it is no matter
function in_box(name, up)
{
	if (base == "")
		return ""
	while (up-- > 0)
		name = parent(name)
	return name
}

function prints(name,    up)
{
	printed++
	printed_of[in_box(name, 2)]++
	said[name] = 1
	if (!(name in placed))
		fault("printed, but not placed: " name)
	for (up = name; up != ""; up = parent(up))
		if (up in pending)
			fault("printed before the name was durable: " up)
}

function deletes(n)
{
	deleted += n
	deleted_of[selected] += n
	if (deleted_of[selected] > told[selected])
		fault(deleted_of[selected] " deleted, but " \
			told[selected] + 0 " printed and recorded")
}

# how many messages a UID set names
function uids(line,    word, part, range, n, k, count)
{
	split(line, word, " ")
	n = split(word[4], part, ",")
	for (k = 1; k <= n; k++)
		count += split(part[k], range, ":") == 2 \
			? range[2] - range[1] + 1 : 1
	return count
}

function fault(what)
{
	print $1 ": " what
}
