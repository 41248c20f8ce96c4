#include <openssl/evp.h>

#include "net/apop.h"

int
apop_digest(struct span stamp, struct span secret, struct buf *out,
    struct err *e)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_made = context != NULL &&
	    EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1 &&
	    EVP_DigestUpdate(context, stamp.p, stamp.n) == 1 &&
	    EVP_DigestUpdate(context, secret.p, secret.n) == 1 &&
	    EVP_DigestFinal_ex(context, hash, &n) == 1;

	EVP_MD_CTX_free(context);
	if (!is_made)
		return err_set(e, ERR_AUTH, "no MD5 here, that APOP needs");
	for (unsigned i = 0; i < n; i++)
		buf_fmt(out, "%02x", hash[i]);
	return 0;
}
