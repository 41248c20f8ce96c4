# make install and its undoing.
. tests/tap.sh

make=${MAKE:-make}
set -- DESTDIR="$tmp/stage" PREFIX=/usr MANPREFIX=/usr/man PROGPREFIX=x-

check "install" env MAKEFLAGS= $make install "$@"
for page in man/*; do
	[ -f "$tmp/stage/usr/man/man${page##*.}/x-${page##*/}" ] || echo "$page"
done | none "every page is there"
for tool in bin/*; do
	[ ! -f "$tool" ] || [ -x "$tmp/stage/usr/bin/x-${tool##*/}" ] ||
		echo "$tool"
done | none "every tool is there"
check "install-sendmail" env MAKEFLAGS= $make install-sendmail "$@"
check "once more" env MAKEFLAGS= $make install-sendmail "$@"
is "a name leads to msend" "$(printf 'To: bob@example.org\n\n' |
	SATCHEL_FROM=a@example.org SATCHEL_SEND="maildir:$tmp/box" \
	"$tmp/stage/usr/bin/x-sendmail" -t 2>&1; ls "$tmp/box/new" | wc -l |
	tr -d ' ')" 1
ln -s sendmail "$tmp/stage/usr/bin/mailq"
expect_status 2 "another's program stays" env MAKEFLAGS= $make \
	install-sendmail DESTDIR="$tmp/stage" PREFIX=/usr PROGPREFIX=
is "as it was" "$(readlink "$tmp/stage/usr/bin/mailq")" sendmail
rm -f "$tmp/stage/usr/bin/mailq"
check "uninstall" env MAKEFLAGS= $make uninstall "$@"
find "$tmp/stage" ! -type d | none "nothing is left"

finish
