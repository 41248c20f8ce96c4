#include <string.h>

#include "text/charset_name.h"

#define NAME_MAX_CHARS 40 /* no charset's name is longer */
#define FOLDED_BYTES (NAME_MAX_CHARS + 5)

/*
 * What mail calls its charsets, folded by fold_name, and what iconv calls
 * them or the superset that mailers really mean: windows-1252 where they write
 * ISO-8859-1.  The rest of iconv's long list is left alone: mail does not use
 * it, and not all of it stands hostile input.  UTF-8 is first, and windows-1252
 * second, for they are asked for most.
 */
static const struct charset_name names[] = {
    {"UTF-8", 1, " cp65001 unicode11utf8 unicode20utf8 utf8 "},
    {"CP1252", 1, " ansi cp1252 cp819 iso88591 iso885911987 l1 latin1 "},
    {"ARMSCII-8", 1, " armscii8 "},
    {"BIG5", 1, " big5 chinesebig5 cnbig5 cp950 csbig5 "},
    {"BIG5-HKSCS", 1, " big5hkscs "},
    {"CP1250", 1, " cp1250 "},
    {"CP1251", 1, " cp1251 "},
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
    {"ISO-2022-JP-2", 1, " cp50220 cp50221 cp50222 csiso2022jp csiso2022jp2 "
	"iso2022jp iso2022jp1 iso2022jp2 iso2022jpms "},
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

_Static_assert(sizeof names / sizeof names[0] <= CHARSET_POOL_MAX,
    "a pool has room for all");

static struct span bare_name(struct span);
static bool is_name(struct span);
static void fold_name(struct span, char folded[FOLDED_BYTES]);

const struct charset_name *
charset_named(struct span name, size_t *index)
{
	char folded[FOLDED_BYTES];

	/* nearly all are */
	if (span_ieq(name, SPAN("utf-8"))) {
		*index = 0;
		return &names[0];
	}
	name = bare_name(name);
	if (!is_name(name))
		return NULL;
	fold_name(name, folded);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strstr(names[i].names, folded) != NULL) {
			*index = i;
			return &names[i];
		}
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
