#include "base/buf.h"
#include "unit/unit.h"

#define MODEL_MAX 4096

/* What a buf should hold, kept the plain way. */
struct model {
	char p[MODEL_MAX];
	size_t n;
};

static void
same(const struct buf *b, const struct model *m)
{
	unit_bytes(buf_view(b), m->p, m->n);
	ck_assert_int_eq(buf_cstr(b)[b->n], '\0');
	ck_assert(b->p == NULL || b->n < b->cap);
}

/* A sequence that is the same on every machine. */
static unsigned
next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff;
}

static void
append(struct buf *b, struct model *m, unsigned how, unsigned n)
{
	char bytes[64];

	for (unsigned i = 0; i < n; i++)
		bytes[i] = (char)(how + i * 3);
	if (how % 3 == 0) {
		buf_add(b, bytes, n);
	} else if (how % 3 == 1) {
		memcpy(buf_room(b, 64), bytes, n);
		buf_grew(b, n);
	} else {
		memset(bytes, 'z', n);
		buf_fmt(b, "%.*s", (int)n, bytes);
	}
	memcpy(m->p + m->n, bytes, n);
	m->n += n;
}

START_TEST(zero_is_empty)
{
	struct buf b = {0};

	ck_assert_str_eq(buf_cstr(&b), "");
	ck_assert_uint_eq(buf_view(&b).n, 0);
	buf_add(&b, NULL, 0);
	buf_str(&b, "");
	buf_span(&b, (struct span){NULL, 0});
	buf_fmt(&b, "%s", "");
	buf_drop(&b, 0);
	buf_drop(&b, 9);
	buf_cut(&b, 0);
	buf_cut(&b, 9);
	ck_assert_ptr_null(b.p);
	buf_free(&b);
	buf_wipe(&b);
	ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(each_way_to_add)
{
	struct buf b = {0};

	buf_str(&b, "one ");
	buf_char(&b, 't');
	buf_span(&b, SPAN("wo "));
	buf_add(&b, "\0", 1);
	buf_fmt(&b, "%03d%s", 7, "!");
	buf_number(&b, 0);
	buf_number(&b, UINT64_MAX);
	unit_bytes(buf_view(&b), "one two \0" "007!018446744073709551615", 34);
	buf_free(&b);
}
END_TEST

/* Random changes leave what the plain model has. */
START_TEST(does_as_the_model)
{
	static struct model m;
	struct buf b = {0};
	unsigned seed = 1, n;

	for (int i = 0; i < 20000; i++) {
		n = next(&seed) % 64;
		if (m.n + n < MODEL_MAX && next(&seed) % 3 != 0) {
			append(&b, &m, next(&seed), n);
		} else if (next(&seed) % 8 != 0) {
			buf_drop(&b, n);
			n = n < m.n ? n : (unsigned)m.n;
			memmove(m.p, m.p + n, m.n - n);
			m.n -= n;
		} else {
			buf_cut(&b, n * 64);
			m.n = m.n < n * 64 ? m.n : n * 64;
		}
		same(&b, &m);
	}
	buf_free(&b);
}
END_TEST

/* A queue of bytes stays as small as what is in it. */
START_TEST(dropped_bytes_are_used_again)
{
	struct buf b = {0};
	size_t most = 0;

	for (int i = 0; i < 100000; i++) {
		buf_str(&b, "0123456789");
		buf_drop(&b, b.n > 100 ? 10 : 0);
		if (b.cap + b.dead > most)
			most = b.cap + b.dead;
	}
	ck_assert_uint_le(most, 512);
	buf_free(&b);
}
END_TEST

START_TEST(room_is_not_content)
{
	struct buf b = {0};
	char *room = buf_room(&b, 10);

	memset(room, 'x', 10);
	ck_assert_uint_eq(b.n, 0);
	buf_grew(&b, 4);
	ck_assert_str_eq(buf_cstr(&b), "xxxx");
	buf_cut(&b, 1);
	ck_assert_str_eq(buf_cstr(&b), "x");
	buf_wipe(&b);
	ck_assert_uint_eq(b.cap, 0);
}
END_TEST

/* Sizes that wrap around end the program; they never write. */
START_TEST(too_much)
{
	struct buf b = {0};

	buf_str(&b, "some");
	buf_room(&b, SIZE_MAX);
}
END_TEST

START_TEST(too_much_by_the_nul)
{
	struct buf b = {0};

	buf_str(&b, "some");
	buf_room(&b, SIZE_MAX - 4);
}
END_TEST

START_TEST(too_much_after_a_drop)
{
	struct buf b = {0};

	buf_str(&b, "some more");
	buf_drop(&b, 3);
	buf_room(&b, SIZE_MAX - 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("buf");

	unit_test(s, zero_is_empty);
	unit_test(s, each_way_to_add);
	unit_test(s, does_as_the_model);
	unit_test(s, dropped_bytes_are_used_again);
	unit_test(s, room_is_not_content);
	unit_exits(s, too_much, 71);
	unit_exits(s, too_much_by_the_nul, 71);
	unit_exits(s, too_much_after_a_drop, 71);
	return unit_main_fork(s);
}
