#include "text/enc.h"
#include "text/pin.h"

static bool is_pin(struct span);

bool
pin_is_list(struct span pins)
{
	struct span pin;
	bool is_any = false;

	while (span_cut(&pins, ';', &pin) == 1) {
		if (!is_pin(span_trim(pin)))
			return false;
		is_any = true;
	}
	return is_any;
}

static bool
is_pin(struct span s)
{
	struct buf hash = {0};
	bool is_whole;

	if (!span_starts(s, SPAN(PIN_PREFIX)))
		return false;
	s = span_from(s, sizeof PIN_PREFIX - 1);
	is_whole = s.n == PIN_BASE64 && enc_unbase64(s, &hash) &&
	    hash.n == PIN_HASH;
	buf_free(&hash);
	return is_whole;
}
