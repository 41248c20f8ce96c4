#include <stddef.h>

#include "text/eten.h"

/* Runs of characters from 0xC6A1 on, which is U+F6B1. */
static const struct run {
	uint32_t private, n, meant;
} runs[] = {
    {0xf6b1, 10, 0x2460}, {0xf6bb, 10, 0x2474}, {0xf6c5, 10, 0x2170},
    {0xf6ea, 2, 0x30fd}, {0xf6ec, 2, 0x309d}, {0xf6f0, 3, 0x3005},
    {0xf6f3, 1, 0x30fc}, {0xf6f4, 1, 0xff3b}, {0xf6f5, 1, 0xff3d},
    {0xf6f6, 1, 0x273d}, {0xf6f7, 83, 0x3041}, {0xf74a, 86, 0x30a1},
    {0xf7a0, 6, 0x0410}, {0xf7a6, 1, 0x0401}, {0xf7a7, 32, 0x0416},
    {0xf7c7, 1, 0x0451}, {0xf7c8, 26, 0x0436}};

uint32_t
eten_char(uint32_t c)
{
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
		if (c >= runs[i].private && c - runs[i].private < runs[i].n)
			return runs[i].meant + (c - runs[i].private);
	return c;
}
