# Watching a server.

. tests/tap.sh
. tests/servers/begin
. tests/servers/watched
finish
