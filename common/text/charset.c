#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "text/charset.h"
#include "text/eten.h"

#define NAME_MAX_CHARS 40 /* no charset's name is longer */
#define FOLDED_BYTES (NAME_MAX_CHARS + 5)
#define HELD_MAX 16	  /* bytes of one character or escape sequence */
#define ROOM_MIN 64	  /* for what iconv adds to its input */

/* What sequence() tells beside a code point. */
#define BROKEN 0xfffffffeu
#define SHORT 0xffffffffu

/*
 * What mail calls its charsets, folded by fold_name, and what iconv calls
 * them or the superset that mailers really mean: windows-1252 where they write
 * ISO-8859-1.  The rest of iconv's long list is left alone: mail does not use
 * it, and not all of it stands hostile input.  UTF-8 is first, for it is asked
 * for most.
 */
static const struct alias {
	const char *iconv;
	unsigned unit; /* bytes of its smallest piece */
	const char *names;
} aliases[] = {
    {"UTF-8", 1, " cp65001 unicode11utf8 unicode20utf8 utf8 "},
    {"ARMSCII-8", 1, " armscii8 "},
    {"BIG5", 1, " big5 chinesebig5 cnbig5 cp950 csbig5 "},
    {"BIG5-HKSCS", 1, " big5hkscs "},
    {"CP1250", 1, " cp1250 "},
    {"CP1251", 1, " cp1251 "},
    {"CP1252", 1, " ansi cp1252 cp819 iso88591 iso885911987 l1 latin1 "},
    {"CP1253", 1, " cp1253 "},
    {"CP1254", 1, " cp1254 iso88599 l5 latin5 "},
    {"CP1255", 1, " cp1255 "},
    {"CP1256", 1, " cp1256 "},
    {"CP1257", 1, " cp1257 "},
    {"CP1258", 1, " cp1258 "},
    {"CP437", 1, " cp437 ibm437 "},
    {"CP737", 1, " cp737 "},
    {"CP775", 1, " cp775 "},
    {"CP850", 1, " cp850 ibm850 "},
    {"CP852", 1, " cp852 ibm852 "},
    {"CP855", 1, " cp855 ibm855 "},
    {"CP857", 1, " cp857 "},
    {"CP858", 1, " cp858 "},
    {"CP860", 1, " cp860 "},
    {"CP861", 1, " cp861 "},
    {"CP862", 1, " cp862 "},
    {"CP863", 1, " cp863 "},
    {"CP864", 1, " cp864 "},
    {"CP865", 1, " cp865 "},
    {"CP866", 1, " cp866 ibm866 "},
    {"CP869", 1, " cp869 "},
    {"CP874", 1, " cp874 iso885911 tis620 "},
    {"CP932", 1, " cp31j cp932 csshiftjis ms932 mskanji shiftjis sjis "},
    {"CP949", 1, " cp949 cseuckr csksc56011987 euckr ksc5601 ksc56011987 "
	"ksc56011989 uhc "},
    {"ECMA-CYRILLIC", 1, " ecmacyrillic isoir111 koi8e "},
    {"EUC-JP", 1, " eucjp ujis "},
    {"EUC-TW", 1, " euctw "},
    {"GB18030", 1, " chinese cngb cp936 csgb2312 euccn gb18030 gb2312 gb231280 "
	"gbk "},
    {"GEORGIAN-PS", 1, " georgianps "},
    {"ISO-2022-JP", 1, " cp50220 cp50221 csiso2022jp iso2022jp "},
    {"ISO-2022-JP-2", 1, " iso2022jp1 iso2022jp2 "},
    {"ISO-2022-KR", 1, " csiso2022kr iso2022kr "},
    {"ISO-8859-10", 1, " iso885910 latin6 "},
    {"ISO-8859-13", 1, " iso885913 "},
    {"ISO-8859-14", 1, " iso885914 "},
    {"ISO-8859-15", 1, " iso885915 latin9 "},
    {"ISO-8859-16", 1, " iso885916 "},
    {"ISO-8859-2", 1, " iso88592 l2 latin2 "},
    {"ISO-8859-3", 1, " iso88593 latin3 "},
    {"ISO-8859-4", 1, " iso88594 latin4 "},
    {"ISO-8859-5", 1, " cyrillic iso88595 "},
    {"ISO-8859-6", 1, " arabic iso88596 iso88596e iso88596i "},
    {"ISO-8859-7", 1, " greek iso88597 "},
    {"ISO-8859-8", 1, " hebrew iso88598 iso88598e iso88598i logical "},
    {"JOHAB", 1, " cp1361 johab "},
    {"KOI8-R", 1, " cskoi8r koi8 koi8r "},
    {"KOI8-T", 1, " koi8t "},
    {"KOI8-U", 1, " koi8ru koi8u "},
    {"MAC-CYRILLIC", 1, " maccyrillic "},
    {"MACINTOSH", 1, " mac macintosh macroman "},
    {"TCVN", 1, " tcvn "},
    {"UTF-16", 2, " utf16 "},
    {"UTF-16BE", 2, " ucs2 utf16be "},
    {"UTF-16LE", 2, " utf16le "},
    {"UTF-32", 4, " utf32 "},
    {"UTF-32BE", 4, " ucs4 utf32be "},
    {"UTF-32LE", 4, " utf32le "},
    {"UTF-7", 1, " unicode11utf7 unicode20utf7 utf7 "},
    {"VISCII", 1, " viscii "},
};

