# The manual: well formed, complete.
. tests/tap.sh

pages=$(ls man/*.[1-8] 2>/dev/null)
[ -n "$pages" ] || skip_all "no page yet"

if command -v mandoc >/dev/null; then
	for page in $pages; do
		mandoc -Tlint -Wwarning "$page" 2>&1
	done | none "mandoc has nothing to say"
else
	skip "mandoc has nothing to say" "no mandoc"
fi

for tool in cmd/mfetch.c cmd/msend.c cmd/mlist.c cmd/mpart.c; do
	name=$(basename $tool .c)
	[ ! -f $tool ] || [ -f "man/$name.1" ] || echo "$name"
done | none "each tool has its page"

for page in $pages; do
	case $page in
	*.1) set -- NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES \
	    STANDARDS CAVEATS ;;
	*) set -- NAME DESCRIPTION STANDARDS ;;
	esac
	for section; do
		grep -qx "\.Sh $section" "$page" || echo "$page: no $section"
	done
done | none "each page has its sections"

# Each option of a tool's SYNOPSIS is explained in a list, there or, if it is
# common to all, in satchel(7).
for page in man/*.1; do
	[ -f "$page" ] || continue
	awk -v page="$page" '
	FNR == 1 { section = "" }
	/^\.Sh / { section = $2 }
	section == "SYNOPSIS" && /^\.(Op )?Fl/ {
		for (i = 1; i <= NF; i++)
			if ($i == "Fl")
				letters = letters $(i + 1)
	}
	section != "SYNOPSIS" && /^\.It.* Fl / {
		for (i = 1; i <= NF; i++)
			if ($i == "Fl")
				told[$(i + 1)] = 1
	}
	END {
		for (i = 1; i <= length(letters); i++)
			if (!(substr(letters, i, 1) in told))
				print page ": -" substr(letters, i, 1)
	}' "$page" man/satchel.7
done | none "each option is explained"

finish
