# The order that sends nothing twice, asserted on the shim's log of a run that
# submits one message.  Prints each fault; at the end "accepted N sending M",
# the calls that made these durable.
#
#	file synced < spool/ synced < row committed (accepted) < first byte out
#	< sending committed < end of the message out, or its file placed
#
# A commit is durable when the journal was emptied and synced, or when it was
# unlinked and its directory synced.

BEGIN { FS = "\t" }

# what failed changed nothing
$4 ~ /^-/ { next }

$3 == "create" && $5 ~ /\/spool\/[a-z0-9]*$/ { message = $5 }
$3 == "write" && $5 == message { dirty = 1; is_named = 0 }
$3 == "sync" && $5 == message { dirty = 0 }
$3 == "sync" && $5 ~ /\/spool$/ && message != "" && !dirty { is_named = 1 }

$5 ~ /spool\.db-journal$/ && $3 == "write" {
	if (!is_open)
		covers = is_named
	is_open = 1
	is_emptied = 0
}
$5 ~ /spool\.db-journal$/ && $3 ~ /cut|unlink/ && is_open {
	is_emptied = $3
}
$3 == "sync" && ($5 ~ /spool\.db-journal$/ && is_emptied == "cut" ||
    $5 ~ /\/spool$/ && is_emptied == "unlink") {
	is_open = is_emptied = 0
	if (covers)
		commit[++commits] = $1
	if (commits == 3 && placed != "")
		fault("settled before it was durable: " placed)
}

$2 == "n" && commits < 1 { fault("a byte out before it was accepted") }
$2 == "n" && $6 ~ /(BDAT [0-9]* LAST|\\r\\n\.\\r\\n)/ { sends() }

$3 == "write" && $2 == "d" { unsynced[$5] = 1 }
$3 == "sync" { delete unsynced[$5] }
$3 == "sync" && placed ~ "^" $5 "/[^/]*$" { placed = "" }
$3 == "rename" {
	if ($5 in unsynced)
		fault("placed before it was synced: " $5)
	placed = $6
	sends()
}

END {
	if (!sent)
		fault("it was not sent")
	print "accepted " commit[1] + 0 " sending " commit[2] + 0
}

function sends()
{
	sent = 1
	if (commits != 2)
		fault("sent after " commits + 0 " commits")
}

function fault(what)
{
	print $1 ": " what
}
