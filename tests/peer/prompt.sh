# The question for a password: on a terminal, in the foreground, once, and
# without an echo; nowhere else.

. tests/tap.sh
. tests/peer.sh

export SATCHEL_FROM=ann@example.org
cd "$tmp" || exit 1

# pty ANSWER COMMAND...: runs it on a terminal of its own, types the answer to
# its first question, prints what the terminal shows; its exit status
cat >pty <<'END'
import os, pty, sys
answer, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown, typed = b"", False
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if not typed and b"Password for " in shown and shown.endswith(b": "):
        os.write(fd, answer.encode() + b"\n")
        typed = True
os.write(1, shown.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
# no terminal at all
cat >alone <<'END'
import os, sys
os.setsid() if os.getpid() != os.getsid(0) else None
os.execvp(sys.argv[1], sys.argv[1:])
END

cat >script <<'END'
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged AUTHENTICATE PLAIN AGFubgBodW50ZXIyMg==
send ${T} OK [CAPABILITY IMAP4rev1] in
expect-tagged LOGOUT
send * BYE
send ${T} OK
END
peer_start asked -n 2 <script
url=imap://ann@localhost:$peer_port
check "a password that is typed" python3 pty hunter22 \
	mfetch -K -o tls=no "$url" "$url"
peer_end asked "serves two connections"
is "it is asked for once" \
	"$(grep -c 'Password for ann at localhost: ' out)" 1
grep hunter22 out | none "and not shown"

cat >script <<'END'
send * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
expect-tagged LOGOUT
END
peer_start empty <script
expect_status 78 "an empty answer" python3 pty "" mfetch -K -o tls=no \
	"imap://ann@localhost:$peer_port"
peer_end empty "is not sent"
peer_start alone <script
expect_status 78 "no terminal" python3 alone mfetch -K -o tls=no \
	"imap://ann@localhost:$peer_port"
is "is told" "$(sed -n 's/^login	failed	//p' out)" \
	"no password, and no terminal to ask on"
peer_end alone "nothing is sent"

finish
