# clang's analyzer finds nothing.
. tests/tap.sh

command -v clang >/dev/null || skip_all "no clang"
flags=$(MAKEFLAGS='' ${MAKE:-make} -s flags)

analyze()
{
	xargs -n 8 -P 2 clang $flags --analyze \
	    -Xanalyzer -analyzer-output=text "$@" 2>&1 |
	grep -E '(warning|error):'
}

echo common/base/err.c | analyze | none "err"
find common cmd tests/fuzz -name '*.c' ! -path common/base/err.c |
analyze -include tests/lint/analyze.h -Wno-unused-value | none "the others"

finish
