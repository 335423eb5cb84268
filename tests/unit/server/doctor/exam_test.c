/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/exam: listeners that do not answer as they should, clocks that jump, folders that others
 * may read. What is right with a whole server is in tests/ops/check_doctor.py. */
#include "server/doctor/exam-private.h"

#include "support/unit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 256 };
static const usec_t SHORT = 300 * USEC_PER_MSEC, LONG = 30 * USEC_PER_SEC;

static int listen_here(struct addr *ret_addr)
{
	struct sockaddr_storage ss;
	struct addr a;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &a), OK);
	len = addr_to_sockaddr(&a, &ss);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*ret_addr = addr_from_sockaddr((struct sockaddr *)&ss, len);
	return fd;
}

/* A listener that says one thing, whatever it hears. */
struct parrot {
	int fd;
	const char *text;
	pthread_t thread;
};

static void *say_it(void *arg)
{
	struct parrot *p = arg;
	int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
	char heard[1024];

	if (fd < 0 || recv(fd, heard, sizeof(heard), 0) <= 0 ||
	    send(fd, p->text, strlen(p->text), MSG_NOSIGNAL) < 0)
		p->text = NULL;
	(void)shutdown(fd, SHUT_WR);
	while (fd >= 0 && recv(fd, heard, sizeof(heard), 0) > 0)
		;
	(void)close(fd);
	return NULL;
}

static const struct admin_finding *examine_door(struct exam *x, enum exam_door_kind kind,
						const struct addr *addr, usec_t patience)
{
	x->count = 0;
	x->domain = x->ascii = STR("localhost");
	x->patience = patience;
	x->door_count = 1;
	x->doors[0] = (struct exam_door){ .check = "door", .kind = kind, .addr = *addr };
	exam_doors(x);
	assert_int_equal(x->count, 1);
	return &x->findings[0];
}

static void nobody_listens(void **state)
{
	struct exam x = { .count = 0 };
	const struct admin_finding *f;
	struct addr addr;

	(void)state;
	(void)close(listen_here(&addr));
	f = examine_door(&x, EXAM_XMPP, &addr, LONG);
	assert_int_equal(f->grade, 'F');
	assert_non_null(strstr(f->text, "the connection fails (closed)"));
}

static void a_silent_listener_takes_no_longer_than_patience(void **state)
{
	struct exam x = { .count = 0 };
	const struct admin_finding *f;
	struct addr addr;
	bool is_stopped = true;
	int fd = listen_here(&addr);

	(void)state;
	f = examine_door(&x, EXAM_XMPP, &addr, SHORT);
	assert_int_equal(f->grade, 'F');
	assert_non_null(strstr(f->text, "the opening of a stream fails (too slow)"));
	f = examine_door(&x, EXAM_HTTPS, &addr, SHORT);
	assert_non_null(strstr(f->text, "the TLS handshake fails (too slow)"));
	x.count = 0;
	x.patience = LONG;
	x.is_stopped = &is_stopped; /* the server ends: nothing is waited for */
	exam_doors(&x);
	assert_int_equal(x.count, 0);
	(void)close(fd);
}

static void what_is_said_must_fit(void **state)
{
	static const struct {
		enum exam_door_kind kind;
		const char *text, *wanted;
		char grade;
	} rows[] = {
		{ EXAM_XMPP, "SSH-2.0-nobody\r\n", "the opening of a stream fails", 'F' },
		{ EXAM_XMPPS, "HTTP/1.1 400 Bad Request\r\n\r\n", "the TLS handshake fails", 'F' },
		{ EXAM_HTTP, "HTTP/1.1 500 Oh\r\n\r\n", "a request for a page fails", 'F' },
		{ EXAM_HTTP, "ICY 200 OK\r\n\r\n", "a request for a page fails", 'F' },
		{ EXAM_HTTP, "HTTP/1.1 302 Found\r\n\r\n", "answers", 'A' },
		{ EXAM_METRICS, "HTTP/1.1 200 OK\r\n\r\n", "answers", 'A' },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct exam x = { .count = 0 };
		struct parrot p = { .text = rows[i].text };
		const struct admin_finding *f;
		struct addr addr;

		p.fd = listen_here(&addr);
		assert_int_equal(pthread_create(&p.thread, NULL, say_it, &p), 0);
		f = examine_door(&x, rows[i].kind, &addr, LONG);
		assert_int_equal(pthread_join(p.thread, NULL), 0);
		assert_non_null(p.text);
		assert_int_equal(f->grade, rows[i].grade);
		assert_non_null(strstr(f->text, rows[i].wanted));
		(void)close(p.fd);
	}
}

/* ---- files ---- */

static char worst_of(const struct exam *x, const char *check)
{
	char worst = 0;

	for (size_t i = 0; i < x->count; i++) {
		if (strcmp(x->findings[i].check, check) == 0 && x->findings[i].grade > worst)
			worst = x->findings[i].grade;
	}
	return worst;
}

