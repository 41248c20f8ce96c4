# make install and its undoing.
. tests/tap.sh

make=${MAKE:-make}
set -- DESTDIR="$tmp/stage" PREFIX=/usr MANPREFIX=/usr/man PROGPREFIX=x-

check "install" env MAKEFLAGS= $make install "$@"
is "every page is there" "$(cd "$tmp/stage/usr/man" && ls man*/* | sort)" \
	"$(cd man && ls | sed 's/.*\.\(.\)$/man\1\/&/
	s/\/m/\/x-m/' | sort)"
is "every tool is there" "$(ls "$tmp/stage/usr/bin")" \
	"$(cd bin && ls | sed 's/^m/x-&/' | sort)"
expect_status 75 "a tool finds the one that dials" env PATH=/nowhere \
	SATCHEL_PASSWORD=x "$tmp/stage/usr/bin/x-mlist" -o tls=no \
	imap://ann@127.0.0.1:1/INBOX
check "install-sendmail" env MAKEFLAGS= $make install-sendmail "$@"
check "once more" env MAKEFLAGS= $make install-sendmail "$@"
is "a name leads to msend" "$(printf 'To: bob@example.org\n\n' |
	SATCHEL_FROM=a@example.org SATCHEL_SEND="maildir:$tmp/box" \
	"$tmp/stage/usr/bin/x-sendmail" -t 2>&1; ls "$tmp/box/new" | wc -l |
	tr -d ' ')" 1
ln -s sendmail "$tmp/stage/usr/bin/mailq"
check "another's program stays" sh -c '! "$@"' sh env MAKEFLAGS= $make \
	install-sendmail DESTDIR="$tmp/stage" PREFIX=/usr PROGPREFIX=
is "as it was" "$(readlink "$tmp/stage/usr/bin/mailq")" sendmail
rm -f "$tmp/stage/usr/bin/mailq"
check "uninstall" env MAKEFLAGS= $make uninstall "$@"
find "$tmp/stage" ! -type d | none "nothing is left"

finish
