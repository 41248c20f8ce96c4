# mlist -l on a terminal: each line ends where the terminal does, whatever is in
# it, and nothing in it is the terminal's to obey.
. tests/tap.sh

command -v python3 >/dev/null || skip_all "python3 is not installed"
cd "$tmp" || exit 1

# on COLUMNS COMMAND...: what it prints on a terminal that is so wide, to the
# file out; the columns of each line, as a terminal counts them
cat >on <<'END'
import fcntl, os, pty, struct, sys, termios, unicodedata
pid, fd = pty.fork()
if pid == 0:
    size = struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0)
    fcntl.ioctl(1, termios.TIOCSWINSZ, size)
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
try:
    while True:
        got = os.read(fd, 65536)
        if not got:
            break
        said += got
except OSError:
    pass
os.waitpid(pid, 0)
said = said.replace(b"\r\n", b"\n")
with open("shown", "wb") as f:
    f.write(said)
for line in said.decode().splitlines():
    n = 0
    for c in line:
        if unicodedata.category(c) not in ("Mn", "Me", "Cf"):
            n += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    print(n)
END

# message NAME FROM SUBJECT
message()
{
	printf 'From: %b\nSubject: %b\nDate: Sat, 21 Nov 2026 09:05:00 +0000\n\n' \
		"$2" "$3" >"$1"
}
x='xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
message plain 'a@example.org' "$x$x"
message wide \
	'\0346\0227\0245\0346\0234\0254\0346\0227\0245\0346\0234\0254\0346\0227\0245\0346\0234\0254\0346\0227\0245\0346\0234\0254\0346\0227\0245\0346\0234\0254\0346\0227\0245 <a@x>' \
	"${x#???????}\\0346\\0227\\0245\\0346\\0234\\0254"
message odd 'a@x' "${x#??????}\\0346\\0227\\0245\\0346\\0234\\0254"
message combining 'e\0314\0201\0314\0202 <a@x>' \
	"e\\0314\\0201\\0314\\0202$x$x"
message hostile '\0033[31mRed <a@x>' \
	'\0033]0;title\0007\0342\0200\0256bidi \0302\0233C1\0013\0177'"$x"
message empty '' ''
set -- plain wide odd combining hostile empty

for n in 20 1 80; do
	python3 on $n mlist -l "$@" >columns
	is "$n columns: a line each" "$(wc -l <shown | tr -d ' ')" 6
	awk -v n=$n '$1 > n' columns >longer
	none "and no longer" <longer
done
is "filled to the end, but for half of a wide one" \
	"$(sed -n 1,4p columns | tr '\n' ' ')" "80 80 79 80 "
is "nothing to obey" "$(LC_ALL=C tr -d '\n -~\200-\377' <shown |
	wc -c | tr -d ' ')" 0
mlist -l "$@" | cat >all
is "elsewhere nothing is cut" "$(sed -n 1p all | cut -c46-)" "$x$x"

# what takes over a second says how far it is; what takes so long here is a
# server that is not to be had
mkdir -p md/cur md/new md/tmp
cp plain wide odd md/cur
cat >slow <<'END'
end=$(($(date +%s) + 2))
until [ $(date +%s) -ge $end ]; do
	sleep 0.1
done
END
cat >config <<'END'
[slow]
fetch = imap://ann@localhost
tls = no
tunnel = sh slow; :
END
chmod 600 config
python3 on 80 mlist -C config -c -q from:a@example @slow/INBOX md >columns
is "work over a second is told of" "$(tr '\r' '\n' <shown |
	sed -n 's/^mlist: \([0-9]* of.*\)/\1/p')" "3 of 3 messages"
is "which is gone at its end" "$(tail -n 1 shown | sed 's/.*\r *\r//')" 1
python3 on 80 mlist -c -q from:a@example md >columns
is "what is quick is not" "$(cat shown)" 1

finish
