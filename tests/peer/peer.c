/*
 * peer: the scripted mail server of the tests.
 *
 *     peer [-tvw] [-c cert -k key] [-C ca] [-n passes] [-o transcript]
 *         script portfile
 *     peer -j port [the same options] script
 *
 * It listens on a free port of 127.0.0.1, writes the port's number to portfile
 * (which appears whole, once clients can connect), plays the script to the
 * client that connects, and exits
 *
 *     0    the client did all that the script expects, and no more
 *     1    it did not: one line on standard error says where and how,
 *          peer: SCRIPT:LINE: expected "QUIT": got "NOOP"
 *     64   the call is wrong; 65 the script is; 66, 73, 74 a file is; 71
 *
 *     -c cert -k key  PEM files of the server's certificate (chain) and key
 *     -t  every connection starts with a TLS handshake, as if by "tls"
 *     -C ca  clients must show a certificate of that authority
 *     -j port  peer is the client: it connects to that port of 127.0.0.1 and
 *         plays the script from that side ("the client" in its messages
 *         is then the server); -C is the authority that the server,
 *         localhost, must have its certificate of
 *     -n passes  the whole script is played that many times (1)
 *     -o transcript  gets the bytes that the clients sent, deciphered
 *     -v  each step is told on standard error
 *     -w  until it has asked for much, a script is ahead of its client: the
 *         system takes less than 200 KB of what it has not asked for
 *
 * THE SCRIPT is a command a line.  Blanks before it, empty lines and lines that
 * start with # are skipped.  One blank parts a command from its argument, and
 * all after it belongs to the argument, blanks at its end too.
 *
 * A TEXT may hold \r \n \t \0 \s (a blank) \\ \* \$ \# \xHH, and ${name}, the
 * value of a variable.  In a PATTERN a * stands for any bytes, also none;
 * ${1}, ${2}... are then what the stars stood for, each the shortest that
 * fits; the next pattern's stars take their place.
 *
 * The server speaks:
 *     send TEXT          the text and CR LF
 *     send-raw TEXT      the text
 *     send-file PATH     the file's bytes as they are
 *     send-literal PATH  {SIZE} CR LF and the file's bytes; "send )" may follow
 *     send-dot PATH      the file's lines with CR LF, dots doubled, and the dot
 *     flush              see below
 * What consecutive sends (and set, repeat, end between them) say is gathered
 * and leaves in one write before the next other command, so it arrives
 * together; over 64 KiB it leaves as it grows.  flush parts it: what was said
 * leaves, and what follows waits until the client has read it.
 *     split N            from here each write holds N bytes and waits until the
 *                        client has read the one before; under TLS each is a
 *                        record of its own; split 0 ends it
 * These two wait for 0.1 s at most, and only on Linux; elsewhere the writes are
 * parted, but may arrive together.
 *
 * The client must say, else it deviates:
 *     expect TEXT        this line, ended by CR LF
 *     expect-like PATTERN
 *     expect-tagged TEXT a line of IMAP: a tag, a blank, TEXT; the tag becomes
 *                        ${T}
 *     expect-tagged-like PATTERN
 *     any-order ... end  the lines of the expectations inside, each once, in
 *                        whatever order
 *     expect-data N      N bytes, whatever they are
 *     expect-until TEXT  bytes up to TEXT, and TEXT
 *     expect-dot         lines up to one with a dot alone, as after DATA
 *     expect-eof         nothing more: it has closed its side
 *     save PATH          writes what the last of these three took to a file:
 *     append PATH        N bytes; those before TEXT; the lines undotted, with
 *                        CR LF.  append adds it to the file
 * An expectation waits for the client as long as bytes come.
 *
 * The connection:
 *     accept             ends the connection there is as close does, and takes
 *                        the next; the first needs no accept
 *     tls                the server's side of a TLS handshake now: at the start
 *                        (implicit), or after the reply to STARTTLS or STLS
 *     tls refused        the client must refuse the handshake; ends it
 *     close              close_notify and FIN, then the client must close too
 *                        and have nothing more to say; also at the script's end
 *     cut                FIN without close_notify; then the client may talk but
 *                        must close
 *     reset              RST, once the client has read what was sent
 *     stall              not a word more; the client may talk but must go away
 * After the last connection the port is closed: a further one is refused.
 *
 * Control:
 *     timeout MS         longest wait for progress, and for the client to
 *                        go away (10000)
 *     set NAME TEXT      sets a variable: "set list ${T}" keeps a tag
 *     repeat N ... end   ${n} is the round, from 1; N may be 0; blocks nest
 *     mark PATH          creates a file: the test may go on
 *     wait-file PATH     waits until the file exists: the test has gone on
 * Where a number or a path stands, a TEXT does: "expect-data ${2}".
 *
 * An injection: what the client must not take for the server's, since it came
 * in clear and in one segment with the reply:
 *
 *     expect STARTTLS
 *     send 220 go ahead
 *     send 250 injected
 *     tls
 */
#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <tls.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include "file.h"
#include "play.h"
#include "script.h"

#define PASSES_MAX 1000000
#define BACKLOG 64
#define NARROW 4096  /* bytes that the system holds for us */
#define SEGMENT 536 /* as small as any, and so is what it holds for a client */

struct options {
	const char *cert, *key, *ca, *transcript;
	const char *script, *portfile;
	bool implicit, trace, narrow;
	uint64_t passes, join; /* a port, 0: we listen */
};

