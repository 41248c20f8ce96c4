#include "base/number.h"

#define BYTES_MAX 10 /* of 64 bits */

void
number_put(uint64_t number, struct buf *out)
{
	for (; number >= 0x80; number >>= 7)
		buf_char(out, (char)(number | 0x80));
	buf_char(out, (char)number);
}

bool
number_take_long(struct span *rest, uint64_t *number)
{
	size_t most = rest->n < BYTES_MAX ? rest->n : BYTES_MAX;
	uint64_t value = 0;
	unsigned char c;

	for (size_t i = 0; i < most; i++) {
		c = (unsigned char)rest->p[i];
		value |= (uint64_t)(c & 0x7f) << 7 * i;
		if ((c & 0x80) != 0)
			continue;
		*number = value;
		*rest = span_from(*rest, i + 1);
		return true;
	}
	return false;
}
