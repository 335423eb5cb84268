/* SPDX-License-Identifier: Apache-2.0 */
/* What all answers about uploads over HTTP share: their fields, errors as statuses, and the slot
 * that a request carries. On the connection's loop. */
#pragma once

#include "net/http.h"
#include "server/model/uploads.h"

struct home;

/* One of each loop. */
struct upload_web {
	struct home *home;
	unsigned fetches; /* under way */
};

enum {
	UPLOAD_FETCHES_MAX = 1000, /* files that one loop gives out at a time */
	UPLOAD_FIELDS_MAX = 16,
};

/* The fields of an answer as they are put together; strings are borrowed, or in the arena. */
struct upload_fields {
	struct http_field list[UPLOAD_FIELDS_MAX];
	size_t count;
};

void upload_add_field(struct upload_fields *f, struct str name, struct str value);

/* What every answer says; and, to a page that may ask (our own, or one of http.origins), that it
 * may read it. */
void upload_add_common(struct upload_fields *f, struct upload_web *w,
		       const struct http_request *request);

/* An answer with a sentence and nothing else of its own. */
void upload_respond_text(struct http_conn *conn, const struct upload_fields *f, unsigned status,
			 struct str text);

/* What an error of the book or the disk is in HTTP, with its sentence. */
unsigned upload_status_of(enum err err, struct str *ret_text);

/* The slot in the request's Authorization, in the arena. ERR_NOT_FOUND: none; ERR_INVALID: not one
 * of ours. Its age is not looked at. */
must_check enum err upload_read_slot(struct arena *a, const struct upload_web *w,
				     const struct http_head *head, struct upload *ret_upload);
