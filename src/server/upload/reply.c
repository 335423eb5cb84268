/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about uploads, see reply.h. */
#include "server/upload/reply.h"

#include "server/conf/conf.h"
#include "server/http/route.h"
#include "server/route/home.h"

enum { ORIGINS_MAX = 64 };

void upload_add_field(struct upload_fields *f, struct str name, struct str value)
{
	must(f->count < UPLOAD_FIELDS_MAX);
	f->list[f->count++] = (struct http_field){ .name = name, .value = value };
}

static bool may_read(const struct upload_web *w, const struct http_request *request,
		     struct str origin)
{
	const struct conf *conf = w->home->conf;
	struct str origins[ORIGINS_MAX];
	size_t count = conf_list_count(conf, "http.origins");

	count = count < ORIGINS_MAX ? count : ORIGINS_MAX;
	for (size_t i = 0; i < count; i++)
		origins[i] = conf_list_at(conf, "http.origins", i);
	return str_is_set(origin) &&
	       route_may_come_from(origin, request->head.host, origins, count);
}

void upload_add_common(struct upload_fields *f, struct upload_web *w,
		       const struct http_request *request)
{
	struct str origin = http_head_field(&request->head, STR("Origin"));

	upload_add_field(f, STR("X-Content-Type-Options"), STR("nosniff"));
	upload_add_field(f, STR("Content-Security-Policy"), STR("sandbox; default-src 'none'"));
	upload_add_field(f, STR("Referrer-Policy"), STR("no-referrer"));
	upload_add_field(f, STR("X-Robots-Tag"), STR("noindex"));
	upload_add_field(f, STR("Vary"), STR("Origin"));
	if (may_read(w, request, origin)) {
		upload_add_field(f, STR("Access-Control-Allow-Origin"), origin);
		upload_add_field(f, STR("Access-Control-Expose-Headers"),
				 STR("Location, Upload-Offset, Upload-Length, Upload-Expires, "
				     "Tus-Version, Tus-Resumable, Tus-Max-Size, Tus-Extension"));
	}
}

void upload_respond_text(struct http_conn *conn, const struct upload_fields *f, unsigned status,
			 struct str text)
{
	struct http_answer answer = { .status = status,
				      .content_type = STR("text/plain; charset=utf-8"),
				      .fields = f->list,
				      .count = f->count };
	struct bytes *body = text.len ? bytes_new(text) : NULL;

	if (!body)
		answer.content_type = STR("");
	http_respond(conn, &answer, body);
	(void)bytes_unref(body);
}

unsigned upload_status_of(enum err err, struct str *ret_text)
{
	static const struct {
		enum err err;
		unsigned status;
		struct str text;
	} rows[] = {
		{ ERR_DENIED, 403, STR_INIT("This account may not upload files.\n") },
		{ ERR_EXISTS, 409, STR_INIT("This slot was used already.\n") },
		{ ERR_AGAIN, 409, STR_INIT("This file is being sent right now.\n") },
		{ ERR_INVALID, 409, STR_INIT("The upload is at another offset.\n") },
		{ ERR_NOT_FOUND, 404, STR_INIT("There is no such file.\n") },
		{ ERR_TOO_BIG, 413, STR_INIT("The quota of this account is reached.\n") },
		{ ERR_NO_SPACE, 507, STR_INIT("The server has no room for this file.\n") },
		{ ERR_BUSY, 503, STR_INIT("The server is busy. Please try again.\n") },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (rows[i].err == err) {
			*ret_text = rows[i].text;
			return rows[i].status;
		}
	}
	*ret_text = STR("The server cannot do this at the moment.\n");
	return 500;
}

enum err upload_read_slot(struct arena *a, const struct upload_web *w, const struct http_head *head,
			  struct upload *ret_upload)
{
	struct str text = http_head_field(head, STR("Authorization")), scheme;

	if (!str_is_set(text))
		return ERR_NOT_FOUND;
	text = str_trim(text);
	if (!str_split(&text, ' ', &scheme) || !str_eq_nocase(scheme, STR("Bearer")))
		return ERR_INVALID;
	return upload_slot_read(a, uploads_key(w->home->uploads), str_trim(text), ret_upload);
}
