# mlist on a server and on a Maildir.

. tests/tap.sh
. tests/servers/begin
. tests/servers/listed
finish
