/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers over the control socket. Blocking. */
#include "ctl/wire.h"

#include "base/sbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 64 * 1024,           /* bytes; the server takes no more */
	ANSWER_MAX = 64 * 1024 * 1024 + 1, /* bytes; the server sends no more */
	CHUNK = 64 * 1024,
};

static enum err connect_in(int folder, int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	/* By the descriptor: the folder's path may be longer than a socket's may. */
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/control.sock", folder);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return OK;
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		return ERR_CLOSED;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	default:
		return ERR_IO;
	}
}

enum err wire_connect(const char *folder, int *ret_fd)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err err;
	int fd;

	if (dir < 0)
		return err_from_errno(errno);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	err = fd < 0 ? err_from_errno(errno) : connect_in(dir, fd);
	(void)close(dir); /* only a name */
	if (!err)
		*ret_fd = fd;
	else if (fd >= 0)
		(void)close(fd); /* nothing was said */
	return err;
}

static enum err send_all(int fd, struct str text)
{
	while (!str_is_empty(text)) {
		ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
		text = str_from_at(text, (size_t)n);
	}
	return OK;
}

static enum err receive_line(int fd, struct sbuf *in)
{
	while (in->len == 0 || in->ptr[in->len - 1] != '\n') {
		size_t room = in->limit - in->len < CHUNK ? in->limit - in->len : CHUNK;
		ssize_t n;

		if (room == 0 || sbuf_room(in, room))
			return ERR_TOO_BIG;
		n = recv(fd, in->ptr + in->len, room, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
		if (n == 0)
			return ERR_CLOSED;
		in->len += (size_t)n;
	}
	return OK;
}

static int add(const char *bytes, size_t len, void *out)
{
	return sbuf_add(out, str_make(bytes, len)) ? -1 : 0;
}

static enum err send_request(int fd, const json_t *request)
{
	struct sbuf out scoped(sbuf_done) = SBUF(REQUEST_MAX);
	enum err err = sbuf_room(&out, REQUEST_MAX); /* at once: growing leaves copies behind */

	if (!err && json_dump_callback(request, add, &out, JSON_COMPACT) != 0)
		err = ERR_TOO_BIG;
	if (!err)
		err = sbuf_add_char(&out, '\n');
	if (!err)
		err = send_all(fd, sbuf_str(&out));
	if (out.ptr)
		explicit_bzero(out.ptr, out.cap); /* it may hold a password */
	return err;
}

enum err wire_ask(int fd, json_t *take_request, json_t **ret_answer)
{
	struct sbuf in scoped(sbuf_done) = SBUF(ANSWER_MAX);
	enum err err = send_request(fd, take_request);
	json_t *answer;

	json_decref(take_request);
	if (!err)
		err = receive_line(fd, &in);
	if (err)
		return err;
	answer = json_loadb(in.ptr, in.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_boolean(json_object_get(answer, "ok"))) {
		json_decref(answer);
		return ERR_INVALID;
	}
	*ret_answer = answer;
	return OK;
}
