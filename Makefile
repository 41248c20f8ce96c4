# satchel: make, make demo, make check, make install; see README.
# For GNU make and bmake alike: no conditionals, one rule for all objects.
# Lists hold one entry a line, each with its backslash; an empty line ends one.

include config.mk

CPPFLAGS_ALL = -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Icommon -Icmd \
	$(CURL_CFLAGS) $(IDN_CFLAGS) $(TLS_CFLAGS) $(SASL_CFLAGS) \
	$(ZLIB_CFLAGS) $(SQLITE_CFLAGS) $(SECCOMP_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(WARN) $(CFLAGS)
TEST_CPPFLAGS = $(CPPFLAGS_ALL) -Itests $(CHECK_CFLAGS)

BIN = $(DESTDIR)$(PREFIX)/bin
# what a file is installed as: satchel and satchel-dial are names of their own
NAME = name=$$(basename $$file); \
	case $$name in satchel*) ;; *) name="$(PROGPREFIX)$$name" ;; esac
LINK = $(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@

# what each tool links, and nothing more
NET_LIBS = $(IDN_LIBS) $(TLS_LIBS) $(SASL_LIBS) $(ZLIB_LIBS)
DIAL_LIBS = $(CURL_LIBS) $(IDN_LIBS)
MFETCH_LIBS = $(NET_LIBS) $(SQLITE_LIBS) $(ICONV_LIBS) $(THREAD_LIBS)
MSEND_LIBS = $(CURL_LIBS) $(MFETCH_LIBS)
MLIST_LIBS = $(MFETCH_LIBS)
MPART_LIBS = $(SECCOMP_LIBS) $(ICONV_LIBS)

TOOLS = \
	bin/mfetch \
	bin/mlist \
	bin/mpart \
	bin/msend \
	bin/satchel-dial \

MFETCH = \
	cmd/mfetch.o \
	cmd/mfetch_account.o \
	cmd/mfetch_ask.o \
	cmd/mfetch_body.o \
	cmd/mfetch_dedup.o \
	cmd/mfetch_dry.o \
	cmd/mfetch_delete.o \
	cmd/mfetch_folder.o \
	cmd/mfetch_found.o \
	cmd/mfetch_frame.o \
	cmd/mfetch_imap.o \
	cmd/mfetch_maildir.o \
	cmd/mfetch_mbox.o \
	cmd/mfetch_mirror.o \
	cmd/mfetch_names.o \
	cmd/mfetch_pick.o \
	cmd/mfetch_place.o \
	cmd/mfetch_pop.o \
	cmd/mfetch_pull.o \
	cmd/mfetch_recount.o \
	cmd/mfetch_report.o \
	cmd/mfetch_stage.o \
	cmd/mfetch_taker.o \
	cmd/mfetch_url.o \
	cmd/mfetch_watch.o \

MSEND = \
	cmd/msend.o \
	cmd/msend_alias.o \
	cmd/msend_check.o \
	cmd/msend_compose.o \
	cmd/msend_copy.o \
	cmd/msend_flight.o \
	cmd/msend_keep.o \
	cmd/msend_link.o \
	cmd/msend_log.o \
	cmd/msend_many.o \
	cmd/msend_part.o \
	cmd/msend_print.o \
	cmd/msend_queue.o \
	cmd/msend_reply.o \
	cmd/msend_report.o \
	cmd/msend_return.o \
	cmd/msend_sender.o \
	cmd/msend_sendmail.o \
	cmd/msend_serve.o \
	cmd/msend_session.o \
	cmd/msend_share.o \
	cmd/msend_source.o \
	cmd/msend_submit.o \

MLIST = \
	cmd/mlist.o \
	cmd/mlist_body.o \
	cmd/mlist_fetch.o \
	cmd/mlist_folder.o \
	cmd/mlist_folders.o \
	cmd/mlist_index.o \
	cmd/mlist_items.o \
	cmd/mlist_json.o \
	cmd/mlist_mbox.o \
	cmd/mlist_named.o \
	cmd/mlist_names.o \
	cmd/mlist_operand.o \
	cmd/mlist_read.o \
	cmd/mlist_remote.o \
	cmd/mlist_rows.o \
	cmd/mlist_server.o \
	cmd/mlist_show.o \
	cmd/mlist_thread.o \
	cmd/mlist_top.o \
	cmd/mlist_watch.o \
	cmd/mlist_watch_imap.o \

MPART = \
	cmd/mpart.o \
	cmd/mpart_ahead.o \
	cmd/mpart_json.o \
	cmd/mpart_list.o \
	cmd/mpart_save.o \
	cmd/mpart_serve.o \
	cmd/mpart_show.o \
	cmd/mpart_url.o \

HDR = \
	cmd/mfetch.h \
	cmd/mfetch_pull.h \
	cmd/mfetch_target.h \
	cmd/mfetch_watch.h \
	cmd/mlist.h \
	cmd/mlist_folder.h \
	cmd/mlist_remote.h \
	cmd/mpart.h \
	cmd/msend.h \
	cmd/msend_compose.h \
	cmd/msend_flight.h \
	cmd/msend_link.h \
	cmd/msend_session.h \
	common/app/account.h \
	common/app/account_config.h \
	common/app/check.h \
	common/app/cut.h \
	common/app/diag.h \
	common/app/imap_cache.h \
	common/app/imap_session.h \
	common/app/libraries.h \
	common/app/log.h \
	common/app/login.h \
	common/app/name.h \
	common/app/option.h \
	common/app/output.h \
	common/app/pop_session.h \
	common/app/progress.h \
	common/app/query_option.h \
	common/app/sandbox.h \
	common/app/sandbox_linux.h \
	common/base/buf.h \
	common/base/err.h \
	common/base/mem.h \
	common/base/memo.h \
	common/base/number.h \
	common/base/sort.h \
	common/base/span.h \
	common/base/sum.h \
	common/host/clock.h \
	common/host/crew.h \
	common/host/file.h \
	common/host/lock.h \
	common/host/run.h \
	common/host/sync.h \
	common/host/wait.h \
	common/host/watch.h \
	common/mail/addr.h \
	common/mail/addr_member.h \
	common/mail/alias.h \
	common/mail/bounce.h \
	common/mail/build.h \
	common/mail/build_part.h \
	common/mail/flag.h \
	common/mail/format.h \
	common/mail/header.h \
	common/mail/json.h \
	common/mail/mboxrd.h \
	common/mail/mime.h \
	common/mail/param.h \
	common/mail/query.h \
	common/mail/query_imap.h \
	common/mail/query_tree.h \
	common/mail/ready.h \
	common/mail/record.h \
	common/mail/reply.h \
	common/mail/summary.h \
	common/mail/survey.h \
	common/mail/text.h \
	common/mail/thread.h \
	common/mail/thread_impl.h \
	common/mail/variant.h \
	common/mail/word.h \
	common/mail/words.h \
	common/net/address.h \
	common/net/apop.h \
	common/net/carrier.h \
	common/net/deflate.h \
	common/net/dial.h \
	common/net/dialer.h \
	common/net/idn.h \
	common/net/sasl.h \
	common/net/stream.h \
	common/net/trust.h \
	common/net/wire.h \
	common/proto/bearer.h \
	common/proto/dot.h \
	common/proto/imap.h \
	common/proto/imap_impl.h \
	common/proto/imap_lex.h \
	common/proto/pop.h \
	common/proto/serve.h \
	common/proto/smtp.h \
	common/proto/smtp_content.h \
	common/proto/smtp_machine.h \
	common/proto/smtp_reply.h \
	common/proto/trace.h \
	common/proto/utf7.h \
	common/store/copies.h \
	common/store/db.h \
	common/store/index.h \
	common/store/maildir.h \
	common/store/mbox.h \
	common/store/spool.h \
	common/store/spool_row.h \
	common/store/state.h \
	common/text/charset.h \
	common/text/charset_name.h \
	common/text/conf.h \
	common/text/date.h \
	common/text/enc.h \
	common/text/eten.h \
	common/text/fold.h \
	common/text/html.h \
	common/text/jsonl.h \
	common/text/media.h \
	common/text/netrc.h \
	common/text/pin.h \
	common/text/token.h \
	common/text/url.h \
	common/text/width.h \

# bytes to values: no system call
PURE = \
	common/base/buf.o \
	common/base/err.o \
	common/base/mem.o \
	common/base/memo.o \
	common/base/number.o \
	common/base/sort.o \
	common/base/span.o \
	common/base/sum.o \
	common/mail/addr.o \
	common/mail/addr_format.o \
	common/mail/addr_list.o \
	common/mail/addr_simple.o \
	common/mail/addr_strict.o \
	common/mail/alias.o \
	common/mail/bounce.o \
	common/mail/build.o \
	common/mail/build_field.o \
	common/mail/build_part.o \
	common/mail/flag.o \
	common/mail/format.o \
	common/mail/header.o \
	common/mail/json.o \
	common/mail/mboxrd.o \
	common/mail/mime.o \
	common/mail/mime_section.o \
	common/mail/param.o \
	common/mail/query.o \
	common/mail/query_imap.o \
	common/mail/query_match.o \
	common/mail/query_regex.o \
	common/mail/ready.o \
	common/mail/ready_lines.o \
	common/mail/record.o \
	common/mail/reply.o \
	common/mail/summary.o \
	common/mail/survey.o \
	common/mail/text.o \
	common/mail/text_flow.o \
	common/mail/text_read.o \
	common/mail/thread.o \
	common/mail/thread_sort.o \
	common/mail/variant.o \
	common/mail/word.o \
	common/mail/word_encode.o \
	common/mail/words.o \
	common/proto/bearer.o \
	common/proto/dot.o \
	common/proto/imap.o \
	common/proto/imap_ask.o \
	common/proto/imap_box.o \
	common/proto/imap_draft.o \
	common/proto/imap_fetch.o \
	common/proto/imap_found.o \
	common/proto/imap_lex.o \
	common/proto/imap_read.o \
	common/proto/pop.o \
	common/proto/pop_caps.o \
	common/proto/pop_refused.o \
	common/proto/serve.o \
	common/proto/smtp.o \
	common/proto/smtp_caps.o \
	common/proto/smtp_content.o \
	common/proto/smtp_dsn.o \
	common/proto/smtp_mail.o \
	common/proto/smtp_reply.o \
	common/proto/trace.o \
	common/proto/utf7.o \
	common/text/charset.o \
	common/text/charset_name.o \
	common/text/conf.o \
	common/text/conf_key.o \
	common/text/conf_value.o \
	common/text/date.o \
	common/text/date_civil.o \
	common/text/date_range.o \
	common/text/enc.o \
	common/text/eten.o \
	common/text/fold.o \
	common/text/html.o \
	common/text/html_reference.o \
	common/text/jsonl.o \
	common/text/media.o \
	common/text/netrc.o \
	common/text/pin.o \
	common/text/token.o \
	common/text/url.o \
	common/text/width.o \

# may touch the world
MAIL = \
	common/app/account.o \
	common/app/account_config.o \
	common/app/check.o \
	common/app/cut.o \
	common/app/diag.o \
	common/app/imap_cache.o \
	common/app/imap_session.o \
	common/app/libraries.o \
	common/app/log.o \
	common/app/login.o \
	common/app/name.o \
	common/app/option.o \
	common/app/output.o \
	common/app/pop_session.o \
	common/app/progress.o \
	common/app/query_option.o \
	common/app/sandbox.o \
	common/app/sandbox_landlock.o \
	common/app/sandbox_seccomp.o \
	common/app/secret.o \
	common/app/server.o \
	common/host/clock.o \
	common/host/component.o \
	common/host/crew.o \
	common/host/file.o \
	common/host/lock.o \
	common/host/run.o \
	common/host/sync.o \
	common/host/wait.o \
	common/host/watch_inotify.o \
	common/host/watch_kqueue.o \
	common/host/watch_poll.o \
	common/net/address.o \
	common/net/apop.o \
	common/net/carrier.o \
	common/net/deflate.o \
	common/net/dial.o \
	common/net/dialer.o \
	common/net/dialer_serve.o \
	common/net/idn.o \
	common/net/sasl.o \
	common/net/server.o \
	common/net/stream.o \
	common/net/trust.o \
	common/net/wire.o \
	common/store/copies.o \
	common/store/db.o \
	common/store/index.o \
	common/store/index_text.o \
	common/store/maildir.o \
	common/store/maildir_flag.o \
	common/store/mbox.o \
	common/store/mbox_append.o \
	common/store/spool.o \
	common/store/spool_key.o \
	common/store/spool_row.o \
	common/store/state.o \

# unit tests that link libpure.a alone, all of it under the sanitizers
UNIT = \
	tests/unit/addr \
	tests/unit/alias \
	tests/unit/bearer \
	tests/unit/bounce \
	tests/unit/buf \
	tests/unit/build \
	tests/unit/charset \
	tests/unit/conf \
	tests/unit/date \
	tests/unit/dot \
	tests/unit/enc \
	tests/unit/err \
	tests/unit/flag \
	tests/unit/fold \
	tests/unit/format \
	tests/unit/header \
	tests/unit/html \
	tests/unit/imap \
	tests/unit/imap_append \
	tests/unit/imap_box \
	tests/unit/imap_fetch \
	tests/unit/imap_found \
	tests/unit/json \
	tests/unit/jsonl \
	tests/unit/mboxrd \
	tests/unit/media \
	tests/unit/mem \
	tests/unit/memo \
	tests/unit/mime \
	tests/unit/netrc \
	tests/unit/param \
	tests/unit/pop \
	tests/unit/query \
	tests/unit/query_imap \
	tests/unit/query_oracle \
	tests/unit/query_regex \
	tests/unit/ready \
	tests/unit/record \
	tests/unit/reply \
	tests/unit/serve \
	tests/unit/smtp \
	tests/unit/smtp_mail \
	tests/unit/sort \
	tests/unit/span \
	tests/unit/sum \
	tests/unit/summary \
	tests/unit/text \
	tests/unit/thread \
	tests/unit/thread_oracle \
	tests/unit/token \
	tests/unit/url \
	tests/unit/utf7 \
	tests/unit/variant \
	tests/unit/width \
	tests/unit/word \
	tests/unit/words \

# unit tests that link libmail.a too
UNIT_MAIL = \
	tests/unit/account \
	tests/unit/address \
	tests/unit/carrier \
	tests/unit/copies \
	tests/unit/crew \
	tests/unit/deflate \
	tests/unit/dial \
	tests/unit/file \
	tests/unit/index \
	tests/unit/lock \
	tests/unit/log \
	tests/unit/login \
	tests/unit/maildir \
	tests/unit/mbox \
	tests/unit/mbox_append \
	tests/unit/name \
	tests/unit/progress \
	tests/unit/run \
	tests/unit/sandbox \
	tests/unit/sasl \
	tests/unit/spool \
	tests/unit/state \
	tests/unit/stream \
	tests/unit/sync \
	tests/unit/trust \
	tests/unit/wait \
	tests/unit/watch \
	tests/unit/watch_kqueue \
	tests/unit/watch_poll \
	tests/unit/wire \
	tests/unit/wires \

# programs that tests run, each from the .c of its name and libmail.a
AID = \
	tests/bench/far \
	tests/bench/folder \
	tests/bench/mails \
	tests/bench/measure \
	tests/bench/pull \
	tests/bench/raw \
	tests/cli/heeding \
	tests/crash/deliver \
	tests/crash/mailbox \
	tests/crash/sink \

# the scripted mail server of the tests
PEER = \
	tests/peer/expect.o \
	tests/peer/file.o \
	tests/peer/give.o \
	tests/peer/link.o \
	tests/peer/peer.o \
	tests/peer/play.o \
	tests/peer/script.o \
	tests/peer/text.o \
	tests/peer/unread.o \

PEER_HDR = \
	tests/peer/file.h \
	tests/peer/link.h \
	tests/peer/play.h \
	tests/peer/script.h \
	tests/peer/state.h \
	tests/peer/text.h \
	tests/peer/unread.h \

# fuzz targets; .replay runs one over its corpus, make fuzz T=name for long
FUZZ = \
	tests/fuzz/addr.replay \
	tests/fuzz/alias.replay \
	tests/fuzz/bearer.replay \
	tests/fuzz/build.replay \
	tests/fuzz/charset.replay \
	tests/fuzz/conf.replay \
	tests/fuzz/date.replay \
	tests/fuzz/enc.replay \
	tests/fuzz/format.replay \
	tests/fuzz/header.replay \
	tests/fuzz/html.replay \
	tests/fuzz/imap.replay \
	tests/fuzz/mboxrd.replay \
	tests/fuzz/media.replay \
	tests/fuzz/mime.replay \
	tests/fuzz/mpart.replay \
	tests/fuzz/netrc.replay \
	tests/fuzz/param.replay \
	tests/fuzz/pop.replay \
	tests/fuzz/query.replay \
	tests/fuzz/query_imap.replay \
	tests/fuzz/ready.replay \
	tests/fuzz/record.replay \
	tests/fuzz/reply.replay \
	tests/fuzz/serve.replay \
	tests/fuzz/smtp.replay \
	tests/fuzz/text.replay \
	tests/fuzz/thread.replay \
	tests/fuzz/token.replay \
	tests/fuzz/url.replay \
	tests/fuzz/utf7.replay \
	tests/fuzz/word.replay \

MAN = \
	man/mfetch.1 \
	man/mlist.1 \
	man/mpart.1 \
	man/msend.1 \
	man/satchel.5 \
	man/satchel.7 \
	man/satchel-dial.8 \

# other names of msend: make install-sendmail
SENDMAIL = \
	mailq \
	newaliases \
	sendmail \

TOOL_OBJ = cmd/dial.o $(MFETCH) $(MSEND) $(MLIST) $(MPART)
SAN = $(PURE:.o=.san) tests/fuzz/replay.san

all: libpure.a libmail.a $(TOOLS)

.SUFFIXES:
.SUFFIXES: .c .o .san .replay
.c.o:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<
.c.san:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(SANITIZE) -c -o $@ $<
.c.replay:
	$(CC) $(TEST_CPPFLAGS) $(CFLAGS_ALL) $(SANITIZE) $(LDFLAGS) -o $@ $< \
		tests/fuzz/replay.san libpure-san.a $(ICONV_LIBS)
.c:
	@case " $(UNIT) " in \
	*" $@ "*) libs="$(SANITIZE) libpure-san.a $(ICONV_LIBS)" ;; \
	*) libs="libmail.a libpure.a $(MSEND_LIBS) $(SECCOMP_LIBS)" ;; \
	esac; \
	echo "$(CC) -o $@ $< $$libs"; \
	$(CC) $(TEST_CPPFLAGS) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $$libs \
		$(CHECK_LIBS)

