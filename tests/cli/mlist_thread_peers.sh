# mlist -T: 272 messages in 62 threads, as other programs thread them.
. tests/tap.sh

cd "$tmp" || exit 1
mkdir -p md/cur md/new md/tmp home
HOME=$tmp/home
NOTMUCH_CONFIG=$tmp/notmuch
MBLAZE=$tmp
export HOME NOTMUCH_CONFIG MBLAZE

# Chains, bushes, answers by In-Reply-To alone, first messages that are not
# there but are named by several, and answers that lie before what they answer.
awk '
function r(n) { return int(rand() * n) }
BEGIN {
	srand(7)
	for (t = 1; t <= 62; t++) {
		n = t <= 24 ? 5 : 4
		if (t == 62)
			n = 0
		for (k = left = n; k > 0; k--) {
			number[++count] = t
			place[count] = n - k + 1
		}
	}
	while (count < 272) {
		number[++count] = 62
		place[count] = ++last
	}
	for (i = 1; i <= 272; i++) {
		t = number[i]
		k = place[i]
		file = sprintf("md/cur/%d.m.host:2,", 1700000000 + (i * 97) % 272)
		printf "From: a@example.org\nSubject: about %d\n", t >file
		printf "Date: %d Nov 2026 10:%02d:00 +0000\n", 1 + t % 28, k >file
		printf "Message-ID: <%d.%d@example.org>\n", t, k >file
		# what all of a thread of the third kind answer is not there
		up = t % 3 == 0 ? k - 1 : t % 3 == 1 ? int(k / 2) : 0
		chain = ""
		for (u = up; u > 0 && t % 3 < 2;
		    u = t % 3 == 0 ? u - 1 : int(u / 2))
			chain = "<" t "." u "@example.org> " chain
		if (t % 3 == 2)
			chain = "<" t ".none@example.org>"
		if (t % 4 == 1 && up > 0)
			printf "In-Reply-To: <%d.%d@example.org>\n", t, up >file
		else if (chain != "")
			printf "References: %s\n", chain >file
		printf "\nx\n" >file
		close(file)
	}
}'

# parts: lines of a thread and a message, as each message and the first of its
# thread
parts()
{
	sort | awk '$1 != was { was = $1; first = $2 } { print $2, first }' |
		sort
}

mlist md >names
is "messages" "$(wc -l <names | tr -d ' ')" 272
mlist -T -f '%T %i' md | parts >here
is "threads" "$(cut -d ' ' -f 2 here | sort -u | wc -l | tr -d ' ')" 62
awk '{ split($1, a, "."); split($2, b, "."); if (a[1] != b[1]) print }' here \
	>wrong
none "each has its own messages" <wrong

if command -v notmuch >/dev/null; then
	printf '[database]\npath=%s/md\n[user]\nname=a\n' "$tmp" >notmuch
	notmuch new >/dev/null 2>&1
	for thread in $(notmuch search --output=threads '*'); do
		notmuch search --output=messages "$thread" |
			sed "s/^id:/$thread /"
	done | parts >there
	check "as notmuch" cmp here there
else
	skip "as notmuch" "notmuch is not installed"
fi
if command -v mthread >/dev/null; then
	mthread <names | awk '
		!/^ / { thread++ }
		{ sub(/^ */, ""); if ($0 !~ /^</) print thread, $0 }' |
	while read -r thread name; do
		echo "$thread $(sed -n 's/^Message-ID: <\(.*\)>/\1/p' "$name")"
	done | parts >there
	check "as mblaze" cmp here there
else
	skip "as mblaze" "mblaze is not installed"
fi
if command -v mu >/dev/null; then
	mu init --muhome="$tmp/mu" --maildir="$tmp/md" >/dev/null 2>&1
	mu index --muhome="$tmp/mu" >/dev/null 2>&1
	mu find --muhome="$tmp/mu" --threads --fields i '' 2>/dev/null |
		awk '/^[0-9]/ || /^\\\*>/ { thread++ }
		NF > 0 { print thread, $NF }' | parts >there
	check "as mu" cmp here there
else
	skip "as mu" "mu is not installed"
fi

finish
