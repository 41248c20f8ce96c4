/*
 * HTML as plain text, for reading mail where no better program is named: what
 * is shown is kept, in lines; the rest, scripts and styles too, is left out.
 */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include "base/buf.h"

#define HTML_QUOTE_MAX 8 /* blockquotes inside blockquotes that are marked */

/*
 * Appends UTF-8 text.  Lines end in LF and are not wrapped; a quote's begin
 * with "> ", and a link that its text does not say stands after it in angle
 * brackets.  Linear; nothing in the input is an error.
 */
void html_text(struct span utf8, struct buf *out);

/*
 * The charset that a meta element names among the first bytes (1024, as
 * browsers look); empty if none does.
 */
struct span html_charset(struct span bytes);

/*
 * Appends what the character reference at the start of s stands for, and
 * returns its length; where it is none: a "&", and 1.
 */
size_t html_reference(struct span s, struct buf *out);

#endif
