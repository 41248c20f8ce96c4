# What tests of mlist's index share.  After tests/tap.sh.

# same NAME [OPTION...]: the listing of $box is that without an index, silent and
# with status 0
same()
{
	name=$1
	shift
	mlist -U "$@" "$box" >wanted
	mlist "$@" "$box" >got 2>err
	status=$?
	if cmp -s wanted got && [ $status -eq 0 ] && [ ! -s err ]; then
		pass "$name"
	else
		{ echo "status $status"; cat err; diff wanted got |
		head -n 5; } | fail "$name"
	fi
}

# changed, settle: an index relies on the times of a folder that was not changed
# in its last two seconds; the first tells that it was, the second waits
changed()
{
	changed_sec=$(date +%s)
}

settle()
{
	while [ $(($(date +%s) - changed_sec)) -le 3 ]; do
		sleep 0.1
	done
}
