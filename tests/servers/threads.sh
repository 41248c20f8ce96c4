# mlist -t on a server.

. tests/tap.sh
. tests/servers/begin
. tests/servers/threaded
finish
