# What tests of a manual page's EXAMPLES share.  After tests/tap.sh, at the top:
#
#	. tests/examples.sh
#	examples mlist
#	take_example 'mlist -F'
#	check "folders are counted" sh -e "$tmp/script"
#	all_taken

command -v mandoc >/dev/null || skip_all "mandoc is not installed"

# examples TOOL: those of its page, a file each, as who reads it copies them: a
# "$ " that begins one is not part of it
examples()
{
	mandoc -Tascii -Owidth=500 "man/$1.1" | awk -v dir="$tmp" '
	{ gsub(/.\010/, "") }
	/^[A-Z]/ { on = $0 == "EXAMPLES" }
	!on { next }
	/^           / {
		n += !is_in
		is_in = 1
		sub(/^           (\$ )?/, "")
		print >(dir "/example." n)
		next
	}
	{ is_in = 0 }'
	is "there are examples" "$(ls "$tmp" | grep -c '^example\.')" \
		"$(sed '1,/^\.Sh EXAMPLES/d; /^\.Sh /,$d' "man/$1.1" |
		grep -c '^\.[BD][dl] ')"
}

# take_example WORDS: the one that has them becomes $tmp/script
take_example()
{
	rm -f "$tmp/script"
	mv "$(grep -lF -e "$1" "$tmp"/example.*)" "$tmp/script"
}

all_taken()
{
	cat "$tmp"/example.* 2>/dev/null | none "no example was left out"
}
