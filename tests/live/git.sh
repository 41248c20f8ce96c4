# git send-email with "msend -t" as its sendmail: patches arrive and apply.
. tests/tap.sh
. tests/live.sh
[ -e "$(git --exec-path)/git-send-email" ] || skip_all "no git send-email"

live_start

GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME='Jörg Example'
GIT_AUTHOR_EMAIL=alice@example.org
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
SATCHEL_SEND=smtps://alice@localhost:$SUBMISSIONS_PORT
SATCHEL_PASSWORD=$(cat "$ALICE_PASSWORD")
export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
    GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL SATCHEL_SEND SATCHEL_PASSWORD

repository="$tmp/repository"
git init -q "$repository"
cd "$repository" || exit 1
for n in 1 2 3; do
	printf 'Zeile %s: Größe\n.\nFrom %s\n' $n $n >>text
	git add text
	git commit -q -m "Füge Zeile $n hinzu"
done
git format-patch -q --root -o "$tmp/patches"

check "git sends three patches" git send-email --quiet --confirm=never \
    --to=bob@example.org \
    --sendmail-cmd="msend -t -o tls-ca=$CA -i" "$tmp"/patches/*
check "they arrive" "$server" await "$tmp/server" bob 3

SATCHEL_PASSWORD=$(cat "$BOB_PASSWORD") mfetch -o tls-ca="$CA" \
    -t "$tmp/mail" "imaps://bob@localhost:$IMAPS_PORT/" >"$tmp/new"
mlist -i -s date -f '%s' <"$tmp/new" >"$tmp/subjects"
is "in their order, readable" "$(cat "$tmp/subjects")" \
    "[PATCH 1/3] Füge Zeile 1 hinzu
[PATCH 2/3] Füge Zeile 2 hinzu
[PATCH 3/3] Füge Zeile 3 hinzu"

git init -q "$tmp/other"
cd "$tmp/other" || exit 1
check "and apply" git am -q $(mlist -i -s date <"$tmp/new")
check "to the same text" cmp text "$repository/text"
cd "$top" || exit 1

finish
