# satchel: make, make demo, make check, make install; see README.
# For GNU make and bmake alike: no conditionals, one rule for all objects.

include config.mk

CPPFLAGS_ALL = -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Icommon -Icmd \
	$(CURL_CFLAGS) $(TLS_CFLAGS) $(SASL_CFLAGS) $(SQLITE_CFLAGS) \
	$(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(WARN) $(CFLAGS)

TOOLS =

HDR = \
	common/base/buf.h \
	common/base/err.h \
	common/base/mem.h \
	common/base/span.h

# bytes to values: no system call
PURE = \
	common/base/buf.o \
	common/base/err.o \
	common/base/mem.o \
	common/base/span.o

# may touch the world
MAIL =

UNIT = \
	tests/unit/buf

all: libpure.a $(TOOLS)

.SUFFIXES: .c .o .san
.c.o:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<
.c.san:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(SANITIZE) -c -o $@ $<

libpure.a: $(PURE)
	rm -f $@
	$(AR) rcs $@ $(PURE)

libmail.a: $(MAIL)
	rm -f $@
	$(AR) rcs $@ $(MAIL)

$(PURE) $(MAIL): $(HDR) config.mk Makefile

clean:
	rm -f libpure.a libmail.a $(PURE) $(MAIL)

.PHONY: all clean
