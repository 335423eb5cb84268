/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket. Runs on one loop of the server. */
#include "server/admin/admin.h"

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sbuf.h"
#include "crypto/secret.h"
#include "server/admin/commands.h"
#include "server/admin/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct admin {
	struct loop *loop;
	const struct admin_config *config;
	int folder; /* data_dir: the socket is named by it, so that its path may be of any length */
	struct watch watch;
	struct list clients;
	unsigned client_count;
};

/* A connection. One request at a time: while it is carried out nothing is read. */
struct client {
	struct list link;
	struct admin *admin;
	struct watch watch;
	struct sbuf in, out;
	size_t sent;            /* bytes of out */
	struct admin_call call; /* args is set while it is under way */
	bool is_gone;           /* the peer went away during a call */
};

static void client_free(struct client *c)
{
	struct admin *a = c->admin;

	loop_unwatch(a->loop, &c->watch);
	(void)close(c->watch.fd); /* nothing is lost by it */
	list_remove(&c->link);
	if (a->client_count-- == ADMIN_CLIENTS_MAX)
		loop_rewatch(a->loop, &a->watch, EPOLLIN);
	if (c->in.ptr)
		secret_wipe(c->in.ptr, c->in.cap);
	sbuf_done(&c->in);
	sbuf_done(&c->out);
	request_free_args(c->call.args);
	mem_free(c);
}

/* ---- answers ---- */

static int add_json(const char *bytes, size_t len, void *out)
{
	return sbuf_add(out, str_make(bytes, len)) ? -1 : 0;
}

static void write_answer(struct client *c, json_t *answer)
{
	size_t before = c->out.len;

	(void)json_dump_callback(answer, add_json, &c->out, JSON_COMPACT); /* out.err tells */
	json_decref(answer);
	sbuf_add_char(&c->out, '\n');
	if (c->out.err) {
		c->out.len = before;
		c->out.err = OK;
		sbuf_lit(&c->out, "{\"ok\":false,\"error\":{\"code\":\"too-big\",\"text\":"
				  "\"the answer is too large\"}}\n");
	}
}

/* False when the connection has broken. */
static bool flush(struct client *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->watch.fd, c->out.ptr + c->sent, c->out.len - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->sent += (size_t)n;
	}
	sbuf_reset(&c->out);
	c->sent = 0;
	return true;
}

static void read_requests(struct client *c);

/* What is waited for now: room to write, or the next request; during a call only the peer's end. */
static void watch_on(struct client *c)
{
	uint32_t events = c->call.args ? 0 : EPOLLIN;

	if (c->out.len)
		events = EPOLLOUT;
	loop_rewatch(c->admin->loop, &c->watch, events);
}

static void on_answer(struct admin_call *call, json_t *answer)
{
	struct client *c = container_of(call, struct client, call);

	request_free_args(call->args);
	call->args = NULL;
	if (c->is_gone) {
		json_decref(answer);
		client_free(c);
		return;
	}
	write_answer(c, answer);
	/* Sent by its event: read_requests may be above us, and the client must outlive it. */
	loop_rewatch(c->admin->loop, &c->watch, EPOLLOUT);
}

/* ---- requests ---- */

static void begin(struct client *c, struct str line)
{
	const struct admin_command *command;
	struct admin_refusal refusal;
	json_t *args;

	c->call = (struct admin_call){ .config = c->admin->config, .answer = on_answer };
	if (request_parse(line, admin_commands, admin_commands_count, &command, &args, &refusal)) {
		admin_fail(&c->call, refusal.code, "%s", refusal.text);
		return;
	}
	c->call.command = command;
	c->call.args = args;
	if (!str_eq(str_from(command->words), STR("help"))) /* the tool asks for it every time */
		log_info(NULL, "administrator's command",
			 F_STR("command", str_from(command->words)));
	command->run(&c->call);
}

/* Carries out the first whole line, if there is one and nothing else is under way. */
static void read_requests(struct client *c)
{
	ptrdiff_t end = str_index(sbuf_str(&c->in), '\n');

	if (c->call.args || c->out.len)
		return;
	if (end < 0 && c->in.len <= ADMIN_REQUEST_MAX)
		return;
	if (end < 0) {
		/* No place where the next request begins could be found. */
		c->call = (struct admin_call){ .config = c->admin->config, .answer = on_answer };
		sbuf_reset(&c->in);
		(void)shutdown(c->watch.fd, SHUT_RD);
		admin_fail(&c->call, "invalid-request", "a request has at most %d bytes",
			   ADMIN_REQUEST_MAX);
		return;
	}
	begin(c, str_sub(sbuf_str(&c->in), 0, (size_t)end));
	secret_wipe(c->in.ptr, (size_t)end);
	sbuf_drop(&c->in, (size_t)end + 1);
}

