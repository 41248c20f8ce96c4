#include "base/sum.h"

#define PRIME UINT64_C(0x9e3779b97f4a7c15)
#define LANES 4

static uint64_t mix(uint64_t sum, uint64_t word);
static uint64_t mix_lanes(uint64_t sum, struct span);

uint64_t
sum_of(struct span s)
{
	size_t lanes = s.n - s.n % (LANES * sizeof(uint64_t));
	uint64_t sum = mix(PRIME, s.n), word;

	if (lanes > 0)
		sum = mix_lanes(sum, span_sub(s, 0, lanes));
	s = span_from(s, lanes);
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

/* A processor does four at once, where none waits for another. */
static uint64_t
mix_lanes(uint64_t sum, struct span s)
{
	uint64_t a = sum, b = ~sum, c = PRIME, d = ~PRIME, word[LANES];

	for (; s.n > 0; s = span_from(s, sizeof word)) {
		memcpy(word, s.p, sizeof word);
		a = mix(a, word[0]);
		b = mix(b, word[1]);
		c = mix(c, word[2]);
		d = mix(d, word[3]);
	}
	return mix(mix(mix(a, b), c), d);
}

/* One to one for each word, so that no single change goes unseen. */
static uint64_t
mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * PRIME;
	return sum ^ sum >> 29;
}
