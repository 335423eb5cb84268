/* SPDX-License-Identifier: Apache-2.0 */
/* Telling systemd, see notify.h. */
#include "server/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_systemd(struct str state, bool may_wait)
{
	struct str path = str_from(getenv("NOTIFY_SOCKET"));
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 1 };
	int fd;

	if (!path.len || path.len >= sizeof(to.sun_path) ||
	    (path.ptr[0] != '/' && path.ptr[0] != '@'))
		return;
	memcpy(to.sun_path, path.ptr, path.len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Nobody to tell if it fails. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	(void)sendto(fd, state.ptr, state.len, MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT),
		     (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len));
	(void)close(fd);
}
