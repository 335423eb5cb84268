/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket as its users see it: requests on a real socket, a store in memory. */
#include "support/unit.h"

#include "server/admin/admin.h"
#include "server/admin/request.h"
#include "server/model/account.h"
#include "server/store/store.h"
#include "support/server/store/memory_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE (30 * USEC_PER_SEC)

struct fixture {
	char folder[64];
	struct loop *loop;
	struct pool *pool;
	struct memory_store *memory;
	struct store *store;
	struct accounts *accounts;
	struct admin_config config;
	struct admin *admin;
	int fd;
	/* What the double of the sessions was asked, and the call that it keeps. */
	char asked[100];
	size_t ended;
	bool is_held;
	void (*held_fn)(void *arg, size_t count);
	void *held_arg;
};

static void list_sessions(void *owner, struct str user, unsigned max,
			  void (*fn)(void *arg, const struct admin_session *sessions, size_t count),
			  void *arg)
{
	struct fixture *f = owner;
	const struct admin_session one = { .jid = STR("romeo@localhost/balcony"),
					   .peer = STR("127.0.0.1"),
					   .client = STR("A client\xff"),
					   .wall_since = 1000 * USEC_PER_SEC,
					   .is_secure = true };

	assert_true(max > 0);
	(void)snprintf(f->asked, sizeof(f->asked), "list %.*s", STR_ARG(user));
	fn(arg, &one, 1);
}

static void end_sessions(void *owner, struct str jid, void (*fn)(void *arg, size_t count),
			 void *arg)
{
	struct fixture *f = owner;

	(void)snprintf(f->asked, sizeof(f->asked), "end %.*s", STR_ARG(jid));
	if (f->is_held) {
		f->held_fn = fn;
		f->held_arg = arg;
	} else {
		fn(arg, f->ended);
	}
}

static void remove_account(void *owner, struct str jid, void (*fn)(void *arg, enum err e),
			   void *arg)
{
	struct fixture *f = owner;

	(void)snprintf(f->asked, sizeof(f->asked), "remove %.*s", STR_ARG(jid));
	accounts_delete(f->accounts, jid, fn, arg);
}

