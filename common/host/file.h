/*
 * Files and descriptors: whole reads, whole writes, durable ones, and names
 * that came from outside.  Everything created is 0600, directories 0700;
 * every descriptor is close-on-exec.
 */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends all of the file, or of the descriptor, which errors call by the
 * name.  ERR_NOINPUT where it cannot be opened or is a directory, ERR_IO where
 * reading fails or a caught signal breaks it off, ERR_DATA where it has over
 * max bytes.
 */
int file_read(const char *path, size_t max, struct buf *, struct err *);
int file_read_fd(int fd, const char *name, size_t max, struct buf *,
    struct err *);

/* A file's bytes to look at: mapped where that is possible, read elsewhere. */
struct file_map {
	struct span bytes;
	void *mapped;	  /* NULL where the bytes are in own */
	struct buf own;
};

/* dir is a directory's descriptor or AT_FDCWD. */
int file_map(int dir, const char *path, struct file_map *, struct err *);
int file_map_fd(int fd, const char *name, struct file_map *, struct err *);
void file_unmap(struct file_map *);

/* All of it or -1 (ERR_IO; what names the file for the error). */
int file_write(int fd, struct span, const char *what, struct err *);
int file_sync(int fd, const char *what, struct err *);

/*
 * A directory and those above it, durably; one that is there already is no
 * error.
 */
int file_mkdirs(const char *path, struct err *);
/* The descriptor of a directory; ERR_NOINPUT where there is none. */
int file_open_dir(const char *path, struct err *);

/*
 * Appends a foreign name (a folder's component, an attachment's name) as one
 * safe path component: "", ".", "..", cur, new, tmp, names of our own
 * (satchel.db and what starts so), a leading dot, "/", "%", what
 * charset_is_shown says no to and what is no UTF-8 are %XX-encoded; at most 240
 * bytes, cut between characters, so that a number still fits.
 */
void file_component(struct span foreign, struct buf *);

/*
 * The descriptor of a new file without a name, below dir, or else (NULL) below
 * ${TMPDIR:-/tmp}; or -1 (ERR_CREATE).
 */
int file_nameless(const char *dir, struct err *);

/*
 * Creates name below dir for writing, never following a link and never
 * touching what is there: name, then "name-2" and so on before the suffix.
 * The name taken is appended to *taken.  The descriptor, or -1 (ERR_CREATE).
 */
int file_create_new(int dir, struct span name, struct buf *taken,
    struct err *);
/*
 * The same from *number on (1: the name as it is), which becomes the number
 * after the one taken: who creates many of one name tries none twice.
 */
int file_create_from(int dir, struct span name, unsigned *number,
    struct buf *taken, struct err *);

/*
 * "~/" at the start becomes $HOME/; without HOME it is the user's directory in
 * passwd(5), and the root directory where that has no such user.
 */
void file_expand(const char *path, struct buf *);

/*
 * Appends the path of what is to be kept between runs:
 * ${XDG_STATE_HOME:-~/.local/state}/satchel/name.
 */
void file_state(const char *name, struct buf *);
/* The same of what may be removed: ${XDG_CACHE_HOME:-~/.cache}. */
void file_cache(const char *name, struct buf *);

#endif
