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
check "uninstall" env MAKEFLAGS= $make uninstall "$@"
find "$tmp/stage" ! -type d | none "nothing is left"

finish
