/* SPDX-License-Identifier: Apache-2.0 */
/* What the certifier keeps, in the folder "acme" of data_dir: the account, the certificate with its
 * key, and how the last attempt went. All with mode 0600, replaced whole and durably. They block;
 * any thread. Errors are those of the files, and ERR_INVALID for one that holds something else. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "codec/url.h"
#include "crypto/p256.h"
#include "server/certifier_settings.h"

enum {
	CERTIFIER_FILE_MAX = 256 * 1024, /* bytes */
	CERTIFIER_ERROR_MAX = 800,
	CERTIFIER_PATH_MAX = 4096,
};

/* The account with an authority: whoever copies it wipes it. */
struct certifier_account {
	struct p256_key key;
	char url[URL_MAX + 1]; /* empty: not made yet */
};

struct certifier_state {
	char print[CERTIFIER_PRINT_LEN + 1]; /* of the settings that it was tried with */
	unsigned failures;                   /* since the last success */
	usec_t wall_tried, wall_next;        /* 0: never, no time */
	char error[CERTIFIER_ERROR_MAX];     /* of the last failure; empty after a success */
};

/* Where certificate and key are; the caller frees. */
char *certifier_path(struct str data_dir) __attribute__((returns_nonnull));

/* The account with the authority at directory; ERR_NOT_FOUND also where the file is of another. */
must_check enum err certifier_load_account(struct str data_dir, struct str directory,
					   struct certifier_account *ret_account);
must_check enum err certifier_save_account(struct str data_dir, struct str directory,
					   const struct certifier_account *account);

must_check enum err certifier_load_state(struct str data_dir, struct certifier_state *ret_state);
must_check enum err certifier_save_state(struct str data_dir, const struct certifier_state *state);

/* Appends the key of the certificate (PEM), alone. */
must_check enum err certifier_load_key(struct str data_dir, struct sbuf *out);

/* Key and chain go into one file, so that they always fit. */
must_check enum err certifier_save_certificate(struct str data_dir, struct str key_pem,
					       struct str chain_pem);

/* Gives the certificate another name: it cannot be used. */
must_check enum err certifier_put_aside(struct str data_dir);
