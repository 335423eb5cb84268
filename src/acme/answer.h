/* SPDX-License-Identifier: Apache-2.0 */
/* What an authority answers in ACME (RFC 8555 7.1), read from JSON: strictly where it leads
 * somewhere, and bounded. Strings are copies in the arena. Any thread. */
#pragma once

#include "base/arena.h"

enum {
	ACME_ANSWER_MAX = 128 * 1024, /* bytes of an answer */
	ACME_NAMES_MAX = 64,          /* names of a certificate */
	ACME_NAME_MAX = 253,          /* bytes */
	ACME_TOKEN_MIN = 22,          /* characters: 128 bits (RFC 8555 8.1) */
	ACME_TOKEN_MAX = 128,
	ACME_DETAIL_MAX = 300, /* bytes of an authority's sentence */
};

/* How it is shown that a name is ours: RFC 8555 8.3, RFC 8737. */
enum acme_way { ACME_HTTP, ACME_TLS_ALPN, ACME_WAYS };

/* "http-01", "tls-alpn-01": constant. */
struct str acme_way_name(enum acme_way way);

/* Of an order or an authorization; what is neither is ACME_INVALID. */
enum acme_status { ACME_PENDING, ACME_READY, ACME_PROCESSING, ACME_VALID, ACME_INVALID };

struct acme_directory {
	struct str new_nonce, new_account, new_order;
	struct str terms;   /* or empty */
	bool needs_binding; /* externalAccountRequired */
};

/* Why not (RFC 7807, RFC 8555 6.7). type is the part behind "urn:ietf:params:acme:error:", or the
 * whole; both may be empty. Control characters are gone. */
struct acme_problem {
	struct str type, detail;
};

struct acme_order {
	enum acme_status status;
	struct str authorizations[ACME_NAMES_MAX]; /* URLs */
	size_t count;
	struct str finalize, certificate; /* URLs; certificate is empty until it is there */
	struct acme_problem problem;
};

/* The way is open when its url is set. */
struct acme_challenge {
	struct str url, token;
	struct acme_problem problem;
};

struct acme_authorization {
	enum acme_status status;
	struct str name;
	struct acme_challenge challenges[ACME_WAYS];
};

/* Each: ERR_INVALID: no such thing, or it names what is no https URL; ERR_TOO_BIG. */
must_check enum err acme_read_directory(struct arena *a, struct str json,
					struct acme_directory *ret_directory);
must_check enum err acme_read_order(struct arena *a, struct str json, struct acme_order *ret_order);
must_check enum err acme_read_authorization(struct arena *a, struct str json,
					    struct acme_authorization *ret_authorization);

/* Whatever can be read in it: a proxy's page gives an empty one. */
void acme_read_problem(struct arena *a, struct str json, struct acme_problem *ret_problem);

/* Whether url may be asked: https, well formed. */
bool acme_is_url(struct str url);