static int open_socket(const struct fixture *f)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/control.sock", f->folder);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static int set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct pool_config pool = { .name = "test", .threads = 2, .queue_limit = 100 };
	struct store_config config;
	const char *why = "";

	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/parley-admin-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(loop_new(0, &f->loop), OK);
	assert_int_equal(pool_new(&pool, &f->pool), OK);
	f->memory = memory_store_new();
	config = memory_store_config(f->memory);
	assert_int_equal(store_open(&config, &f->store, &why), OK);
	f->accounts = accounts_new(
		&(struct accounts_config){ .loop = f->loop, .store = f->store, .pool = f->pool });
	f->config = (struct admin_config){ .data_dir = str_from(f->folder),
					   .domain = STR("localhost"),
					   .version = STR("1.2"),
					   .wall_started = wall_now(),
					   .store = f->store,
					   .accounts = f->accounts,
					   .owner = f,
					   .list_sessions = list_sessions,
					   .end_sessions = end_sessions,
					   .remove_account = remove_account };
	assert_int_equal(admin_new(f->loop, &f->config, &f->admin), OK);
	f->fd = open_socket(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char path[100];

	(void)close(f->fd);
	admin_free(&f->admin);
	store_close(&f->store);
	pool_free(&f->pool);
	accounts_free(&f->accounts);
	memory_store_free(&f->memory);
	loop_free(&f->loop);
	(void)snprintf(path, sizeof(path), "%s/control.sock", f->folder);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(rmdir(f->folder), 0);
	test_free(f);
	return 0;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void turn(struct fixture *f)
{
	const bool never = false;

	loop_run_until(f->loop, &never, 20 * USEC_PER_MSEC);
}

/* The next line of the socket, or NULL at its end. */
static json_t *hear(struct fixture *f, int fd)
{
	static char line[256 * 1024];
	usec_t end = clock_now() + DEADLINE;
	size_t len = 0;

	while (clock_now() < end) {
		ssize_t n = recv(fd, line + len, 1, MSG_DONTWAIT);

		if (n == 0)
			return NULL;
		if (n < 0) {
			turn(f);
			continue;
		}
		if (line[len] == '\n') {
			json_t *answer = json_loadb(line, len, 0, NULL);

			assert_non_null(answer);
			return answer;
		}
		assert_true(++len < sizeof(line));
	}
	fail_msg("no answer");
	return NULL;
}

static json_t *ask(struct fixture *f, const char *request)
{
	say(f->fd, request);
	say(f->fd, "\n");
	return hear(f, f->fd);
}

/* Asks, and wants the answer's result to be exactly this JSON. */
static void gives(struct fixture *f, const char *request, const char *wanted)
{
	json_t *answer = ask(f, request);
	char *text = json_dumps(json_object_get(answer, "result"), JSON_COMPACT | JSON_ENCODE_ANY);

	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
	json_decref(answer);
}

static void refuses(struct fixture *f, const char *request, const char *code)
{
	json_t *answer = ask(f, request);
	const json_t *error = json_object_get(answer, "error");

	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
	assert_true(json_string_length(json_object_get(error, "text")) > 0);
	json_decref(answer);
}

static void keeps_accounts(void **state)
{
	struct fixture *f = *state;
	json_t *answer, *row;

	gives(f, "{\"command\":\"user list\"}", "[]");
	gives(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"Romeo\",\"password\":\"x\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"added\"}");
	refuses(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"romeo\",\"password\":\"x\"}}",
		"exists");
	refuses(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"tybalt\",\"password\":\"\"}}",
		"invalid");
	refuses(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"a@b\",\"password\":\"x\"}}",
		"not-found");
	refuses(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"a b\",\"password\":\"x\"}}",
		"invalid");
	gives(f,
	      "{\"command\":\"user add\",\"args\":{\"jid\":\"julia@localhost\",\"password\":\"y\","
	      "\"admin\":true}}",
	      "{\"jid\":\"julia@localhost\",\"done\":\"added\"}");
	refuses(f, "{\"command\":\"user passwd\",\"args\":{\"jid\":\"x\",\"password\":\"x\"}}",
		"not-found");
	gives(f, "{\"command\":\"user passwd\",\"args\":{\"jid\":\"romeo\",\"password\":\"z\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"password changed\"}");
	answer = ask(f, "{\"command\":\"user list\"}");
	assert_int_equal(json_array_size(json_object_get(answer, "result")), 2);
	row = json_array_get(json_object_get(answer, "result"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "jid")), "julia@localhost");
	assert_true(json_is_true(json_object_get(row, "admin")));
	assert_true(json_is_false(json_object_get(row, "disabled")));
	json_decref(answer);
	answer = ask(
		f,
		"{\"command\":\"user list\",\"args\":{\"max\":1,\"after\":\"julia@localhost\"}}");
	assert_int_equal(json_array_size(json_object_get(answer, "result")), 1);
	json_decref(answer);
	refuses(f, "{\"command\":\"user list\",\"args\":{\"max\":0}}", "wrong-argument");
}

static void disables_and_deletes(void **state)
{
	struct fixture *f = *state;
	json_t *answer;

	gives(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"romeo\",\"password\":\"x\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"added\"}");
	gives(f, "{\"command\":\"user disable\",\"args\":{\"jid\":\"romeo\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"disabled\"}");
	assert_string_equal(f->asked, "end romeo@localhost");
	answer = ask(f, "{\"command\":\"user list\"}");
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(answer, "result"), 0), "disabled")));
	json_decref(answer);
	gives(f, "{\"command\":\"user enable\",\"args\":{\"jid\":\"romeo\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"enabled\"}");
	f->asked[0] = '\0';
	gives(f, "{\"command\":\"user delete\",\"args\":{\"jid\":\"romeo\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"deleted\"}");
	assert_string_equal(f->asked, "remove romeo@localhost");
	gives(f, "{\"command\":\"user list\"}", "[]");
	refuses(f, "{\"command\":\"user delete\",\"args\":{\"jid\":\"romeo\"}}", "not-found");
}

#define RETENTION(jid, keep)                                                                       \
	"{\"command\":\"user retention\",\"args\":{\"jid\":\"" jid "\",\"keep\":\"" keep "\"}}"