libpure.a: $(PURE)
	rm -f $@
	$(AR) rcs $@ $(PURE)

libmail.a: $(MAIL)
	rm -f $@
	$(AR) rcs $@ $(MAIL)

libpure-san.a: $(PURE:.o=.san)
	rm -f $@
	$(AR) rcs $@ $(PURE:.o=.san)

bin/mfetch: $(MFETCH) libmail.a libpure.a
	@mkdir -p bin
	$(LINK) $(MFETCH) libmail.a libpure.a $(MFETCH_LIBS)
bin/msend: $(MSEND) libmail.a libpure.a
	@mkdir -p bin
	$(LINK) $(MSEND) libmail.a libpure.a $(MSEND_LIBS)
bin/mlist: $(MLIST) libmail.a libpure.a
	@mkdir -p bin
	$(LINK) $(MLIST) libmail.a libpure.a $(MLIST_LIBS)
bin/mpart: $(MPART) libmail.a libpure.a
	@mkdir -p bin
	$(LINK) $(MPART) libmail.a libpure.a $(MPART_LIBS)

bin/satchel-dial: cmd/dial.o libmail.a libpure.a
	@mkdir -p bin
	$(LINK) cmd/dial.o libmail.a libpure.a $(DIAL_LIBS) $(ICONV_LIBS)