static void touch(const char *folder, const char *name, mode_t mode, off_t size)
{
	char path[PATH_BYTES];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void drop(const char *folder)
{
	const char *const names[] = { "parley.db", "parley.db-wal", "key.pem" };
	char path[PATH_BYTES];

	for (size_t i = 0; i < array_len(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void files_are_judged(void **state)
{
	char folder[] = "/tmp/parley-exam-XXXXXX", key[PATH_BYTES];
	struct exam x = { .data_dir = folder, .key_path = key };

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(key, sizeof(key), "%s/key.pem", folder);
	touch(folder, "key.pem", 0600, 0);
	touch(folder, "parley.db", 0600, 0);
	touch(folder, "parley.db-wal", 0600, 4096);
	exam_files(&x);
	assert_int_equal(worst_of(&x, "rights"), 'A');
	assert_int_equal(worst_of(&x, "log-of-store"), 'A');
	assert_int_equal(worst_of(&x, "backup"), 'C');
	touch(folder, "key.pem", 0640, 0);
	touch(folder, "parley.db-wal", 0600, (off_t)(300 * MIB)); /* a hole */
	x.count = 0;
	exam_files(&x);
	assert_int_equal(worst_of(&x, "rights"), 'F');
	assert_int_equal(worst_of(&x, "log-of-store"), 'C');
	drop(folder);
}

static void clocks_are_compared(void **state)
{
	char folder[] = "/tmp/parley-exam-XXXXXX";
	struct exam x = { .data_dir = folder, .ran = USEC_PER_HOUR };

	(void)state;
	assert_non_null(mkdtemp(folder));
	x.wall_started = wall_now() - USEC_PER_HOUR;
	x.wall_newest = wall_now() - USEC_PER_DAY;
	exam_clock(&x);
	assert_int_equal(worst_of(&x, "clock"), 'A');
	x.count = 0;
	x.wall_newest = wall_now() + USEC_PER_HOUR;
	exam_clock(&x);
	assert_int_equal(worst_of(&x, "clock"), 'D');
	x.count = 0;
	x.wall_newest = 0;
	x.wall_started -= USEC_PER_MIN; /* a minute was put in */
	exam_clock(&x);
	assert_int_equal(worst_of(&x, "clock"), 'C');
	x.count = 0;
	x.wall_started += 2 * USEC_PER_MIN; /* or taken out */
	exam_clock(&x);
	assert_int_equal(worst_of(&x, "clock"), 'C');
	drop(folder);
	x.count = 0;
	exam_clock(&x);
	assert_int_equal(worst_of(&x, "data-folder"), 'F');
}

static void lists_of_blocked_addresses_are_judged(void **state)
{
	char folder[] = "/tmp/parley-exam-XXXXXX", path[PATH_BYTES];
	struct exam_list list = { .path = path };
	struct exam x = { .are_lists_in_force = true };

	(void)state;
	exam_lists(&x);
	assert_int_equal(x.count, 0); /* none are configured */
	assert_non_null(mkdtemp(folder));
	touch(folder, "key.pem", 0600, 0); /* any file does */
	(void)snprintf(path, sizeof(path), "%s/key.pem", folder);
	x.lists = &list;
	x.list_count = 1;
	x.wall_lists = wall_now() + USEC_PER_SEC;
	exam_lists(&x);
	assert_int_equal(worst_of(&x, "block-lists"), 'A');
	x.count = 0;
	x.wall_lists = wall_now() - USEC_PER_DAY;
	exam_lists(&x);
	assert_int_equal(worst_of(&x, "block-lists"), 'C'); /* has changed since */
	x.count = 0;
	x.are_lists_in_force = false;
	list.err = ERR_INVALID;
	list.line = 7;
	exam_lists(&x);
	assert_int_equal(x.count, 2);
	assert_int_equal(worst_of(&x, "block-lists"), 'D'); /* those of before are in force */
	assert_non_null(strstr(x.findings[1].text, "line 7 of /tmp/"));
	x.count = 0;
	x.wall_lists = 0;
	exam_lists(&x);
	assert_int_equal(worst_of(&x, "block-lists"), 'F');
	drop(folder);
}

static void findings_have_an_end(void **state)
{
	static struct exam x;

	(void)state;
	for (int i = 0; i < EXAM_FINDINGS_MAX + 10; i++)
		exam_note(&x, "many", 'B', "fewer", "number %d", i);
	assert_int_equal(x.count, EXAM_FINDINGS_MAX);
}

UNIT_TESTS(server_doctor_exam, cmocka_unit_test(nobody_listens),
	   cmocka_unit_test(a_silent_listener_takes_no_longer_than_patience),
	   cmocka_unit_test(what_is_said_must_fit), cmocka_unit_test(files_are_judged),
	   cmocka_unit_test(clocks_are_compared),
	   cmocka_unit_test(lists_of_blocked_addresses_are_judged),
	   cmocka_unit_test(findings_have_an_end));
