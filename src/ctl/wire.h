/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket as the tool sees it: one request, one answer. Blocking; one thread. */
#pragma once

#include "base/err.h"

#include <jansson.h>

/* Connects to the server whose data is in folder. ERR_NOT_FOUND: the folder is not there;
 * ERR_CLOSED: no server runs on it; ERR_DENIED; ERR_IO. *ret_fd is the caller's. */
must_check enum err wire_connect(const char *folder, int *ret_fd);

/* Sends request (taken) and waits for the answer, which is the caller's. ERR_CLOSED: the
 * server went away; ERR_INVALID: what came is no answer; ERR_TOO_BIG; ERR_IO. */
must_check enum err wire_ask(int fd, json_t *take_request, json_t **ret_answer);
