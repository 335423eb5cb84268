/* SPDX-License-Identifier: Apache-2.0 */
/* A password from stdin: asked for twice and without echo on a terminal, otherwise the first line.
 * One thread. */
#pragma once

#include "base/err.h"

enum { PASSWORD_MAX = 1024 /* bytes, with its NUL */ };

/* Reads into buf (PASSWORD_MAX bytes), NUL at the end; the caller wipes it. ERR_CLOSED: end of
 * input, or a signal; ERR_TOO_BIG; ERR_INVALID: the two are not the same; ERR_IO. */
must_check enum err password_read(char *buf);