#define ALIASES (sizeof aliases / sizeof aliases[0])

_Static_assert(ALIASES <= CHARSET_POOL_MAX, "a pool has room for all");

/* windows-1252 from 0x80 on; 0 is no character. */
static const uint16_t cp1252[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

static const struct alias *find_alias(struct span name);
static struct span bare_name(struct span);
static bool is_name(struct span);
static void fold_name(struct span, char folded[FOLDED_BYTES]);
static void push_1252(struct charset *, struct span, struct buf *);
static void push_utf8(struct charset *, struct span, struct buf *);
static size_t push_held(struct charset *, struct span, struct buf *);
static void put_broken(struct charset *, struct span, struct buf *);
static void push_iconv(struct charset *, struct span, struct buf *);
static void push_piece(struct charset *, struct span, struct buf *);
static size_t convert(struct charset *, struct span, struct buf *);
static void replace(struct charset *, struct buf *);
static size_t ascii_run(struct span);
static size_t valid_run(struct span);
static unsigned sequence(struct span, uint32_t *);
static void put_clean(struct span, bool lines, struct buf *);

void
charset_open(struct charset *c, struct span name)
{
	const struct alias *alias = find_alias(name);
	iconv_t cd;

	*c = (struct charset){0};
	if (alias == NULL)
		return;
	if (strcmp(alias->iconv, "UTF-8") == 0) {
		c->way = CHARSET_UTF8;
	} else if (strcmp(alias->iconv, "CP1252") == 0) {
		c->way = CHARSET_1252;
	} else if ((cd = iconv_open("UTF-8", alias->iconv)) != (iconv_t)-1) {
		c->way = CHARSET_ICONV;
		c->iconv = cd;
		c->unit = alias->unit;
		/* what glibc makes of broken UTF-7 depends on the pieces */
		c->step = strcmp(alias->iconv, "UTF-7") == 0 ? 1 : SIZE_MAX;
		c->is_big5 = strcmp(alias->iconv, "BIG5") == 0;
	}
}

void
charset_push(struct charset *c, struct span in, struct buf *out)
{
	if (c->way == CHARSET_ICONV)
		push_iconv(c, in, out);
	else if (c->way == CHARSET_1252)
		push_1252(c, in, out);
	else
		push_utf8(c, in, out);
}

void
charset_close(struct charset *c, struct buf *out)
{
	size_t room = ROOM_MIN;
	char *to;

	if (c->held.n > 0)
		put_broken(c, buf_view(&c->held), out);
	if (c->way == CHARSET_ICONV) {
		to = buf_room(out, room);
		iconv(c->iconv, NULL, NULL, &to, &room);
		buf_grew(out, ROOM_MIN - room);
		iconv_close(c->iconv);
	}
	buf_free(&c->held);
	*c = (struct charset){.replaced = c->replaced};
}

void
charset_to_utf8(struct span in, struct span name, struct buf *out)
{
	struct charset c;

	if (name.n == 0 && charset_is_ascii(in)) {
		buf_span(out, in);
		return;
	}
	charset_open(&c, name);
	charset_push(&c, in, out);
	charset_close(&c, out);
}

void
charset_keep(struct charset_pool *pool, struct span name)
{
	const struct alias *alias = find_alias(name);
	void **kept;
	iconv_t cd;

	if (alias == NULL)
		return;
	kept = &pool->kept[alias - aliases];
	/* the first is UTF-8, which needs no tables */
	if (alias == aliases || *kept != NULL ||
	    (cd = iconv_open("UTF-8", alias->iconv)) == (iconv_t)-1)
		return;
	*kept = cd;
	pool->is_used = true;
}

void
charset_pool_free(struct charset_pool *pool)
{
	for (size_t i = 0; pool->is_used && i < ALIASES; i++) {
		if (pool->kept[i] != NULL)
			iconv_close(pool->kept[i]);
		pool->kept[i] = NULL;
	}
	pool->is_used = false;
}

bool
charset_is_utf8(struct span s)
{
	return valid_run(s) == s.n;
}

bool
charset_is_ascii(struct span s)
{
	return ascii_run(s) == s.n;
}

uint32_t
charset_char(struct span s, size_t *off)
{
	uint32_t c;

	*off += sequence(span_from(s, *off), &c);
	return c == BROKEN || c == SHORT ? 0xfffd : c;
}

bool
charset_is_shown(uint32_t c)
{
	if (c < 0x7f)
		return c >= 0x20;
	return c > 0x9f && c < BROKEN && c != 0x2028 && c != 0x2029 &&
	    c != 0x061c && c != 0x200e && c != 0x200f &&
	    !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void
charset_put(uint32_t c, struct buf *out)
{
	char s[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c);
	buf_add(out, s, n);
}

void
charset_line(struct span in, struct buf *out)
{
	put_clean(in, false, out);
}

void
charset_lines(struct span in, struct buf *out)
{
	put_clean(in, true, out);
}

static const struct alias *
find_alias(struct span name)
{
	char folded[FOLDED_BYTES];

	name = bare_name(name);
	if (!is_name(name))
		return NULL;
	fold_name(name, folded);
	for (size_t i = 0; i < ALIASES; i++)
		if (strstr(aliases[i].names, folded) != NULL)
			return &aliases[i];
	return NULL;
}

/* Without quotes, and the first of several: "'utf-8'", "utf-8,text/html". */
static struct span
bare_name(struct span name)
{
	size_t n = 0;

	name = span_trim(name);
	if (name.n > 0 && (name.p[0] == '"' || name.p[0] == '\''))
		name = span_from(name, 1);
	while (n < name.n && memchr("'\",;", name.p[n], 4) == NULL)
		n++;
	return span_sub(name, 0, n);
}

/* Nothing else passes: "//TRANSLIT" and paths have a meaning to iconv. */
static bool
is_name(struct span name)
{
	char c;

	for (size_t i = 0; i < name.n; i++) {
		c = name.p[i];
		if (!ascii_alpha(c) && !ascii_digit(c) &&
		    (c == '\0' || strchr("._:+-", c) == NULL))
			return false;
	}
	return name.n > 0 && name.n <= NAME_MAX_CHARS;
}

/*
 * Lower case between blanks, without punctuation and "x-", and with "cp" for
 * "windows" and the like.
 */
static void
fold_name(struct span name, char folded[FOLDED_BYTES])
{
	static const struct span maker[] = {{"windows", 7}, {"win-", 4},
	    {"dos-", 4}, {"ibm-", 4}};
	size_t n = 0;

	folded[n++] = ' ';
	if (span_istarts(name, SPAN("x-")))
		name = span_from(name, 2);
	for (size_t i = 0; i < sizeof maker / sizeof maker[0]; i++)
		if (n == 1 && span_istarts(name, maker[i])) {
			name = span_from(name, maker[i].n);
			folded[n++] = 'c';
			folded[n++] = 'p';
		}
	for (size_t i = 0; i < name.n; i++)
		if (ascii_alpha(name.p[i]) || ascii_digit(name.p[i]))
			folded[n++] = ascii_lower(name.p[i]);
	folded[n++] = ' ';
	folded[n] = '\0';
}

static void
push_1252(struct charset *c, struct span in, struct buf *out)
{
	unsigned char byte;
	size_t n;

	while (in.n > 0) {
		n = ascii_run(in);
		buf_span(out, span_sub(in, 0, n));
		for (; n < in.n && (in.p[n] & 0x80) != 0; n++) {
			byte = (unsigned char)in.p[n];
			if (byte >= 0xa0)
				charset_put(byte, out);
			else if (cp1252[byte - 0x80] != 0)
				charset_put(cp1252[byte - 0x80], out);
			else
				replace(c, out);
		}
		in = span_from(in, n);
	}
}

static void
push_utf8(struct charset *c, struct span in, struct buf *out)
{
	uint32_t code;
	size_t n;

	if (c->held.n > 0)
		in = span_from(in, push_held(c, in, out));
	while (in.n > 0) {
		n = valid_run(in);
		buf_span(out, span_sub(in, 0, n));
		in = span_from(in, n);
		if (in.n == 0)
			break;
		n = sequence(in, &code);
		if (code == SHORT)
			buf_span(&c->held, in);
		else
			put_broken(c, span_sub(in, 0, n), out);
		in = span_from(in, n);
	}
}

/*
 * Completes the sequence that was held back, as far as in allows; how many
 * bytes of in that took.
 */
static size_t
push_held(struct charset *c, struct span in, struct buf *out)
{
	size_t was = c->held.n, n;
	struct span both;
	uint32_t code;

	buf_span(&c->held, span_sub(in, 0, 4));
	both = buf_view(&c->held);
	n = sequence(both, &code);
	both = span_sub(both, 0, n);
	if (code == BROKEN)
		put_broken(c, both, out);
	else if (code != SHORT)
		buf_span(out, both);
	if (code != SHORT)
		buf_cut(&c->held, 0);
	return n - was;
}

/* What is no UTF-8, or an incomplete end of any charset. */
static void
put_broken(struct charset *c, struct span bytes, struct buf *out)
{
	if (c->way == CHARSET_GUESS)
		push_1252(c, bytes, out);
	else if (!c->broken)
		replace(c, out);
}

static void
push_iconv(struct charset *c, struct span in, struct buf *out)
{
	size_t start = out->n;

	for (; in.n > 0; in = span_from(in, c->step))
		push_piece(c, span_sub(in, 0, c->step), out);
	if (c->is_big5)
		eten_name(out, start);
}

/* A held sequence is completed byte by byte: it is a few bytes long. */
static void
push_piece(struct charset *c, struct span in, struct buf *out)
{
	while (c->held.n > 0 && in.n > 0) {
		buf_span(&c->held, span_sub(in, 0, 1));
		in = span_from(in, 1);
		buf_drop(&c->held, convert(c, buf_view(&c->held), out));
	}
	buf_span(&c->held, span_from(in, convert(c, in, out)));
}

/* Converts all but an incomplete end; how many bytes that were. */
static size_t
convert(struct charset *c, struct span in, struct buf *out)
{
	char *from = (char *)(uintptr_t)in.p, *at, *to;
	size_t left = in.n, room, had, skip;

	while (left > 0) {
		at = from;
		had = room = left * 2 + ROOM_MIN;
		to = buf_room(out, room);
		errno = 0;
		iconv(c->iconv, &from, &left, &to, &room);
		buf_grew(out, had - room);
		if (from != at)
			c->broken = false;
		if (left == 0 || (errno == EINVAL && left < HELD_MAX))
			break;
		if (errno == E2BIG && (from != at || room != had))
			continue;
		if (!c->broken)
			replace(c, out);
		c->broken = true;
		/* back to the initial state, but not to an unknown order */
		if (c->unit == 1)
			iconv(c->iconv, NULL, NULL, NULL, NULL);
		skip = left < c->unit ? left : c->unit;
		from += skip;
		left -= skip;
	}
	return in.n - left;
}

static void
replace(struct charset *c, struct buf *out)
{
	buf_str(out, CHARSET_FFFD);
	c->replaced = true;
}

/* The bytes up to the first that is not ASCII, eight at a time. */
static size_t
ascii_run(struct span s)
{
	uint64_t eight;
	size_t n = 0;

	for (; s.n - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s.p + n, sizeof eight);
		if ((eight & 0x8080808080808080u) != 0)
			break;
	}
	while (n < s.n && (s.p[n] & 0x80) == 0)
		n++;
	return n;
}

/* The bytes up to the first that is not valid UTF-8. */
static size_t
valid_run(struct span s)
{
	size_t n = 0;
	uint32_t code;
	unsigned more;

	for (;;) {
		n += ascii_run(span_from(s, n));
		for (; n < s.n && (s.p[n] & 0x80) != 0; n += more) {
			more = sequence(span_from(s, n), &code);
			if (code == BROKEN || code == SHORT)
				return n;
		}
		if (n == s.n)
			return n;
	}
}

/*
 * One character of UTF-8 at the start of s, which is not empty: its bytes, and
 * its code point; or BROKEN for a maximal broken sequence (Unicode, section
 * 3.9), or SHORT where s ends within a character.
 */
static unsigned
sequence(struct span s, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	unsigned need;
	uint32_t c;

	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	*code = BROKEN;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 1;
	need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	c = p[0] & (0x7fu >> need);
	for (unsigned i = 1; i < need; i++) {
		if (i == s.n)
			*code = SHORT;
		if (i == s.n || p[i] < low || p[i] > high)
			return i;
		c = c << 6 | (p[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*code = c;
	return need;
}

static void
put_clean(struct span in, bool lines, struct buf *out)
{
	size_t start = 0, off = 0, at;
	uint32_t c;

	while (off < in.n) {
		while (off < in.n && in.p[off] >= ' ' && in.p[off] < 0x7f)
			off++;
		if (off == in.n)
			break;
		at = off;
		off += sequence(span_from(in, off), &c);
		if (charset_is_shown(c) || (lines && (c == '\n' || c == '\t')))
			continue;
		buf_span(out, span_sub(in, start, at - start));
		start = off;
		if (lines && c == '\r' && off < in.n && in.p[off] == '\n')
			continue;
		buf_str(out, c == '\t' || c == '\r' || c == '\n' ? " "
			: CHARSET_FFFD);
	}
	buf_span(out, span_from(in, start));
}
