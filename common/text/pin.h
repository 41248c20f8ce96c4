/*
 * Pins of public keys: sha256//BASE64 of the SubjectPublicKeyInfo (RFC 7469,
 * section 2.4); semicolons part several.
 */
#ifndef TEXT_PIN_H
#define TEXT_PIN_H

#include "base/span.h"

#define PIN_PREFIX "sha256//"
#define PIN_HASH 32   /* bytes of SHA-256 */
#define PIN_BASE64 44 /* of that hash */

/* True where there is one at least, and each is well formed. */
bool pin_is_list(struct span);

#endif
