# The examples of mpart's manual page do what they say.
. tests/tap.sh
. tests/examples.sh

[ -x bin/mpart ] || skip_all "bin/mpart is not built"
[ -x bin/mlist ] || skip_all "bin/mlist is not built"

examples mpart

# a pager, and a server's part, without a terminal or a network
mkdir "$tmp/bin" "$tmp/work" "$HOME/Mail"
cat >"$tmp/bin/less" <<'END'
#!/bin/sh
exec cat
END
cat >"$tmp/bin/mfetch" <<'END'
#!/bin/sh
say()
{
	printf '{"name":"a part","size":%d}\0%s' ${#1} "$1"
}
say 'Content-Type: application/pdf
Content-Transfer-Encoding: base64

'
say JVBERg==
cat >names
END
chmod +x "$tmp/bin/less" "$tmp/bin/mfetch"
cp bin/mpart "$tmp/bin" # it runs the mfetch beside itself
PATH=$tmp/bin:$PATH
url="imaps://ann@imap.example.org/INBOX;UIDVALIDITY=9/;UID=7"
export PATH url

cd "$tmp/work" || exit 1
cat >message.eml <<'END'
From: Ann <ann@example.org>
Subject: Hello
Content-Type: multipart/mixed; boundary=a

--a

Text.
--a
Content-Type: image/png; name=dot.png
Content-Transfer-Encoding: base64

iVBORw==
--a--
END
{
	echo "From ann@example.org Sat Nov 21 09:05:00 2026"
	cat message.eml
	printf '\nFrom bob@example.net Sat Nov 21 09:06:00 2026\nTo: x\n\ny\n'
} >archive.mbox
mkdir -p "$HOME/Mail/work/cur" "$HOME/Mail/work/new" "$HOME/Mail/work/tmp"
cp message.eml "$HOME/Mail/work/cur/1:2,S"
mkdir pictures

# example WORDS NAME WANTED: runs the example that has them
example()
{
	take_example "$1"
	check "$2" sh -e "$tmp/script"
	is "$2: prints" "$(cat "$tmp/out")" "$3"
}

tab=$(printf '\t')
text="From: Ann <ann@example.org>
Subject: Hello

Text.

[attachment 2: dot.png, image/png, 4 bytes]"
take_example 'mpart message.eml'
check "the parts" sh -e "$tmp/script"
is "are listed" "$(sed -n 3p "$tmp/out")" \
	"2${tab}image/png${tab}-${tab}base64${tab}-${tab}4${tab}dot.png"
example 'less' "a message" "$text"
example 'image/*' "the images of a folder" "pictures/dot.png"
is "are saved" "$(wc -c <pictures/dot.png | tr -d ' ')" 4
example '-H from' "fields" "Ann <ann@example.org>
Hello"
example 'mbox#0' "a message of an mbox" "$text"
example 'report.pdf' "an attachment on a server" ""
is "is saved" "$(cat report.pdf)" %PDF
take_example sha256sum
if command -v sha256sum >/dev/null; then
	check "a part's bytes" sh -e "$tmp/script"
	is "in a program" "$(cat "$tmp/out")" "$(printf '\211PNG' | sha256sum)"
else
	skip "a part's bytes in a program" "impossible: no sha256sum"
fi
all_taken

finish
