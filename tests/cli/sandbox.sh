# mpart, shut in: what it and its command may not do, and that its work goes on.
. tests/tap.sh

[ -x bin/mpart ] || skip_all "bin/mpart is not built"

mkdir "$tmp/w" && cd "$tmp/w" || exit 1

line=$(mpart -V | sed -n 's/^sandbox: //p')
is "-V says what is in force, in one line" \
	"$(echo "$line" | grep -c 'Landlock ABI [0-9]\|seccomp\|pledge\|^none')" 1

printf 'Subject: x\nContent-Type: text/html\n\n<p>html</p>\n' >html
cat >hostile <<'EOT'
Subject: x
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: text/plain; charset=iso-2022-jp

EOT
printf '\033$B$3$s\033(B\n' >>hostile
cat >>hostile <<'EOT'
--a
Content-Type: text/plain; charset=gb18030
Content-Disposition: attachment; filename="../x"
Content-Transfer-Encoding: base64

xOM=
--a--
EOT

# ---- its work

check "a charset whose table is loaded late" mpart -p 1 hostile
is "is converted" "$(cat "$tmp/out")" "こん"
check "another, from standard input" sh -c 'mpart -p 2 <hostile'
is "is converted, too" "$(cat "$tmp/out")" "你"
mkdir d
check "what is attached" mpart -x -d d hostile
is "is saved" "$(cat "$tmp/out")" "d/%2E.%2Fx"
check "below a directory by its whole path" mpart -x -d "$PWD/d" hostile
(cd d && check "in the working directory" mpart -x ../hostile)
is "is saved, too" "$(ls d | wc -l)" 3
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do
	cp hostile many/$i
done
check "many files" mpart -x -d d many/*
is "are all saved" "$(ls d | wc -l)" 12
check "names from standard input" sh -c 'printf "%s\n" many/* | mpart -i'
is "are all read" "$(grep -c multipart/mixed "$tmp/out")" 9
check "output to /dev/null" sh -c 'mpart -t hostile >/dev/null'
check "output to a file" sh -c 'mpart -t hostile >text'
is "is there" "$(grep -c こん text)" 1

# ---- what it cannot do

# blocked in reading: a message that does not end
mkfifo pipe
mpart -l <pipe >/dev/null 2>&1 &
pid=$!
exec 3>pipe

# holds FIELD VALUE: mpart's status comes to that
holds()
{
	await $pid is_value "$1" "$2"
	is "the kernel says so: $1" "$(value $1)" "$2"
}

is_value()
{
	[ "$(value $1)" = "$2" ]
}

value()
{
	sed -n "s/^$1:[[:blank:]]*//p" /proc/$pid/status
}

case $line in
*seccomp) holds NoNewPrivs 1 ;;
*) skip "the kernel says so" "impossible: $line" ;;
esac
case $line in
*", seccomp") holds Seccomp 2 ;;
*) skip "the kernel says so, of the filter" "impossible: $line" ;;
esac
exec 3>&-
wait $pid

# html NAME WANTED COMMAND: what a command of the configuration prints
html()
{
	mpart -t -o "html-command=$3 #" html >"$tmp/out" 2>"$tmp/err"
	is "$1" "$(sed -n '$p' "$tmp/out")" "$2"
}

html "a command still renders" "<P>HTML</P>" "tr a-z A-Z"
html "and drops its complaints" "<p>html</p>" "cat 2>/dev/null"
html "and writes to its output by name" "<p>html</p>" "cat >/dev/stdout"
case $line in
*Landlock\ ABI* | *unveil*)
	html "it writes no file" no "{ echo x >new || echo no; } 2>/dev/null"
	is "so there is none" "$(ls new 2>/dev/null)" ""
	html "it changes none" no "{ echo x >>html || echo no; } 2>/dev/null"
	html "it removes none" no "{ rm -f html || echo no; } 2>/dev/null"
	is "so it is there" "$(sed -n 1p html)" "Subject: x"
	;;
*)
	skip "a command writes no file" "impossible: $line"
	;;
esac
dial='import socket
try:
	socket.create_connection(("127.0.0.1", 9))
except OSError as e:
	print(type(e).__name__)'
if ! command -v python3 >/dev/null; then
	skip "a command opens no connection" "no python3"
else
	case $line in
	*", seccomp")
		printf '%s\n' "$dial" >dial
		html "it opens no connection" PermissionError "python3 dial"
		;;
	*)
		skip "a command opens no connection" "impossible: $line"
		;;
	esac
fi

finish