static int options(struct options *, int, char *[], struct err *);
static int run(const struct options *, struct err *);
static int tls(const struct options *, struct play *, struct err *);
static int transcript(const struct options *, struct play *, struct err *);
static int listener(const struct options *, struct play *, struct err *);
static int narrow(int);
static int publish(const char *, unsigned, struct err *);

int
main(int argc, char *argv[])
{
	struct options o = {.passes = 1};
	struct err e = {0};

	signal(SIGPIPE, SIG_IGN);
	if (options(&o, argc, argv, &e) == 0 && run(&o, &e) == 0)
		return 0;
	fprintf(stderr, "peer: %s\n", e.text);
	return (int)e.kind;
}

static int
options(struct options *o, int argc, char *argv[], struct err *e)
{
	int c, bad = 0;

	while ((c = getopt(argc, argv, "C:c:j:k:n:o:tvw")) != -1) {
		if (c == 'C')
			o->ca = optarg;
		else if (c == 'c')
			o->cert = optarg;
		else if (c == 'j')
			bad |= span_num(span_of(optarg), UINT16_MAX,
				   &o->join) == false;
		else if (c == 'k')
			o->key = optarg;
		else if (c == 'n')
			bad |= span_num(span_of(optarg), PASSES_MAX,
				   &o->passes) == false;
		else if (c == 'o')
			o->transcript = optarg;
		else if (c == 't')
			o->implicit = true;
		else if (c == 'v')
			o->trace = true;
		else if (c == 'w')
			o->narrow = true;
		else
			bad = 1;
	}
	if (bad == 1 || argc - optind != (o->join == 0 ? 2 : 1)
	    || (o->cert == NULL) != (o->key == NULL)
	    || (o->implicit && o->cert == NULL && o->ca == NULL))
		return err_set(e, ERR_USAGE,
		    "usage: peer [-tvw] [-c cert -k key] [-C ca] [-n passes] "
		    "[-o transcript] {script portfile | -j port script}");
	o->script = argv[optind];
	o->portfile = argv[optind + 1];
	return 0;
}

static int
run(const struct options *o, struct err *e)
{
	struct script script = {0};
	struct play play = {.script = &script, .listener = -1,
		.join = (int)o->join, .implicit = o->implicit,
		.trace = o->trace, .transcript = -1, .passes = (int)o->passes};
	struct buf bytes = {0};
	int r = -1;

	if (file_read(o->script, &bytes, e) == -1)
		return -1;
	if (script_parse(&script, o->script, bytes, e) == 0
	    && tls(o, &play, e) == 0 && transcript(o, &play, e) == 0
	    && listener(o, &play, e) == 0)
		r = play_run(&play, e);
	if (play.transcript != -1 && close(play.transcript) == -1 && r == 0)
		r = err_sys(e, ERR_IO, "%s", o->transcript);
	tls_config_free(play.tls);
	script_free(&script);
	return r;
}

static int
tls(const struct options *o, struct play *play, struct err *e)
{
	struct tls_config *c;

	if (o->cert == NULL && o->ca == NULL)
		return 0;
	c = play->tls = tls_config_new();
	if (c == NULL)
		return err_set(e, ERR_OS, "no memory for TLS");
	if (o->ca != NULL && o->join == 0)
		tls_config_verify_client(c);
	if (o->ca != NULL && tls_config_set_ca_file(c, o->ca) == -1)
		return err_set(e, ERR_NOINPUT, "%s", tls_config_error(c));
	if (o->cert != NULL
	    && tls_config_set_keypair_file(c, o->cert, o->key) == -1)
		return err_set(e, ERR_NOINPUT, "%s", tls_config_error(c));
	return 0;
}

static int
transcript(const struct options *o, struct play *play, struct err *e)
{
	if (o->transcript == NULL)
		return 0;
	play->transcript = open(o->transcript,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (play->transcript == -1)
		return err_sys(e, ERR_CREATE, "%s", o->transcript);
	return 0;
}

static int
listener(const struct options *o, struct play *play, struct err *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof a;
	int fd;

	if (o->join != 0)
		return 0;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = play->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1 || (o->narrow && narrow(fd) == -1)
	    || bind(fd, (struct sockaddr *)&a, sizeof a) == -1
	    || listen(fd, BACKLOG) == -1
	    || getsockname(fd, (struct sockaddr *)&a, &n) == -1)
		return err_sys(e, ERR_OS, "cannot listen on 127.0.0.1");
	return publish(o->portfile, ntohs(a.sin_port), e);
}

/* The connections that it takes have it from the socket that listens. */
static int
narrow(int fd)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){NARROW}, sizeof(int))
	    == -1)
		return -1;
	return setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &(int){SEGMENT},
	    sizeof(int));
}

/* The file appears under its name with all that is in it. */
static int
publish(const char *path, unsigned port, struct err *e)
{
	struct buf part = {0};
	int said, r = 0;
	FILE *f;

	buf_fmt(&part, "%s.part", path);
	f = fopen(buf_cstr(&part), "w");
	said = f == NULL ? -1 : fprintf(f, "%u\n", port);
	if (f == NULL || fclose(f) == EOF || said < 0
	    || rename(buf_cstr(&part), path) == -1)
		r = err_sys(e, ERR_CREATE, "%s", path);
	buf_free(&part);
	return r;
}
