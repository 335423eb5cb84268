/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the error enum, and the end of a process that met a bug. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const texts[] = {
#define ERR(name, text) text,
#include "base/err.def"
#undef ERR
};

const char *err_text(enum err e)
{
	return (size_t)e < array_len(texts) ? texts[e] : "unknown error";
}

enum err err_from_errno(int n)
{
	switch (n) {
	case 0:
		return OK;
	case EAGAIN:
	case EINTR:
	case EINPROGRESS:
		return ERR_AGAIN;
	case ENOENT:
		return ERR_NOT_FOUND;
	case EEXIST:
	case EADDRINUSE:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
		return ERR_NO_SPACE;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return ERR_CLOSED;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return ERR_BUSY;
	default:
		return ERR_IO;
	}
}

void must_failed(const char *expr, const char *file, int line)
{
	(void)fprintf(stderr, "bug: expected %s at %s:%d\n", expr, file, line);
	abort();
}
