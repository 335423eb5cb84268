/* SPDX-License-Identifier: Apache-2.0 */
/* Links to uploads: /file/<id>/<name>. The id finds the file; the name is there for people, and
 * never a path on the disk. Any thread. */
#pragma once

#include "server/model/upload.h"

#define UPLOAD_PATH     STR("/file/")
#define UPLOAD_TUS_PATH STR("/file/tus/")

enum { UPLOAD_LINK_MAX = 8 * 1024 /* bytes */ };

/* The link under base ("https://chat.example"), in the arena. */
struct str upload_link(struct arena *a, struct str base, const struct upload *u);

/* Text that can stand in a link (RFC 3986 2): all but unreserved characters become escapes. */
struct str upload_escape(struct arena *a, struct str text);

/* Takes a path apart: id is a view, name in the arena. ERR_NOT_FOUND for what is no such path:
 * more parts, escapes that stand for nothing, an id that can be none. */
must_check enum err upload_link_read(struct arena *a, struct str path, struct str *ret_id,
				     struct str *ret_name);
