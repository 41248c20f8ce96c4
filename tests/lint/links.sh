# A tool needs only what it uses: mpart and mlist open no network.
. tests/tap.sh

ls bin/m* >/dev/null 2>&1 || skip_all "no tool is built"

needs()
{
	if command -v ldd >/dev/null; then
		ldd "$1"
	else
		readelf -d "$1" | grep NEEDED
	fi
}

for tool in mpart mlist; do
	[ -f bin/$tool ] || continue
	needs bin/$tool >"$tmp/needs" 2>&1
	is "what $tool needs is known" "$(grep -c 'libc\.' "$tmp/needs")" 1
	grep -E 'lib(tls|curl|gsasl|ssl|crypto)\.' "$tmp/needs" |
	none "$tool needs no library of the network"
done
[ ! -f bin/mpart ] || needs bin/mpart | grep sqlite |
none "mpart needs no database"

finish
