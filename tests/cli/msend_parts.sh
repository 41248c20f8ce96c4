# What msend composes, read back by others: Python's email, mpart, reformime.
. tests/tap.sh

SATCHEL_FROM='Ann Example <ann@example.org>'
SATCHEL_SEND=maildir:$tmp/box
export SATCHEL_FROM SATCHEL_SEND
command -v python3 >/dev/null || skip_all "no python3"

cat >"$tmp/matrix.py" <<'E'
import email, email.policy, itertools, os, subprocess, sys
tmp = sys.argv[1]
reformime = sys.argv[2] == "yes"
texts = {
    "empty": b"", "ascii": b"Hi Bob.\n.\nbye\n", "no end": b"Hi",
    "crlf": b"a\r\nb\r\n", "from": b"From me\n>From you\n",
    "utf8": "Grüße an alle, die das lesen.\n".encode(),
    "greek": "αβγδε ζηθικ λμνξο\n".encode() * 3,
    "latin1": "Grüße\n".encode("latin-1"), "nul": b"a\0b\n",
    "long": b"x" * 3000 + b"\n", "longer": "ä".encode() * 3000,
    "blanks": b"a \n\t\nb\t\n", "cr": b"a\rb\n",
}
files = {
    "empty.txt": b"", "plain.txt": b"some text\n", "none.txt": b"no end",
    "from.diff": b"From x\n-a \n+b\n", "utf8.csv": "a,ü\n".encode(),
    "crlf.csv": b"a,b\r\n", "latin1.txt": b"\xe4\n", "nul.txt": b"a\0\n",
    "long.txt": b"y" * 2000 + b"\n", "blob.bin": bytes(range(256)) * 40,
    "a\u0308 \"q\" \\ ; x.pdf": b"%PDF-1.4\n",
    "m.eml": b"From: a@example.org\nSubject: s\n\nbody\n",
    "m8.eml": "From: a@example.org\n\nbödy\n".encode(),
}
html = '<p>Grüße <img src="cid:logo.png">\n'.encode()
def put(name, data):
    with open(os.path.join(tmp, name), "wb") as f:
        f.write(data)
for name, data in files.items():
    put(name, data)
put("page.html", html)
put("logo.png", b"\x89PNG\r\n\x1a\n\0\1")

def lines(data):
    "text as others see it: LF, and one at its end"
    data = data.replace(b"\r\n", b"\n")
    return data if data == b"" or data.endswith(b"\n") else data + b"\n"

def run(what, args, stdin, wanted_types):
    p = subprocess.run(["msend", "-n", "-s", "Grüße", *args,
        "bob@example.org"], input=stdin, capture_output=True, cwd=tmp,
        env={**os.environ, "LC_ALL": "C"})
    if p.returncode != 0:
        return print(what, "exit", p.returncode, p.stderr)
    raw = p.stdout
    for line in raw.split(b"\n"):
        if len(line) > 998:
            print(what, "a long line")
        if b"\r" in line or b"\0" in line:
            print(what, "a CR or NUL")
    if b"unknown-8bit" in raw or b"flowed" in raw:
        print(what, "an odd type")
    m = email.message_from_bytes(raw, policy=email.policy.default)
    for part in m.walk():
        if part.defects:
            print(what, part.defects)
    types = [p.get_content_type() for p in m.walk()
        if p is m or True]
    if wanted_types is not None and types != wanted_types:
        print(what, types, "not", wanted_types)
    if m["Subject"] != "Grüße":
        print(what, "subject", m["Subject"])
    mine = subprocess.run(["mpart", "-l"], input=raw, capture_output=True)
    if [l.split(b"\t")[1].decode() for l in mine.stdout.splitlines()] != types:
        print(what, "mpart:", mine.stdout)
    if reformime:
        theirs = subprocess.run(["reformime", "-i"], input=raw,
            capture_output=True)
        got = [l.split(b" ")[1].decode() for l in theirs.stdout.splitlines()
            if l.startswith(b"content-type: ")]
        if got != types:
            print(what, "reformime:", got, "not", types)
    return m

def body(m, kind="plain"):
    return m.get_body(preferencelist=(kind,)).get_content().encode()

for name, text in texts.items():
    m = run("text " + name, [], text, ["text/plain"])
    want = text
    if name == "latin1":
        want = "Grüße\n".encode() if b"\xfc" in text else text
    if m is not None and lines(body(m)) != lines(want):
        print("text", name, body(m)[:80])

for name, data in files.items():
    inner = ["text/plain"] if name.endswith(".eml") else []
    m = run("file " + name, ["-A", name], b"see\n", None)
    if m is None:
        continue
    part = list(m.iter_attachments())[0]
    if part.get_filename() != name:
        print("file", name, "is called", part.get_filename())
    if part.get_content_maintype() == "message":
        got = part.get_content().as_bytes()
    else:
        got = part.get_payload(decode=True)
    if got != data:
        print("file", name, "came back as", got[:80])
    if body(m) != b"see\n":
        print("file", name, "body", body(m))

for n in range(1, 5):
    for kinds in itertools.combinations("aAIt", n):
        args, wanted = [], ["text/plain"] if "t" in kinds else []
        if "a" in kinds:
            args += ["-e", "page.html"]
            wanted += ["text/html"]
        if "I" in kinds and not wanted:
            wanted = ["text/plain"]
        if len(wanted) > 1:
            wanted = ["multipart/alternative"] + wanted
        if "I" in kinds:
            args += ["-I", "logo.png"]
            wanted = ["multipart/related"] + wanted + ["image/png"]
        if "A" in kinds:
            args += ["-A", "plain.txt"]
            wanted = ["multipart/mixed"] + wanted + ["text/plain"]
        m = run("kinds " + "".join(kinds), args,
            b"text\n" if "t" in kinds else b"", wanted)
        if m is None:
            continue
        if "a" in kinds and body(m, "html") != html:
            print(kinds, body(m, "html"))
        for part in m.walk():
            if part.get_content_type() == "image/png" and \
                part["Content-ID"] != "<logo.png>":
                print(kinds, part["Content-ID"])
