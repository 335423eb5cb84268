/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the web client as they lie in the program: tools/embed-web makes the table out of
 * build/web/dist when the program is built. Immutable; any thread. */
#pragma once

#include "net/http_coding.h"

/* One form of a file. */
struct web_form {
	size_t at, len; /* bytes in the blob; len 0: the file does not lie there in this form (only
			   HTTP_CODING_NONE may be empty and there) */
	struct str tag; /* entity tag with its quotes, strong: a hash of these bytes */
};

struct web_file {
	struct str path; /* "/assets/page-1b2c3d4e.js" */
	struct str type; /* Content-Type */
	bool is_lasting; /* its name has a hash in it: what stands behind it never changes */
	struct web_form forms[HTTP_CODINGS];
};

struct web_bundle {
	const struct web_file *files; /* sorted by path */
	size_t count;                 /* 0: the program was built without the client */
	const char *blob;
};

extern const struct web_bundle web_embedded;
