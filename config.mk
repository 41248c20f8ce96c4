# What a packager may set; each can also be given on make's command line.

PREFIX = /usr/local
MANPREFIX = $(PREFIX)/share/man
DESTDIR =
# put before the installed names: PROGPREFIX=satchel- gives satchel-mlist
PROGPREFIX =

CC = cc
AR = ar
PKG_CONFIG = pkg-config

CFLAGS = -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wmissing-prototypes \
	-Wstrict-prototypes -Werror
LDFLAGS =

CURL_CFLAGS != $(PKG_CONFIG) --cflags libcurl 2>/dev/null || :
CURL_LIBS != $(PKG_CONFIG) --libs libcurl 2>/dev/null || echo -lcurl
IDN_CFLAGS != $(PKG_CONFIG) --cflags libidn2 2>/dev/null || :
IDN_LIBS != $(PKG_CONFIG) --libs libidn2 2>/dev/null || echo -lidn2
TLS_CFLAGS != $(PKG_CONFIG) --cflags libtls libcrypto 2>/dev/null || :
TLS_LIBS != $(PKG_CONFIG) --libs libtls libcrypto 2>/dev/null || \
	echo -ltls -lcrypto
SASL_CFLAGS != $(PKG_CONFIG) --cflags libgsasl 2>/dev/null || :
SASL_LIBS != $(PKG_CONFIG) --libs libgsasl 2>/dev/null || echo -lgsasl
SQLITE_CFLAGS != $(PKG_CONFIG) --cflags sqlite3 2>/dev/null || :
SQLITE_LIBS != $(PKG_CONFIG) --libs sqlite3 2>/dev/null || echo -lsqlite3
ZLIB_CFLAGS != $(PKG_CONFIG) --cflags zlib 2>/dev/null || :
ZLIB_LIBS != $(PKG_CONFIG) --libs zlib 2>/dev/null || echo -lz
CHECK_CFLAGS != $(PKG_CONFIG) --cflags check 2>/dev/null || :
CHECK_LIBS != $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck
# Linux has it, for the sandbox; empty elsewhere
SECCOMP_CFLAGS != $(PKG_CONFIG) --cflags libseccomp 2>/dev/null || :
SECCOMP_LIBS != $(PKG_CONFIG) --libs libseccomp 2>/dev/null || :
THREAD_LIBS = -pthread
# empty where iconv is the C library's
ICONV_LIBS =

# the compiler and its flags for the fuzz corpus's replay, and for fuzzing
SANITIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CC = clang
FUZZ_SANITIZE = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
SECONDS = 60
