#include "mail/reply.h"
#include "text/charset.h"
#include "unit/unit.h"

#define ID40 "aaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org"

static const struct {
	const char *name, *header, *to, *all_to, *all_cc;
} people[] = {
    {"from", "From: Bob <bob@example.net>\nTo: ann@example.org\n",
	"bob@example.net,", "bob@example.net,", ""},
    {"reply-to wins", "From: bob@example.net\nReply-To: c@example.com\n",
	"c@example.com,", "c@example.com,", ""},
    {"all but us, each once", "From: bob@example.net\n"
	"To: ANN@example.org, c@example.com\n"
	"Cc: d@example.com, a2@example.org, c@example.com, bob@example.net\n",
	"bob@example.net,", "bob@example.net,",
	"c@example.com,d@example.com,"},
    {"followup-to is all", "From: bob@example.net\nCc: c@example.com\n"
	"Mail-Followup-To: l@example.com, d@example.com\n",
	"bob@example.net,", "l@example.com,d@example.com,", ""},
    {"the list", "From: bob@example.net\nTo: ann@example.org\n"
	"List-Post: <mailto:l%2Bx@example.com?subject=a> (open)\n",
	"bob@example.net,", "bob@example.net,", "l+x@example.com,"},
    {"no list", "From: bob@example.net\nList-Post: NO\n",
	"bob@example.net,", "bob@example.net,", ""},
    {"our own", "From: ann@example.org\nTo: bob@example.net\n"
	"Cc: c@example.com\n", "bob@example.net,", "bob@example.net,",
	"c@example.com,"},
    {"to ourselves", "From: ann@example.org\nTo: ann@example.org\n",
	"ann@example.org,", "ann@example.org,", ""},
    {"what is no address", "From: bob@example.net\n"
	"Cc: undisclosed, <a b c>, \"x\n \" <c@example.com>,\n"
	" g: d@example.com;\n",
	"bob@example.net,", "bob@example.net,",
	"c@example.com,d@example.com,"},
    {"nobody", "Subject: x\n", "", "", ""},
};

static void
join(const struct addr_list *list, struct buf *out)
{
	buf_cut(out, 0);
	for (size_t i = 0; i < list->n; i++)
		buf_fmt(out, "%s,", list->v[i].address);
}

static void
make(const char *header, bool to_all, struct reply *r)
{
	struct addr_list own = {0};

	addr_list_add(&own, "Ann", "ann@example.org");
	addr_list_add(&own, "", "a2@example.org");
	reply_make(span_of(header), &own, to_all, r);
	addr_list_free(&own);
}

START_TEST(whom)
{
	struct buf list = {0};
	struct reply r;

	make(people[_i].header, false, &r);
	join(&r.to, &list);
	unit_span(buf_view(&list), people[_i].to);
	ck_assert_uint_eq(r.cc.n, 0);
	reply_free(&r);
	make(people[_i].header, true, &r);
	join(&r.to, &list);
	unit_span(buf_view(&list), people[_i].all_to);
	join(&r.cc, &list);
	unit_span(buf_view(&list), people[_i].all_cc);
	reply_free(&r);
	buf_free(&list);
}
END_TEST

