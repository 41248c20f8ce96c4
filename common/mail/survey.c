#include "mail/survey.h"

static void count(struct survey *, char);

void
survey_add(struct survey *s, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];

		if (c == '\n') {
			if (s->column == 0)
				s->in_body = true;
			s->has_cr = false;
			s->column = 0;
			s->size += 2;
			s->line++;
			continue;
		}
		if (s->has_cr)
			count(s, ' ');
		s->has_cr = c == '\r';
		if (c != '\r')
			count(s, c);
	}
}

void
survey_end(struct survey *s)
{
	if (s->has_cr)
		count(s, ' ');
	s->has_cr = false;
	if (s->column > 0)
		survey_add(s, SPAN("\n"));
}

int
survey_check(const struct survey *s, struct err *e)
{
	if (s->nul_line > 0)
		return err_set(e, ERR_DATA, "line %llu has a NUL, which no "
		    "mail may have", (unsigned long long)s->nul_line);
	if (s->long_line > 0)
		return err_set(e, ERR_DATA, "line %llu is over %d bytes, which "
		    "no mail may have", (unsigned long long)s->long_line,
		    SURVEY_LINE_MAX);
	return 0;
}

/* A byte of a line. */
static void
count(struct survey *s, char c)
{
	s->size++;
	if (++s->column > SURVEY_LINE_MAX && s->long_line == 0)
		s->long_line = s->line + 1;
	if (c == '\0' && s->nul_line == 0)
		s->nul_line = s->line + 1;
	if ((unsigned char)c < 0x80)
		return;
	s->is_8bit = true;
	if (!s->in_body)
		s->is_utf8 = true;
}