# mfetch itself, in a test that calls it
tests/crash/fault: tests/crash/fault.c $(MFETCH) libmail.a libpure.a \
	tests/crash/serve.h $(HDR) config.mk Makefile
	$(LINK) $(TEST_CPPFLAGS) -o $@ tests/crash/fault.c \
		$(MFETCH:cmd/mfetch.o=) libmail.a libpure.a $(MFETCH_LIBS)

tests/peer/peer: $(PEER) libpure.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $(PEER) libpure.a $(TLS_LIBS)

# counts a tool's calls, kills it at one or lets one fail
tests/crash/shim.so: tests/crash/shim.c tests/crash/preload.h config.mk \
	Makefile
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS) -fPIC -shared -o $@ \
		tests/crash/shim.c

# lets a tool's waits pass quickly
tests/crash/hours.so: tests/crash/hours.c tests/crash/preload.h config.mk \
	Makefile
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS) -fPIC -shared -o $@ \
		tests/crash/hours.c

# renames files at a tool's calls
tests/crash/moves.so: tests/crash/moves.c tests/crash/preload.h config.mk \
	Makefile
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS) -fPIC -shared -o $@ \
		tests/crash/moves.c

$(PURE) $(MAIL) $(TOOL_OBJ) $(SAN): $(HDR) config.mk Makefile
$(UNIT) $(UNIT_MAIL) $(AID) $(FUZZ): $(HDR) config.mk Makefile
$(PEER): $(HDR) $(PEER_HDR) config.mk Makefile
$(UNIT): tests/unit/unit.h libpure-san.a
tests/unit/thread tests/unit/thread_oracle: tests/unit/threads.h
$(UNIT_MAIL): tests/unit/far.h tests/unit/near.h tests/unit/talk.h \
	tests/unit/unit.h libpure.a libmail.a
