/* SPDX-License-Identifier: Apache-2.0 */
/* GET and HEAD of a file: whole or a range, under conditions (RFC 9110), never as something that a
 * browser would run. On the connection's loop. */
#pragma once

#include "net/http.h"

enum { FETCH_STEP = 256 * 1024 /* bytes in memory for a connection */ };

/* owner: a struct upload_web. */
void fetch_run(void *owner, struct http_conn *conn, const struct http_request *request);
