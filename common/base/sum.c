#include "base/sum.h"

#define PRIME UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t sum, uint64_t word);

uint64_t
sum_of(struct span s)
{
	uint64_t sum = mix(PRIME, s.n), word;

	while (s.n >= sizeof word) {
		memcpy(&word, s.p, sizeof word);
		sum = mix(sum, word);
		s = span_from(s, sizeof word);
	}
	word = 0;
	if (s.n > 0)
		memcpy(&word, s.p, s.n);
	return mix(sum, word);
}

/* One to one for each word, so that no single change goes unseen. */
static uint64_t
mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * PRIME;
	return sum ^ sum >> 29;
}
