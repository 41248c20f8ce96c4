# Programs that call sendmail: what they send arrives, whole; and answers to
# messages on a server.
. tests/tap.sh
. tests/live.sh

live_start

# the server's own go with it
cp "$ALICE_PASSWORD" "$tmp/password"
cp "$CA" "$tmp/ca.pem"
mkdir -p "$tmp/sbin" "$XDG_CONFIG_HOME/satchel"
sendmail=$tmp/sbin/sendmail
ln -s "$top/bin/msend" "$sendmail"
cat >"$XDG_CONFIG_HOME/satchel/config" <<E
[alice]
address = Alice Example <alice@example.org>
send    = smtps://alice@localhost:$SUBMISSIONS_PORT
tls-ca  = $tmp/ca.pem
password-command = cat '$tmp/password'
aliases = $tmp/aliases
E
echo 'root: bob@example.org' >"$tmp/aliases"
printf 'Gr\303\274\303\237e\n.\nFrom here\n' >"$tmp/body"
sent=0

# arrived SUBJECT: one more message, of that subject and with that text
arrived()
{
	sent=$((sent + 1))
	check "it arrives" "$server" await "$tmp/server" bob $sent
	for file in "$MAIL_ROOT"/bob/new/*; do
		[ "$(mpart -H subject "$file")" != "$1" ] ||
			mpart -p 1 "$file"
	done >"$tmp/text"
	is "with its text" "$(cat "$tmp/text")" "$(cat "$tmp/body")"
}

# client NAME PROGRAM: skips where it is not installed
client()
{
	command -v "$2" >/dev/null || {
		skip "$1" "impossible: no $2"
		return 1
	}
}

# cron, php and mdadm as they do it
check "cron" sh -c '{
	printf "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@h> x\n"
	printf "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
	printf "Content-Transfer-Encoding: 8bit\n\n"
	cat "$2"
} | "$1" -FCronDaemon -i -B8BITMIME -oem root' sh "$sendmail" "$tmp/body"
arrived "Cron <root@h> x"
check "php" sh -c '{
	printf "To: bob@example.org\nSubject: php\n"
	printf "Content-Type: text/plain; charset=UTF-8\n\n"
	cat "$2"
} | "$1" -t -i' sh "$sendmail" "$tmp/body"
arrived php

if client mutt mutt; then
	echo "set sendmail='$sendmail -oem -oi' use_from copy=no
set from=alice@example.org charset=utf-8 allow_8bit" >"$tmp/muttrc"
	expect_status 0 mutt sh -c \
		'LC_ALL=C.UTF-8 mutt -n -F "$1" -s mutt bob@example.org <"$2"' \
		sh "$tmp/muttrc" "$tmp/body"
	arrived mutt
fi
if client s-nail s-nail; then
	expect_status 0 s-nail sh -c 'LC_ALL=C.UTF-8 MAILRC=/dev/null \
		s-nail -n -S "mta=$1" -S v15-compat -S sendwait \
		-S ttycharset=utf-8 -s s-nail bob@example.org <"$2"' \
		sh "$sendmail" "$tmp/body"
	arrived s-nail
fi

if [ -e "$(git --exec-path 2>/dev/null)/git-send-email" ]; then
	GIT_CONFIG_NOSYSTEM=1
	GIT_AUTHOR_NAME='Jörg Example'
	GIT_AUTHOR_EMAIL=alice@example.org
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
	GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
	export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	git init -q "$tmp/repository"
	cp "$tmp/body" "$tmp/repository"
	git -C "$tmp/repository" add body
	git -C "$tmp/repository" commit -q -m "Füge Text hinzu"
	git -C "$tmp/repository" format-patch -q --root -o "$tmp/patches"
	check "git" git -C "$tmp/repository" send-email --quiet \
		--confirm=never --to=bob@example.org \
		--smtp-server="$sendmail" "$tmp"/patches/*
	sent=$((sent + 1))
	check "it arrives" "$server" await "$tmp/server" bob $sent
	git init -q "$tmp/other"
	check "and applies" git -C "$tmp/other" am -q \
		"$(grep -l '^Subject: .PATCH' "$MAIL_ROOT"/bob/new/*)"
	check "to the same" cmp "$tmp/other/body" "$tmp/body"
else
	skip git "no git send-email"
fi

# an answer to a message on the server, which mfetch reads
cat >>"$XDG_CONFIG_HOME/satchel/config" <<EOF

[bob]
address = Bob <bob@example.org>
fetch   = imaps://bob@localhost:$IMAPS_PORT/
send    = maildir:$tmp/bob
tls-ca  = $tmp/ca.pem
password-command = cat '$tmp/password.bob'
EOF
cp "$BOB_PASSWORD" "$tmp/password.bob"
url=$(mfetch -a bob -n | head -n 1)
check "an answer to a URL" sh -c 'echo x | msend -n -a bob -r "$1" >"$2"' sh \
	"$url" "$tmp/answer"
is "names its message" "$(mpart -H in-reply-to "$tmp/answer")" \
	"$(mfetch -a bob -t - "$url" | sed -n '/^From /d
		s/^Message-[Ii][Dd]: //p' | head -n 1)"
check "a forward of it" sh -c \
	'echo x | msend -n -a bob -F "$1" carol@example.org >"$2"' sh "$url" \
	"$tmp/forward"
is "has it" "$(mpart -l "$tmp/forward" | cut -f 2 | sed -n 3p)" message/rfc822
expect_status 66 "one that is not there" sh -c 'echo x | msend -n -a bob \
	-r "$1"' sh "${url%;UID=*};UID=999999"

expect_status 69 "a recipient that is refused" sh -c \
	'echo x | "$1" -i rcpt-550@example.org' sh "$sendmail"
"$server" stop "$tmp/server"
rm -f "$tmp/server/env"
check "a server that is away" sh -c 'echo x | "$1" -i bob@example.org' sh \
	"$sendmail"
is "the message waits" "$("$sendmail" -bp | cut -f 2,7)" \
	"queued	bob@example.org"

finish
