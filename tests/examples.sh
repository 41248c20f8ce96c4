# What tests of a manual page's EXAMPLES share.  After tests/tap.sh, at the top:
#
#	. tests/examples.sh
#	examples mlist
#	take_example 'mlist -F'
#	check "folders are counted" sh -e "$tmp/script"
#	all_taken

command -v mandoc >/dev/null || skip_all "mandoc is not installed"

# examples NAME [SECTION]: those of the page, a file each, as who reads it copies
# them: a "$ " that begins one is not part of it
examples()
{
	set -- "man/$1.${2:-1}"
	mandoc -Tascii -Owidth=500 "$1" | awk -v dir="$tmp" '
	{ gsub(/.\010/, "") }
	/^[A-Z]/ { on = $0 == "EXAMPLES" }
	!on { next }
	/^$/ {
		blank = "\n"
		next
	}
	/^           / {
		n += !is_in
		sub(/^           (\$ )?/, is_in ? blank : "")
		print >(dir "/example." n)
		is_in = 1
		blank = ""
		next
	}
	{ is_in = 0 }'
	is "there are examples" "$(ls "$tmp" | grep -c '^example\.')" \
		"$(sed '1,/^\.Sh EXAMPLES/d; /^\.Sh /,$d' "$1" |
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
