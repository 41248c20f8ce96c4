# What does not belong into the code.
. tests/tap.sh

find common cmd tests -name '*.[ch]' 2>/dev/null | sort >"$tmp/files"
xargs awk -f tests/lint/code.awk <"$tmp/files" >"$tmp/code"

# ban WHY NAME...: functions that nothing may call
ban()
{
	why=$1
	shift
	grep -E "(^|[^A-Za-z0-9_])($(echo "$*" | tr ' ' '|')) *\(" \
	    "$tmp/code" | none "$why: $*"
}

ban "no bound" strcpy strcat sprintf vsprintf gets stpcpy strncpy strncat
ban "hidden state" strtok gmtime localtime ctime asctime rand \
    srand readdir_r getlogin
ban "no errors" atoi atol atoll atof scanf sscanf fscanf vsscanf
ban "a shell by accident" system popen wordexp
ban "a race" tmpnam tempnam mktemp tmpfile
ban "the stack" alloca setjmp longjmp sigsetjmp siglongjmp

grep -v '^tests/' "$tmp/code" >"$tmp/ours"
grep -E '[^A-Za-z0-9_](strerror|access|setlocale) *\(' "$tmp/ours" |
grep -vE '^(cmd|common/app)/[^:]*:[0-9]*:.*setlocale\(LC_CTYPE' |
none "not in the program: strerror access setlocale"

# only mem may end the program or print below app
grep -E '^common/(base|text|mail|proto|host|store|net)/' "$tmp/code" |
grep -v '^common/base/mem\.c:' |
grep -E '[^A-Za-z0-9_](printf|puts|putchar|perror|exit|abort|assert) *\(' |
none "a library neither prints nor exits"

grep '//' "$tmp/code" | none "comments are /* */"

# words, in all that is ours and is text
{
	find common cmd man tests .ci -type f ! -path '*/corpus/*' \
	    ! -path '*/found/*' ! -name '*.o' ! -name '*.san' \
	    ! -name '*.replay' ! -name '*.fuzz' 2>/dev/null
	ls README Makefile config.mk 2>/dev/null
} | grep -vE '^tests/unit/[^.]*$|lint/banned.sh$' | sort >"$tmp/words"

xargs grep -InE '(TODO|FIXME|[^X]XXX)([^A-Za-z_]|$)' <"$tmp/words" |
none "nothing is left for later"

xargs grep -InE '(^|[^A-Za-z0-9_.$}*])/(Users/|work/|home/([^a]|a[^n]))' \
    <"$tmp/words" | none "no path of one machine"

tlds='com|org|net|edu|de|uk|io|dev'
xargs grep -InEo \
    "[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.($tlds)([^A-Za-z0-9.-]|\$)" \
    <"$tmp/words" |
grep -vE '@[A-Za-z0-9.-]*example\.' |
none "addresses are at example.org, .com, .net"

finish
