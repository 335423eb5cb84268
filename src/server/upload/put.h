/* SPDX-License-Identifier: Apache-2.0 */
/* PUT of a file (XEP-0363 8): once, with the slot's token, exactly as long as was said. On the
 * connection's loop. */
#pragma once

#include "net/http.h"

/* owner: a struct upload_web. */
void put_run(void *owner, struct http_conn *conn, const struct http_request *request);