static void sets_retention(void **state)
{
	static const char *const wrong[] = { RETENTION("romeo", "0s"), RETENTION("romeo", "-1d"),
					     RETENTION("romeo", "36501d"), RETENTION("romeo", ""),
					     RETENTION("romeo", "soon") };
	static const char *const good[] = { RETENTION("romeo", "30d"), RETENTION("romeo", "36500d"),
					    RETENTION("romeo", "forever") };
	struct fixture *f = *state;

	gives(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"romeo\",\"password\":\"x\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"added\"}");
	for (size_t i = 0; i < array_len(good); i++)
		gives(f, good[i], "{\"jid\":\"romeo@localhost\",\"done\":\"retention set\"}");
	gives(f, RETENTION("romeo", "default"),
	      "{\"jid\":\"romeo@localhost\",\"done\":\"keeps messages like everybody\"}");
	for (size_t i = 0; i < array_len(wrong); i++)
		refuses(f, wrong[i], "wrong-argument");
	refuses(f, RETENTION("nobody", "1d"), "not-found");
}

#define RESET_LINK(jid, expires)                                                                   \
	"{\"command\":\"user reset-link\",\"args\":{\"jid\":\"" jid "\",\"expires\":\"" expires    \
	"\"}}"

static void makes_a_reset_link(void **state)
{
	struct fixture *f = *state;
	const char *path;
	json_t *answer;

	gives(f, "{\"command\":\"user add\",\"args\":{\"jid\":\"romeo\",\"password\":\"x\"}}",
	      "{\"jid\":\"romeo@localhost\",\"done\":\"added\"}");
	answer = ask(f, RESET_LINK("romeo", "12h"));
	path = json_string_value(json_object_get(json_object_get(answer, "result"), "path"));
	assert_non_null(path);
	assert_memory_equal(path, "/reset/726f6d656f-", 18);
	json_decref(answer);
	refuses(f, RESET_LINK("romeo", "31d"), "wrong-argument");
	refuses(f, RESET_LINK("romeo", "0s"), "wrong-argument");
	refuses(f, RESET_LINK("nobody", "1d"), "not-found");
}

static void keeps_sessions(void **state)
{
	struct fixture *f = *state;

	gives(f, "{\"command\":\"sessions list\"}",
	      "[{\"jid\":\"romeo@localhost/balcony\",\"from\":\"127.0.0.1\",\"since\":"
	      "\"1970-01-01T00:16:40Z\",\"tls\":true,\"detached\":false,\"client\":\"A client\"}]");
	assert_string_equal(f->asked, "list ");
	f->ended = 2;
	gives(f, "{\"command\":\"sessions kick\",\"args\":{\"jid\":\"ROMEO@localhost/X\"}}",
	      "{\"ended\":2}");
	assert_string_equal(f->asked, "end romeo@localhost/X");
	f->ended = 0;
	refuses(f, "{\"command\":\"sessions kick\",\"args\":{\"jid\":\"a@b\"}}", "not-found");
	refuses(f, "{\"command\":\"sessions kick\",\"args\":{\"jid\":\"@\"}}", "invalid");
	f->config.end_sessions = NULL;
	refuses(f, "{\"command\":\"sessions kick\",\"args\":{\"jid\":\"a@b\"}}", "unsupported");
}

static void tells_numbers(void **state)
{
	struct fixture *f = *state;
	json_t *answer = ask(f, "{\"command\":\"stats\"}");
	const json_t *result = json_object_get(answer, "result");

	assert_string_equal(json_string_value(json_object_get(result, "version")), "1.2");
	assert_true(json_is_integer(json_object_get(result, "sessions")));
	assert_int_equal(json_integer_value(json_object_get(result, "accounts")), 0);
	json_decref(answer);
	gives(f, "{\"command\":\"log level\",\"args\":{\"level\":\"warn\"}}",
	      "{\"level\":\"warn\"}");
	gives(f, "{\"command\":\"log level\"}", "{\"level\":\"warn\"}");
	refuses(f, "{\"command\":\"log level\",\"args\":{\"level\":\"loud\"}}", "wrong-argument");
	gives(f, "{\"command\":\"log level\",\"args\":{\"level\":\"info\"}}",
	      "{\"level\":\"info\"}");
	answer = ask(f, "{\"command\":\"help\"}");
	assert_true(json_array_size(json_object_get(answer, "result")) > 8);
	json_decref(answer);
}