E
reformime=no
! command -v reformime >/dev/null || reformime=yes
python3 "$tmp/matrix.py" "$tmp" $reformime 2>&1 | none "every mixture reads back"

# the charset of the text
echo 'Gr\374\337e' >"$tmp/text"
printf 'Gr\374\337e\n' >"$tmp/latin1"
is "charset" "$(msend -n -o charset=iso-8859-2 bob@example.org \
	<"$tmp/latin1" 2>&1 | mpart -p 1)" "Grüße"
is "-M's charset" "$(msend -n -M 'text/plain; charset=koi8-r' bob@example.org \
	<"$tmp/latin1" 2>&1 | mpart -p 1)" "GrЭъe"
is "-M" "$(echo '*a*' | msend -n -M 'text/markdown; variant=GFM' \
	bob@example.org 2>"$tmp/err" | mpart -l | cut -f 2,3)" \
	"text/markdown	us-ascii"
is "-M of data" "$(printf '{"a":\r\n1}' | msend -n -M application/json \
	bob@example.org 2>"$tmp/err" | mpart -b -p 1)" "$(printf '{"a":\r\n1}')"
for type in text 'text/a
Bcc: x@example.org' multipart/mixed message/rfc822 'text/x; a=b
c: d'; do
	expect_status 64 "-M that is none" msend -n -M "$type" bob@example.org \
		</dev/null
done

# names of files
cd "$tmp" || exit 1
echo text >a=b
echo other >b
is "name=file" "$(msend -n -A a=b x@example.org </dev/null 2>err |
	mpart -p 1)" other
is "a path with =" "$(msend -n -A ./a=b x@example.org </dev/null 2>err |
	mpart -l | cut -f 7 | tail -n 1)" a=b
is "a name of its own, with a type" "$(msend -n -A x.html=./b x@example.org \
	</dev/null 2>err | mpart -l | tail -n 1 | cut -f 2,7)" "text/html	x.html"
is "standard input" "$(echo '%PDF-1.4' | msend -n -A - x@example.org 2>err |
	mpart -l | tail -n 1 | cut -f 2,7)" "application/pdf	attachment"
expect_status 64 "standard input twice" msend -n -A - -e - x@example.org \
	</dev/null
expect_status 64 "a line end in a name" msend -n -A "a
b=b" x@example.org </dev/null
expect_status 64 "a CR in a name" msend -n -A "$(printf 'a\rb')=b" \
	x@example.org </dev/null
expect_status 64 "a blank in a Content-ID" msend -n -I "a b=b" x@example.org \
	</dev/null
expect_status 66 "a missing file" msend -n -A absent x@example.org </dev/null
expect_status 66 "a directory" msend -n -e . x@example.org </dev/null
expect_status 66 "a missing message" msend -n -r absent </dev/null
expect_status 66 "a missing message to forward" msend -n -F absent \
	x@example.org </dev/null
expect_status 65 "no message" msend -n -r ./b </dev/null
if [ "$(id -u)" -ne 0 ]; then
	chmod 000 b
	expect_status 66 "an unreadable file" msend -n -A b x@example.org \
		</dev/null
	chmod 600 b
else
	skip "an unreadable file" "impossible: root reads all"
fi
mkfifo pipe
echo piped >pipe &
is "a FIFO" "$(msend -n -A pipe x@example.org </dev/null 2>err | mpart -p 1)" \
	piped
wait
head -c 3000000 /dev/zero >grows
(while [ ! -e stop ]; do echo more; done) >>grows &
check "a file that grows" msend -Q -A grows x@example.org </dev/null
: >stop
wait
is "is whole as far as it went" "$(msend -q "$(msend -p | cut -f 1)";
	cat box/new/* | mpart -b -p 1 | head -c 3000000 | cmp - grows 2>&1)" \
	"cmp: EOF on - after byte 3000000, in line 1"

head -c 1000000 /dev/zero >shrinks
mkfifo wait
{
	exec 3>wait # opened once the file before is
	: >shrinks
	echo >&3
} &
expect_status 74 "a file that is cut meanwhile" msend -s x -A shrinks \
	-A wait x@example.org </dev/null
wait
is "is told" "$(cat "$tmp/err")" "msend: a file was cut while it was read"

# numbers of recipients, sizes of subjects
awk 'BEGIN { for (i = 0; i < 10000; i++) print "user" i "@example.org" }' >many
{
	paste -s -d , many | sed 's/^/To: /'
	printf '\nx\n'
} >ready
check "10,000 recipients" msend -n -b "$(sed -n 1,5000p many |
	paste -s -d , -)" -b "$(sed -n '5001,$p' many | paste -s -d , -)" <b
is "all of them" "$(grep -c '^msend: to <user' err)" 10000
is "none is shown" "$(grep -c user out)" 0
check "in a header" sh -c 'tr , "\n" <ready | sed "2,10000s/^/ ,/" | msend -n -t'
is "all of those" "$(grep -c '^msend: to <user' err)" 10000
subject=$(awk 'BEGIN { for (i = 0; i < 9000; i++) printf "ü%d ", i }')
check "a long subject" msend -n -s "${subject% }" x@example.org </dev/null
is "comes back" "$(mpart -H subject out)" "${subject% }"
awk 'length > 78' out | none "in short lines"
cd "$top" || exit 1

finish