static bool receive(struct client *c)
{
	ssize_t n;

	if (c->in.len >= c->in.limit)
		return true;
	n = recv(c->watch.fd, c->in.ptr + c->in.len, c->in.limit - c->in.len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->in.len += (size_t)n;
	return n > 0;
}

static void on_client(struct watch *w, uint32_t events)
{
	struct client *c = container_of(w, struct client, watch);
	bool is_open = !(events & EPOLLERR);

	if (c->call.args) {
		/* Only the end can be heard of now. The call goes on; its answer finds nobody. */
		c->is_gone = true;
		loop_unwatch(c->admin->loop, &c->watch);
		return;
	}
	if (is_open && c->out.len)
		is_open = flush(c);
	else if (is_open)
		is_open = receive(c);
	if (!is_open) {
		client_free(c);
		return;
	}
	read_requests(c);
	watch_on(c);
}

/* ---- connections ---- */

static bool may_talk(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static void client_new(struct admin *a, int fd)
{
	struct client *c = mem_zalloc(1, sizeof(*c));

	c->admin = a;
	c->watch = (struct watch){ .fd = fd, .events = EPOLLIN, .fn = on_client };
	c->in = SBUF(ADMIN_REQUEST_MAX + 1);
	c->out = SBUF(ADMIN_ANSWER_MAX);
	/* All at once: growing would leave copies of passwords behind. */
	if (sbuf_room(&c->in, c->in.limit) || loop_watch(a->loop, &c->watch)) {
		sbuf_done(&c->in);
		(void)close(fd); /* nobody has said anything yet */
		mem_free(c);
		return;
	}
	list_append(&a->clients, &c->link);
	if (++a->client_count == ADMIN_CLIENTS_MAX)
		loop_rewatch(a->loop, &a->watch, 0);
}

static void on_connection(struct watch *w, unused_arg uint32_t events)
{
	struct admin *a = container_of(w, struct admin, watch);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!may_talk(fd)) {
		log_warn(NULL, "stranger at the control socket refused", F_ERR(ERR_DENIED));
		(void)close(fd); /* nobody has said anything yet */
		return;
	}
	client_new(a, fd);
}

/* ---- the socket ---- */

static struct sockaddr_un address(const struct admin *a)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/" ADMIN_SOCKET,
		       a->folder);
	return un;
}

/* Removes a socket of a process that is gone. ERR_EXISTS when somebody answers. */
static enum err remove_stale(const struct admin *a)
{
	struct sockaddr_un un = address(a);
	struct stat st;
	int fd, ret;

	if (fstatat(a->folder, ADMIN_SOCKET, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? OK : err_from_errno(errno);
	if (!S_ISSOCK(st.st_mode))
		return ERR_EXISTS;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_from_errno(errno);
	ret = connect(fd, (const struct sockaddr *)&un, sizeof(un));
	if (ret != 0)
		ret = errno;
	(void)close(fd); /* it was only a question */
	if (ret != ECONNREFUSED)
		return ERR_EXISTS;
	return unlinkat(a->folder, ADMIN_SOCKET, 0) == 0 ? OK : err_from_errno(errno);
}

static enum err listen_on(struct admin *a)
{
	struct sockaddr_un un = address(a);
	mode_t before;
	int ret;

	a->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->watch.fd < 0)
		return err_from_errno(errno);
	before = umask(0177);
	ret = bind(a->watch.fd, (const struct sockaddr *)&un, sizeof(un));
	(void)umask(before);
	if (ret != 0 || listen(a->watch.fd, ADMIN_CLIENTS_MAX) != 0)
		return err_from_errno(errno);
	return loop_watch(a->loop, &a->watch);
}

static enum err open_all(struct admin *a)
{
	char *path = str_dup(a->config->data_dir);
	enum err err;

	a->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mem_free(path);
	if (a->folder < 0)
		return err_from_errno(errno);
	err = remove_stale(a);
	if (err)
		return err;
	return listen_on(a);
}

enum err admin_new(struct loop *loop, const struct admin_config *config, struct admin **ret_admin)
{
	struct admin *a = mem_zalloc(1, sizeof(*a));
	enum err err;

	a->loop = loop;
	a->config = config;
	a->folder = -1;
	a->watch = (struct watch){ .fd = -1, .events = EPOLLIN, .fn = on_connection };
	list_init(&a->clients);
	request_wipe_json();
	err = open_all(a);
	if (err) {
		if (a->watch.fd >= 0)
			(void)close(a->watch.fd); /* never listened on */
		if (a->folder >= 0)
			(void)close(a->folder); /* only a name */
		mem_free(a);
		return err;
	}
	*ret_admin = a;
	return OK;
}

void admin_free(struct admin **admin)
{
	struct admin *a = *admin;

	if (!a)
		return;
	list_each (link, &a->clients)
		client_free(list_entry(link, struct client, link));
	loop_unwatch(a->loop, &a->watch);
	(void)unlinkat(a->folder, ADMIN_SOCKET, 0); /* a stale one is replaced at the next start */
	(void)close(a->watch.fd);                   /* nothing is lost by it */
	(void)close(a->folder);                     /* only a name */
	mem_free(a);
	*admin = NULL;
}
