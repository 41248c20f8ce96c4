#include <idn2.h>

#include "net/idn.h"

bool
idn_ascii(const char *domain, struct buf *out)
{
	char *ascii = NULL;

	if (idn2_to_ascii_8z(domain, &ascii,
		IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
		return false;
	buf_str(out, ascii);
	idn2_free(ascii);
	return true;
}
