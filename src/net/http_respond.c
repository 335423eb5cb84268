/* SPDX-License-Identifier: Apache-2.0 */
/* Whole answers, see http.h. */
#include "net/http.h"

void http_respond(struct http_conn *conn, const struct http_answer *answer, struct bytes *body)
{
	http_begin(conn, answer, body ? body->len : 0);
	if (body)
		http_write(conn, body);
	http_end(conn);
}

void http_respond_text(struct http_conn *conn, unsigned status, struct str text)
{
	struct http_answer answer = { .status = status,
				      .content_type = STR("text/plain; charset=utf-8") };
	struct bytes *body = bytes_new(text);

	http_respond(conn, &answer, body);
	(void)bytes_unref(body); /* the transport has its own count */
}
