#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"
#include "net/deflate.h"

#define IN_BYTES 16384	/* compressed, read at once */
#define OUT_BYTES 16384 /* written by us, compressed at once */

struct deflater {
	struct wire wire;
	struct wire *inner;
	z_stream in, out;
	struct buf came;   /* compressed, not looked at yet */
	struct buf sealed; /* compressed, not written yet */
	size_t accepted;   /* bytes of the caller's that sealed has */
	bool has_more;	   /* inflate stopped because there was no room */
};

static int read_inflated(struct wire *, void *, size_t, size_t *,
    struct err *);
static int inflate_some(struct deflater *, void *, size_t, size_t *,
    struct err *);
static int fill(struct deflater *, struct err *);
static int write_deflated(struct wire *, struct span, size_t *, struct err *);
static void seal(struct deflater *, struct span);
static int wait_inner(struct wire *, bool, int64_t, struct err *);
static int no_starttls(struct wire *, struct err *);
static void close_both(struct wire *);

static const struct wire_ops ops = {read_inflated, write_deflated, wait_inner,
    no_starttls, close_both};

int
deflate_open(struct wire *inner, struct span came, struct wire **out,
    struct err *e)
{
	struct deflater *d = mem_alloc(1, sizeof *d);

	d->wire = (struct wire){&ops, inner->timeout_ms, inner->stop};
	d->inner = inner;
	if (inflateInit2(&d->in, -MAX_WBITS) != Z_OK ||
	    deflateInit2(&d->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		-MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		inflateEnd(&d->in);
		free(d);
		return err_set(e, ERR_OS, "no memory for compression");
	}
	buf_span(&d->came, came);
	*out = &d->wire;
	return 0;
}

static int
read_inflated(struct wire *w, void *p, size_t cap, size_t *got, struct err *e)
{
	struct deflater *d = (struct deflater *)w;
	int r;

	for (;;) {
		if (d->came.n > 0 || d->has_more) {
			r = inflate_some(d, p, cap, got, e);
			if (r != 0)
				return r;
		}
		r = fill(d, e);
		if (r != 1)
			return r;
	}
}

/* 1 with bytes, 0 where more has to come. */
static int
inflate_some(struct deflater *d, void *p, size_t cap, size_t *got,
    struct err *e)
{
	int r;

	d->in.next_in = (unsigned char *)d->came.p;
	d->in.avail_in = (unsigned)d->came.n;
	d->in.next_out = p;
	d->in.avail_out = cap > OUT_BYTES ? OUT_BYTES : (unsigned)cap;
	cap = d->in.avail_out;
	r = inflate(&d->in, Z_SYNC_FLUSH);
	buf_drop(&d->came, d->came.n - d->in.avail_in);
	*got = cap - d->in.avail_out;
	d->has_more = d->in.avail_out == 0;
	if (*got > 0)
		return 1;
	if (r == Z_STREAM_END)
		return err_set(e, ERR_TEMP, "connection closed by the server");
	if (r != Z_OK && r != Z_BUF_ERROR)
		return err_set(e, ERR_PROTO,
		    "the server's compression is broken");
	return 0;
}

static int
fill(struct deflater *d, struct err *e)
{
	size_t got = 0;
	int r = wire_read(d->inner, buf_room(&d->came, IN_BYTES), IN_BYTES,
	    &got, e);

	if (r == 1)
		buf_grew(&d->came, got);
	return r;
}

/* The caller's bytes are taken when the last of them has been written. */
static int
write_deflated(struct wire *w, struct span bytes, size_t *put, struct err *e)
{
	struct deflater *d = (struct deflater *)w;
	size_t n;
	int r;

	if (d->sealed.n == 0)
		seal(d, span_sub(bytes, 0, OUT_BYTES));
	while (d->sealed.n > 0) {
		r = wire_write(d->inner, buf_view(&d->sealed), &n, e);
		if (r != 1)
			return r;
		buf_drop(&d->sealed, n);
	}
	*put = d->accepted;
	return 1;
}

static void
seal(struct deflater *d, struct span bytes)
{
	d->accepted = bytes.n;
	d->out.next_in = (unsigned char *)bytes.p;
	d->out.avail_in = (unsigned)bytes.n;
	do {
		d->out.next_out =
		    (unsigned char *)buf_room(&d->sealed, OUT_BYTES);
		d->out.avail_out = OUT_BYTES;
		(void)deflate(&d->out, Z_SYNC_FLUSH);
		buf_grew(&d->sealed, OUT_BYTES - d->out.avail_out);
	} while (d->out.avail_out == 0);
}

static int
wait_inner(struct wire *w, bool want_write, int64_t until_ms, struct err *e)
{
	return wire_wait(((struct deflater *)w)->inner, want_write, until_ms,
	    e);
}

static int
no_starttls(struct wire *w, struct err *e)
{
	(void)w;
	return err_set(e, ERR_SOFTWARE, "TLS within compression");
}

static void
close_both(struct wire *w)
{
	struct deflater *d = (struct deflater *)w;

	inflateEnd(&d->in);
	deflateEnd(&d->out);
	buf_wipe(&d->came);
	buf_wipe(&d->sealed);
	wire_close(d->inner);
	free(d);
}
