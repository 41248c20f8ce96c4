#include <gsasl.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <zlib.h>

#include "app/libraries.h"

void
libraries_name(struct buf *out)
{
	buf_fmt(out, "%s\nGNU SASL %s\nSQLite %s\nzlib %s\n",
	    OpenSSL_version(OPENSSL_VERSION), gsasl_check_version(NULL),
	    sqlite3_libversion(), zlibVersion());
}
