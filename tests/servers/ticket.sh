# Log-in by a Kerberos ticket, with a key distribution centre of our own: by
# IMAP, POP3 and SMTP, and as nobody but whom the ticket is for.
#
# krb5-kdc, krb5-user, krb5-admin-server and the libraries that they want need
# only be unpacked into one directory that KRB5_ROOT names.

. tests/tap.sh

case ${SERVER:=dovecot} in
dovecot) ;;
*) skip_all "impossible: $SERVER is not set up for it" ;;
esac
tree=${KRB5_ROOT-}
PATH=$tree/usr/sbin:$tree/usr/bin:$PATH:/usr/sbin
libraries=$(find "$tree/usr/lib" -name 'libkdb5.so*' 2>/dev/null | head -n 1)
libraries=${libraries%/*}
for program in krb5kdc kdb5_util kadmin.local kinit; do
	command -v $program >/dev/null || skip_all "not installed: $program"
done
modules=$(doveconf -h mail_plugin_dir 2>/dev/null)
[ -e "$modules/auth/libmech_gssapi.so" ] ||
	skip_all "not installed: Dovecot's GSSAPI"
. tests/servers/begin

centre=
tap_cleanup()
{
	[ -z "$centre" ] || kill $centre
	"$server" stop "$tmp/server"
}

# own COMMAND: with the centre's libraries
own()
{
	LD_LIBRARY_PATH=$libraries "$@"
}

realm=EXAMPLE.ORG
port=$((IMAP_PORT + 50))
# where the server's account gets at it, too
k=$SERVER_ROOT/kerberos
mkdir "$k"
cat >"$k/krb5.conf" <<END
[libdefaults]
 default_realm = $realm
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 $realm = {
  kdc = 127.0.0.1:$port
 }
[dbmodules]
 db_module_dir = $libraries/krb5/plugins/kdb
END
cat >"$k/kdc.conf" <<END
[kdcdefaults]
 kdc_listen = 127.0.0.1:$port
 kdc_tcp_listen = 127.0.0.1:$port
[realms]
 $realm = {
  database_name = $k/principal
  key_stash_file = $k/stash
 }
END
KRB5_CONFIG=$k/krb5.conf KRB5_KDC_PROFILE=$k/kdc.conf KRB5CCNAME=FILE:$k/ticket
export KRB5_CONFIG KRB5_KDC_PROFILE KRB5CCNAME
check "a realm" own kdb5_util create -s -P master
check "who is in it" own kadmin.local -q "addprinc -pw secret alice"
for service in imap pop smtp; do
	own kadmin.local -q "addprinc -randkey $service/localhost"
	own kadmin.local -q "ktadd -k $k/keytab $service/localhost"
done >"$tmp/out" 2>&1
chmod 755 "$k"
chmod 644 "$k/krb5.conf" "$k/keytab"
LD_LIBRARY_PATH=$libraries krb5kdc -n >"$tmp/centre" 2>&1 &
centre=$!
tries=0
until echo secret | own kinit alice >"$tmp/out" 2>&1 || [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
check "a ticket" test -s "$k/ticket"

sed -e 's/^  oauthbearer external/& gssapi/' \
	-e 's/^  mechanisms = plain login .*/& gssapi/' \
	"$SERVER_ROOT/dovecot.conf" >"$tmp/dovecot.conf"
cat >>"$tmp/dovecot.conf" <<END
auth_krb5_keytab = $k/keytab
auth_gssapi_hostname = "\$ALL"
import_environment = KRB5_CONFIG=$k/krb5.conf
END
cat "$tmp/dovecot.conf" >"$SERVER_ROOT/dovecot.conf"
"$server" down "$tmp/server"
check "a server that takes tickets" "$server" up "$tmp/server"
"$server" deliver "$tmp/server" alice "$top/README"

unset SATCHEL_PASSWORD
by="-o auth=GSSAPI -o tls-ca=$CA"
# name URL: the last line of the check of it
name()
{
	mfetch -K $by "$1" 2>"$tmp/err" | tail -n 1 | tr '\t' ' '
}
imap=imaps://alice@localhost:$IMAPS_PORT
pop=pop3s://alice@localhost:$POP3S_PORT
export SATCHEL_MAILDIR="$tmp/mail"
for url in "$imap" "imap://alice@localhost:$IMAP_PORT" "$pop" \
	"pop3://alice@localhost:$POP3_PORT"; do
	is "${url%%:*}" "$(name "$url")" "login ok GSSAPI alice"
done
is "the ticket's own name" "$(name "imaps://localhost:$IMAPS_PORT")" \
	"login ok GSSAPI"
SATCHEL_FROM=alice@example.org
SATCHEL_SEND=smtp://alice@localhost:$DOVECOT_SUBMISSION_PORT
export SATCHEL_FROM SATCHEL_SEND
is "SMTP" "$(msend -K $by 2>&1 | tail -n 1 | tr '\t' ' ')" \
	"login ok GSSAPI alice"
unset SATCHEL_FROM SATCHEL_SEND
check "what is there is fetched" mfetch $by "$imap"
is "whole" "$(sums "$tmp/mail")" "$(cksum <"$top/README" | cut -d ' ' -f 1,2)"
expect_status 77 "another user's ticket" mfetch $by \
	"imaps://bob@localhost:$IMAPS_PORT"
expect_status 77 "another user's ticket, POP3" mfetch $by \
	"pop3s://bob@localhost:$POP3S_PORT"
rm "$k/ticket"
expect_status 77 "no ticket" mfetch $by "$imap"
finish