tests/unit/watch_kqueue tests/unit/watch_poll: tests/unit/kqueue.h \
	tests/unit/watch.c
$(AID): tests/crash/folder.h tests/crash/serve.h libpure.a libmail.a
$(FUZZ): tests/fuzz/replay.san libpure-san.a
tests/fuzz/mpart.replay: cmd/mpart_json.c cmd/mpart_list.c \
	cmd/mpart_save.c cmd/mpart_show.c common/host/component.c

# what the tests need; in a second make, for config.mk looks for libraries
# before deps may have installed them
tests: all $(UNIT) $(UNIT_MAIL) $(AID) $(FUZZ) tests/peer/peer \
	tests/crash/fault tests/crash/hours.so tests/crash/moves.so \
	tests/crash/shim.so

check: deps
	$(MAKE) tests
	MAKE="$(MAKE)" sh tests/run

# what the checks of the code compile with
flags:
	@echo $(TEST_CPPFLAGS) $(CFLAGS_ALL)

lint: all
	MAKE="$(MAKE)" sh tests/run tests/lint

# in a second make, as above
demo:
	tests/deps build live
	$(MAKE) all
	tests/demo

deps:
	tests/deps

fuzz:
	$(FUZZ_CC) $(TEST_CPPFLAGS) $(CFLAGS_ALL) -O1 -g $(FUZZ_SANITIZE) \
		-o tests/fuzz/$(T).fuzz tests/fuzz/$(T).c $(PURE:.o=.c) \
		$(ICONV_LIBS)
	mkdir -p tests/fuzz/found/$(T)
	dict=tests/fuzz/$(T).dict; \
	tests/fuzz/$(T).fuzz -max_total_time=$(SECONDS) \
		$$([ ! -f $$dict ] || echo -dict=$$dict) \
		-artifact_prefix=tests/fuzz/found/$(T)- \
		tests/fuzz/found/$(T) tests/fuzz/corpus/$(T)

