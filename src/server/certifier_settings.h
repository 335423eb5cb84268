/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of ACME (RFC 8555) as the certifier uses them. Any thread. */
#pragma once

#include "acme/answer.h"
#include "net/addr.h"
#include "server/conf/conf.h"

enum {
	CERTIFIER_CONTACTS_MAX = 8,
	CERTIFIER_NETS_MAX = 16,
	CERTIFIER_PRINT_LEN = 32, /* characters */
};

extern const struct conf_table certifier_conf_table;

struct certifier_settings {
	struct arena arena;            /* of all strings */
	bool is_on;                    /* acme.agree, and no files of one's own */
	struct str directory, ca_file; /* ca_file: empty, or a path with a NUL */
	struct str contacts[CERTIFIER_CONTACTS_MAX];
	size_t contact_count;
	struct str names[ACME_NAMES_MAX]; /* host names in ASCII; the domain first, if it is one */
	size_t name_count;
	struct str binding_id, binding_key; /* bytes of the key */
	struct addr_net nets[CERTIFIER_NETS_MAX];
	size_t net_count;
	enum acme_way way;
	bool has_other_way;
	bool rotates;
	usec_t retry;
	char print[CERTIFIER_PRINT_LEN +
		   1]; /* of what an authority could refuse: changes with it */
};

/* What is wrong with a key. */
struct certifier_fault {
	const char *key, *must_be;
	struct str value; /* lives as long as conf */
};

/* ERR_INVALID: see *fault; there is nothing to be done then, otherwise ends with
 * certifier_settings_done. */
must_check enum err certifier_settings_read(const struct conf *conf,
					    struct certifier_settings *ret_settings,
					    struct certifier_fault *fault);
void certifier_settings_done(struct certifier_settings *s);
