#include "text/media.h"
#include "unit/unit.h"

START_TEST(by_name)
{
	static const struct {
		const char *name, *type;
	} table[] = {{"a.pdf", "application/pdf"}, {"A.JPG", "image/jpeg"},
	    {"a.tar.gz", "application/gzip"}, {"a.7z",
	    "application/x-7z-compressed"}, {"a.zst", "application/zstd"},
	    {"pdf", NULL}, {"a.", NULL}, {"", NULL}, {".c", "text/plain"},
	    {"a.unheard", NULL}};

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *type = media_of_name(table[i].name);

		if (table[i].type == NULL)
			ck_assert_ptr_null(type);
		else
			ck_assert_str_eq(type, table[i].type);
	}
}
END_TEST

#define GLOBS                                                                 \
	"# a comment\n"                                                       \
	"80:text/x-readme:readme*\n"                                          \
	"60:application/x-low:*.deb\n"                                        \
	"50:application/gzip:*.gz\n"                                          \
	"50:application/x-compressed-tar:*.tar.gz\n"                          \
	"50:application/x-deb:*.deb\n"                                        \
	"50:text/x-makefile:makefile\n"                                       \
	"50:text/x-c++src:*.C:cs\n"                                           \
	"50:text/x-csrc:*.c:cs\n"                                             \
	"50:image/x-any:*.[0-9]\n"                                            \
	"x:text/broken:*.broken\n"                                            \
	"50:not a type:*.odd\n50\n50:text/a\n"

START_TEST(by_globs)
{
	static const struct {
		const char *name, *type;
	} table[] = {{"a.tar.gz", "application/x-compressed-tar"},
	    {"a.GZ", "application/gzip"}, {"a.deb", "application/x-low"},
	    {"Makefile", "text/x-makefile"}, {"a.C", "text/x-c++src"},
	    {"a.c", "text/x-csrc"}, {"a.1", ""}, {"a.broken", ""},
	    {"a.odd", ""}, {"readme.first", ""}, {"", ""}};
	struct buf type = {0};

	for (size_t i = 0; i < COUNT(table); i++) {
		buf_cut(&type, 0);
		ck_assert(media_of_globs(SPAN(GLOBS), table[i].name, &type) ==
		    (table[i].type[0] != '\0'));
		unit_span(buf_view(&type), table[i].type);
	}
	buf_free(&type);
}
END_TEST

START_TEST(by_bytes)
{
	const struct {
		struct span bytes;
		const char *type;
	} table[] = {{SPAN("\x89PNG\r\n\x1a\nrest"), "image/png"},
	    {SPAN("\x89PNG"), NULL}, {SPAN("%PDF-1.7"), "application/pdf"},
	    {SPAN("RIFF\1\2\3\4WEBP"), "image/webp"},
	    {SPAN("\0\0\0\x20" "ftypheic"), "image/heic"},
	    {SPAN("<!doctype html><p>"), "text/html"}, {SPAN("hi\n"), NULL},
	    {SPAN(""), NULL}};

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *type = media_of_bytes(table[i].bytes);

		if (table[i].type == NULL)
			ck_assert_ptr_null(type);
		else
			ck_assert_str_eq(type, table[i].type);
	}
}
END_TEST

START_TEST(text)
{
	ck_assert(media_is_text(SPAN("")));
	ck_assert(media_is_text(SPAN("a\tb\r\n\f\x1b[1m\xe4")));
	ck_assert(!media_is_text(SPAN("a\0b")));
	ck_assert(!media_is_text(SPAN("a\x01")));
}
END_TEST

static const struct {
	const char *given, *type, *charset; /* type NULL: refused */
} given[] = {
    {"text/html", "text/html", ""},
    {" Text/HTML ", "text/html", ""},
    {"text/plain; format=flowed", "text/plain;\n format=flowed", ""},
    {"text/html;charset=ISO-8859-1;", "text/html", "ISO-8859-1"},
    {"text/x; charset=\"utf-8\"; a=\"b; c\"", "text/x;\n a=\"b; c\"", "utf-8"},
    {"application/vnd.x+json", "application/vnd.x+json", ""},
    {"", NULL, NULL},
    {"text", NULL, NULL},
    {"text/", NULL, NULL},
    {"/x", NULL, NULL},
    {"a/b/c", NULL, NULL},
    {"text/html; x", NULL, NULL},
    {"text/html; x=", NULL, NULL},
    {"text/html; =y", NULL, NULL},
    {"text/html; x=a b", NULL, NULL},
    {"text/html; x=\"a\nb\"", NULL, NULL},
    {"text/html; x=\xc3\xa4", NULL, NULL},
    {"text/html\nBcc: x@example.org", NULL, NULL},
    {"text/html;\nBcc: x@example.org", NULL, NULL},
    {"text/html; x=\"a", NULL, NULL},
};

START_TEST(taken)
{
	struct buf type = {0}, charset = {0};
	struct err e;
	int status = media_take(given[_i].given, &type, &charset, &e);

	ck_assert_int_eq(status, given[_i].type == NULL ? -1 : 0);
	if (status == 0) {
		unit_span(buf_view(&type), given[_i].type);
		unit_span(buf_view(&charset), given[_i].charset);
	} else
		ck_assert_int_eq(e.kind, ERR_USAGE);
	buf_free(&type);
	buf_free(&charset);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("media");

	unit_test(s, by_name);
	unit_test(s, by_globs);
	unit_test(s, by_bytes);
	unit_test(s, text);
	unit_each(s, taken, COUNT(given));
	return unit_main(s);
}
