# clang's analyzer finds nothing: within each function by default, through the
# calls between them with ANALYZE=deep, which takes ten times as long.
. tests/tap.sh

command -v clang >/dev/null || skip_all "no clang"
flags=$(MAKEFLAGS='' ${MAKE:-make} -s flags)

find common cmd tests/fuzz -name '*.c' |
xargs -n 8 -P 2 clang $flags --analyze -Xanalyzer -analyzer-output=text \
    -Xanalyzer -analyzer-config -Xanalyzer "mode=${ANALYZE:-shallow}" 2>&1 |
grep -E '(warning|error):' | none "analyzer"

finish