static void answers_in_order(void **state)
{
	struct fixture *f = *state;
	json_t *answer;

	say(f->fd, "{\"command\":\"user add\",\"args\":{\"jid\":\"a\",\"password\":\"x\"}}\n"
		   "nonsense\n{\"command\":\"log level\"}\n{\"comm");
	answer = hear(f, f->fd);
	assert_true(json_is_object(json_object_get(answer, "result")));
	json_decref(answer);
	answer = hear(f, f->fd);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	json_decref(answer);
	answer = hear(f, f->fd);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	say(f->fd, "and\":\"user list\"}\n");
	answer = hear(f, f->fd);
	assert_int_equal(json_array_size(json_object_get(answer, "result")), 1);
	json_decref(answer);
}

static void refuses_what_is_too_long(void **state)
{
	struct fixture *f = *state;
	static char line[ADMIN_REQUEST_MAX + 2];
	json_t *answer;

	memset(line, ' ', sizeof(line) - 1);
	say(f->fd, line);
	answer = hear(f, f->fd);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	json_decref(answer);
	assert_null(hear(f, f->fd));
}

static void outlives_clients_that_leave(void **state)
{
	struct fixture *f = *state;
	int fd = open_socket(f);

	f->is_held = true;
	say(fd, "{\"command\":\"sessions kick\",\"args\":{\"jid\":\"a@b\"}}\n");
	while (!f->held_fn)
		turn(f);
	(void)close(fd);
	turn(f);
	f->held_fn(f->held_arg, 1);
	/* And one that does not wait for its answer. */
	fd = open_socket(f);
	say(fd, "{\"command\":\"help\"}\n{\"command\":\"help\"}\n");
	(void)close(fd);
	turn(f);
	gives(f, "{\"command\":\"user list\"}", "[]");
}

static void bounds_connections(void **state)
{
	struct fixture *f = *state;
	int fds[ADMIN_CLIENTS_MAX];
	json_t *answer;

	for (size_t i = 0; i < array_len(fds); i++)
		fds[i] = open_socket(f);
	turn(f);
	/* f->fd and all but one of these are in; the last one waits until somebody goes. */
	say(fds[ADMIN_CLIENTS_MAX - 1], "{\"command\":\"log level\"}\n");
	turn(f);
	assert_true(recv(fds[ADMIN_CLIENTS_MAX - 1], &(char){ 0 }, 1, MSG_DONTWAIT) < 0);
	(void)close(fds[0]);
	answer = hear(f, fds[ADMIN_CLIENTS_MAX - 1]);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	for (size_t i = 1; i < array_len(fds); i++)
		(void)close(fds[i]);
	turn(f);
}

static void replaces_only_what_is_dead(void **state)
{
	struct fixture *f = *state;
	struct admin *second = NULL;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	assert_int_equal(admin_new(f->loop, &f->config, &second), ERR_EXISTS);
	assert_null(second);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/control.sock", f->folder);
	assert_int_equal(stat(un.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	admin_free(&f->admin);
	/* A socket that a process which died has left. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	(void)close(fd);
	assert_int_equal(admin_new(f->loop, &f->config, &f->admin), OK);
	(void)close(f->fd);
	f->fd = open_socket(f);
	gives(f, "{\"command\":\"user list\"}", "[]");
	/* A file that is no socket is not ours to remove. */
	admin_free(&f->admin);
	fd = creat(un.sun_path, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(admin_new(f->loop, &f->config, &f->admin), ERR_EXISTS);
	assert_int_equal(unlink(un.sun_path), 0);
	assert_int_equal(admin_new(f->loop, &f->config, &f->admin), OK);
}

#define WITH_SOCKET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

UNIT_TESTS(admin, WITH_SOCKET(keeps_accounts), WITH_SOCKET(disables_and_deletes),
	   WITH_SOCKET(sets_retention), WITH_SOCKET(makes_a_reset_link),
	   WITH_SOCKET(keeps_sessions), WITH_SOCKET(tells_numbers), WITH_SOCKET(answers_in_order),
	   WITH_SOCKET(refuses_what_is_too_long), WITH_SOCKET(outlives_clients_that_leave),
	   WITH_SOCKET(bounds_connections), WITH_SOCKET(replaces_only_what_is_dead));
