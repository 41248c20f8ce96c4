# gcc and clang accept everything, each header by itself.
. tests/tap.sh

flags=$(MAKEFLAGS='' ${MAKE:-make} -s flags)

for cc in gcc clang; do
	if command -v $cc >/dev/null; then
		find common cmd tests -name '*.c' |
		xargs $cc $flags -fsyntax-only 2>&1 |
		none "$cc accepts all"
		find common cmd tests -name '*.h' |
		xargs $cc $flags -Wno-unused -x c -fsyntax-only 2>&1 |
		none "$cc accepts each header"
	else
		skip "$cc accepts all" "no $cc"
	fi
done

finish
