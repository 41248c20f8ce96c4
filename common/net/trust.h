/*
 * Which servers are trusted: the trust file, the client certificate's files
 * and the pin of a public key, as struct server names them.  No socket here.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include "net/wire.h"

/*
 * That the files are there and the pins well formed, so that both wires say
 * the same of what is wrong with them: ERR_CONFIG.
 */
int trust_check(const struct server *, struct err *);

/*
 * The system's file of authorities: preferred where it is there, else the
 * first of the places where systems keep theirs.  NULL where there is none.
 */
const char *trust_default_ca(const char *preferred);

/*
 * The pin of the first certificate in PEM: appends sha256//BASE64 of its
 * public key (SubjectPublicKeyInfo, RFC 7469 section 2.4).  ERR_AUTH if there
 * is none.
 */
int trust_pin(struct span pem, struct buf *, struct err *);

/* Tells the server's watch of each certificate in PEM. */
void trust_tell(const struct server *, struct span pem);

/* True if the pin is among pins, which semicolons part. */
bool trust_has_pin(struct span pins, struct span pin);

#endif