START_TEST(subjects)
{
	static const struct {
		const char *subject, *answer, *forward;
	} table[] = {
	    {"x", "Re: x", "Fwd: x"},
	    {"Re: x", "Re: x", "Fwd: Re: x"},
	    {"RE: Aw: re[2]: SV : x", "Re: x", "Fwd: RE: Aw: re[2]: SV : x"},
	    {"Fwd: x", "Re: Fwd: x", "Fwd: x"},
	    {"FW: WG:x", "Re: FW: WG:x", "Fwd: x"},
	    {"Re x", "Re: Re x", "Fwd: Re x"},
	    {"Rex: x", "Re: Rex: x", "Fwd: Rex: x"},
	    {"Re[x]: x", "Re: Re[x]: x", "Fwd: Re[x]: x"},
	    {"Re[2", "Re: Re[2", "Fwd: Re[2"},
	    {"", "Re: ", "Fwd: "},
	    {"Re:", "Re: ", "Fwd: Re:"},
	    {"=?UTF-8?Q?Re:_=C3=A4=0ABcc:_x?=", "Re: \xc3\xa4 Bcc: x",
		"Fwd: Re: \xc3\xa4 Bcc: x"},
	    {"=?UTF-8?Q?=1B[2J?=", "Re: " CHARSET_FFFD "[2J",
		"Fwd: " CHARSET_FFFD "[2J"},
	};
	struct buf header = {0}, got = {0};

	for (size_t i = 0; i < COUNT(table); i++) {
		buf_cut(&header, 0);
		buf_fmt(&header, "Subject: %s\n", table[i].subject);
		buf_cut(&got, 0);
		reply_subject(buf_view(&header), &got);
		unit_span(buf_view(&got), table[i].answer);
		buf_cut(&got, 0);
		reply_forward_subject(buf_view(&header), &got);
		unit_span(buf_view(&got), table[i].forward);
	}
	buf_cut(&got, 0);
	reply_subject(SPAN("From: a@example.org\n"), &got);
	unit_span(buf_view(&got), "Re: ");
	buf_free(&header);
	buf_free(&got);
}
END_TEST

START_TEST(threads)
{
	static const struct {
		const char *header, *parent, *references;
	} table[] = {
	    {"Message-ID: <a@b>\n", "<a@b>", "<a@b>"},
	    {"Message-ID: <a@b>\nReferences: <1@b>\n <2@b>\n", "<a@b>",
		"<1@b> <2@b> <a@b>"},
	    {"Message-ID: <a@b>\nIn-Reply-To: <1@b>\n", "<a@b>",
		"<1@b> <a@b>"},
	    {"Message-ID: <a@b>\nIn-Reply-To: <1@b> <2@b>\n", "<a@b>", "<a@b>"},
	    {"References: <1@b>\n", "", "<1@b>"},
	    {"Message-ID: a@b\nReferences: x <1 @b> <2@b> <3@b\n", "",
		"<2@b>"},
	    {"Message-ID: <>\n", "", ""},
	    {"Message-ID: <\xc3\xa4@b>\n", "", ""},
	    {"", "", ""},
	};
	struct reply r;

	for (size_t i = 0; i < COUNT(table); i++) {
		make(table[i].header, false, &r);
		unit_span(buf_view(&r.in_reply_to), table[i].parent);
		unit_span(buf_view(&r.references), table[i].references);
		reply_free(&r);
	}
}
END_TEST

START_TEST(long_threads_keep_their_ends)
{
	struct buf header = {0};
	struct reply r;
	struct span got;

	buf_str(&header, "Message-ID: <last@b>\nReferences: <first@b>");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&header, "\n <%d-" ID40 ">", i);
	buf_char(&header, '\n');
	make(buf_cstr(&header), false, &r);
	got = buf_view(&r.references);
	ck_assert_uint_le(got.n, REPLY_REFERENCES_MAX);
	ck_assert_uint_ge(got.n, REPLY_REFERENCES_MAX - 60);
	ck_assert(span_starts(got, SPAN("<first@b> <9")));
	ck_assert(span_ends(got, SPAN("<999-" ID40 "> <last@b>")));
	reply_free(&r);
	buf_free(&header);
}
END_TEST

START_TEST(who_got_it)
{
	struct addr_list got = {0};
	struct buf list = {0};

	reply_got(SPAN("To: a@example.org\nDelivered-To: b@example.org\n"
	    "Cc: c@example.org, a@example.org\n"), &got);
	join(&got, &list);
	unit_span(buf_view(&list),
	    "b@example.org,a@example.org,c@example.org,");
	addr_list_free(&got);
	buf_free(&list);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reply");

	unit_each(s, whom, COUNT(people));
	unit_test(s, subjects);
	unit_test(s, threads);
	unit_test(s, long_threads_keep_their_ends);
	unit_test(s, who_got_it);
	return unit_main(s);
}
