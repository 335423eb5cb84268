/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads that can be resumed (tus 1.0.0 with creation, termination and expiration), at the link
 * that the slot names and with the slot's token: docs/uploads.md. On the connection's loop. */
#pragma once

#include "net/http.h"

/* Handlers below /file/tus/; their owner is a struct upload_web. */
void tus_run_post(void *owner, struct http_conn *conn, const struct http_request *request);
void tus_run_head(void *owner, struct http_conn *conn, const struct http_request *request);
void tus_run_patch(void *owner, struct http_conn *conn, const struct http_request *request);
void tus_run_delete(void *owner, struct http_conn *conn, const struct http_request *request);
void tus_run_options(void *owner, struct http_conn *conn, const struct http_request *request);
