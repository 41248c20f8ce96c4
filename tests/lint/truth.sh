# The third law: a result is compared, and none that can fail is ignored.
. tests/tap.sh

# Functions that take a struct err are found in the code.  These are the
# system's: "must" has to be looked at, "order" answers -1, 0 or 1.
must="read write pread pwrite readv writev fread fwrite fflush fclose fsync
fdatasync rename renameat link linkat symlink mkdir mkdirat ftruncate open
openat pipe pipe2 dup dup2 fstat fstatat lstat stat waitpid poll lseek
fseek fseeko chdir fchdir sqlite3_step sqlite3_exec sqlite3_open_v2
sqlite3_prepare_v2 curl_easy_perform curl_easy_setopt
tls_handshake tls_read tls_write"
order="strcmp strncmp memcmp strcasecmp strncasecmp span_cmp"

find common cmd -name '*.[ch]' 2>/dev/null | sort |
xargs awk -f tests/lint/code.awk >"$tmp/code"
awk -v must="$must" -v order="$order" -f tests/lint/truth.awk \
    "$tmp/code" "$tmp/code" >"$tmp/faults"

for fault in negated compared ignored; do
	grep ": $fault: " "$tmp/faults" >"$tmp/one"
	none "no result is $(echo "$fault" | sed 's/compared/un&/')" <"$tmp/one"
done
is "the functions that can fail are found" \
    "$(grep -c '^known [1-9]' "$tmp/faults")" 1

finish
