# A tool needs only what it uses: mpart opens no network; what fetches and lists
# does not dial itself.
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

if [ -f bin/mpart ]; then
	needs bin/mpart >"$tmp/needs" 2>&1
	is "what mpart needs is known" "$(grep -c 'libc\.' "$tmp/needs")" 1
	grep -E 'lib(tls|curl|gsasl|ssl|crypto)\.' "$tmp/needs" |
	none "mpart needs no library of the network"
fi
for tool in mfetch mlist; do
	[ ! -f bin/$tool ] || needs bin/$tool | grep -E 'lib(curl|ldap|krb5)' |
	none "$tool leaves libcurl to what dials"
done
[ ! -f bin/mpart ] || needs bin/mpart | grep sqlite |
none "mpart needs no database"

finish
