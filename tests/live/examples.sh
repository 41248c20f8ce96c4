# The examples of satchel(7) do what they say, on real servers.
. tests/tap.sh
. tests/live.sh
. tests/examples.sh

examples satchel 7
live_start
mkdir -p "$tmp/work" "$XDG_CONFIG_HOME/satchel"
cd "$tmp/work" || exit 1
echo "a picture" >sea.jpg
cat >"$XDG_CONFIG_HOME/satchel/config" <<E
[work]
address = Alice <alice@example.org>
fetch = imaps://bob@localhost:$IMAPS_PORT
fetch-password-command = cat "$BOB_PASSWORD"
send = smtps://alice@localhost:$SUBMISSIONS_PORT
send-password-command = cat "$ALICE_PASSWORD"
tls-ca = $CA
E
export server

# what the page says that is printed, and what is to be typed
take_example mfetch
says='^/home/ann/\|^pictures/'
grep "$says" "$tmp/script" >wanted
{
	grep -v "$says" "$tmp/script" | sed "s/ann@example.org/bob@example.org/
	/msend/a\\
\"\$server\" await \"$tmp/server\" bob 1"
} >"$tmp/here"
check "to oneself, and back" sh -e "$tmp/here"
sed "s|^$HOME|/home/ann|; s|new/[^/]*|new/NAME|" "$tmp/out" >got
sed 's|new/[^/]*|new/NAME|' wanted | cmp - got | none "prints what it says"
is "of one message" "$(sort -u "$tmp/out" | wc -l | tr -d ' ')" 2
cmp sea.jpg pictures/sea.jpg | none "with its picture"

take_example box
check "without any server" sh -e "$tmp/script"
is "lists it" "$(cut -c 1-4,24-38 "$tmp/out")" "N   ann@example.org"
is "in the box" "$(mpart -t -e box/new/* | tail -n 1)" Hello
all_taken
cd "$top" || exit 1

finish
