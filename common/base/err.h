/*
 * Errors as values.  A function that can fail takes a struct err and returns
 * 0 or -1; the error is made where it is known, wrapped at most once a layer
 * and said once, by app/diag, which uses the kind as the exit status.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TEXT 512 /* bytes of an error's text, the NUL included */

/* The exit statuses that scripts rely on; see satchel(7). */
enum err_kind {
	ERR_NONE = 0,
	ERR_NO = 1,	   /* the answer is no */
	ERR_USAGE = 64,	   /* the call is wrong */
	ERR_DATA = 65,	   /* not a message, or one that breaks a limit */
	ERR_NOINPUT = 66,  /* no such file, folder, message or part */
	ERR_NOHOST = 68,   /* no such host */
	ERR_REFUSED = 69,  /* refused for good */
	ERR_SOFTWARE = 70, /* our own fault */
	ERR_OS = 71,	   /* out of memory or processes */
	ERR_CREATE = 73,   /* cannot create */
	ERR_IO = 74,	   /* input/output error */
	ERR_TEMP = 75,	   /* temporary: trying again later may help */
	ERR_PROTO = 76,	   /* the protocol is broken, the outcome unknown */
	ERR_AUTH = 77,	   /* log-in or TLS trust refused */
	ERR_CONFIG = 78	   /* the configuration is wrong */
};

/* Zero is "no error". */
struct err {
	enum err_kind kind;
	char text[ERR_TEXT]; /* cut at the end where longer; raw bytes */
};

/*
 * Sets kind and text; always -1, so that a failing path can return it.  In all
 * three no argument may point into the err itself.
 */
int err_set(struct err *, enum err_kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": " and the reason that errno gives after the text. */
int err_sys(struct err *, enum err_kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts the text and ": " before what the error says already; always -1. */
int err_wrap(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* So that a compiler knows what they return, and what is never reached then. */
static inline int
err_failed(int status)
{
	(void)status;
	return -1;
}

#define err_set(...) err_failed(err_set(__VA_ARGS__))
#define err_sys(...) err_failed(err_sys(__VA_ARGS__))
#define err_wrap(...) err_failed(err_wrap(__VA_ARGS__))

#endif
