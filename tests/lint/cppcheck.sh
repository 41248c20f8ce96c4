# cppcheck finds nothing.
. tests/tap.sh

command -v cppcheck >/dev/null || skip_all "no cppcheck"

# readdir is safe where each caller has its own directory, and the checker's
# readdir_r is not.
cppcheck -q -j 2 --std=c11 --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem \
    --suppress=readdirCalled --library=posix \
    -I common -I cmd common cmd 2>&1 | none "cppcheck"

finish
