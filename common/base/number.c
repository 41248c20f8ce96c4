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
	unsigned char c;
	size_t i = 0;

	*number = 0;
	do {
		if (i == rest->n || i == BYTES_MAX)
			return false;
		c = (unsigned char)rest->p[i];
		*number |= (uint64_t)(c & 0x7f) << 7 * i;
		i++;
	} while ((c & 0x80) != 0);
	*rest = span_from(*rest, i);
	return true;
}
