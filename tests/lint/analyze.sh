# clang's analyzer finds nothing.
. tests/tap.sh

command -v clang >/dev/null || skip_all "no clang"
flags=$(MAKEFLAGS='' ${MAKE:-make} -s flags)

find common cmd tests/fuzz tests/unit -name '*.c' |
xargs -n 8 -P 2 clang $flags --analyze -Xanalyzer -analyzer-output=text 2>&1 |
none "clang --analyze"

finish
