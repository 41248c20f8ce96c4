# mlist -t on a real server.

. tests/tap.sh
. tests/servers/begin
. tests/servers/threaded
finish
