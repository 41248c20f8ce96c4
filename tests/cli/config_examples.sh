# The examples of satchel(5) are configurations that are taken.
. tests/tap.sh
. tests/examples.sh

[ -x bin/mlist ] || skip_all "bin/mlist is not built"

examples satchel 5
mkdir -p "$tmp/box/cur" "$tmp/box/new" "$tmp/box/tmp"
for words in '[ann]' '[club]'; do
	take_example "$words"
	sed -n 's/^\[\([a-z]*\)\]$/\1/p' "$tmp/script" >"$tmp/accounts"
	is "$words: is one of two" "$(wc -l <"$tmp/accounts" | tr -d ' ')" 2
	while read -r account; do
		check "account $account" mlist -C "$tmp/script" -a "$account" \
			-c "$tmp/box"
	done <"$tmp/accounts"
done
all_taken

finish