# the tools with each mail server that is present; see tests/servers/run
servers: tests
	sh tests/servers/run

# side by side with the peers that are installed
bench: all tests/bench/folder tests/bench/measure tests/bench/raw
	for bench in tests/bench/*.sh; do sh $$bench || exit 1; done

install: all
	mkdir -p "$(BIN)"
	for file in $(TOOLS); do \
		$(NAME); \
		install -m 755 $$file "$(BIN)/$$name" || exit 1; \
	done
	for file in $(MAN); do \
		$(NAME); \
		dir="$(DESTDIR)$(MANPREFIX)/man$${file##*.}"; \
		mkdir -p "$$dir" && install -m 644 $$file "$$dir/$$name" || \
		exit 1; \
	done

# msend under sendmail's names; what has such a name already stays, and it fails
install-sendmail:
	cd "$(BIN)" && for name in $(SENDMAIL); do \
		link="$(PROGPREFIX)$$name"; \
		[ "$$(readlink "$$link")" = "$(PROGPREFIX)msend" ] || \
		ln -s "$(PROGPREFIX)msend" "$$link" || exit 1; \
	done

uninstall:
	for name in $(SENDMAIL); do \
		link="$(BIN)/$(PROGPREFIX)$$name"; \
		[ "$$(readlink "$$link")" != "$(PROGPREFIX)msend" ] || \
		rm -f "$$link"; \
	done
	for file in $(TOOLS); do \
		$(NAME); \
		rm -f "$(BIN)/$$name"; \
	done
	for file in $(MAN); do \
		$(NAME); \
		rm -f "$(DESTDIR)$(MANPREFIX)/man$${file##*.}/$$name"; \
	done

clean:
	rm -rf bin tests/fuzz/found
	rm -f libpure.a libmail.a libpure-san.a $(PURE) $(MAIL) $(TOOL_OBJ) \
		$(SAN) $(UNIT) $(UNIT_MAIL) $(AID) $(FUZZ) tests/fuzz/*.fuzz \
		$(PEER) tests/peer/peer tests/crash/fault \
		tests/crash/hours.so tests/crash/moves.so tests/crash/shim.so

.PHONY: all tests check lint flags demo deps fuzz servers bench install \
	install-sendmail uninstall clean
