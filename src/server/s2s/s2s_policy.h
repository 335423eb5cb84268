/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator wants of other servers (s2s.* of the configuration). Any thread. */
#pragma once

#include "net/addr.h"
#include "server/conf/conf.h"

struct home;

extern const struct conf_table s2s_conf_table;

/* Whether stanzas are exchanged with this domain (prepared) at all: by the configuration, and by
 * the list of what is blocked for everybody. On the loop of h. */
bool s2s_policy_allows(const struct home *h, struct str domain);

/* Whether a domain (prepared) is one of ours: users, rooms, services. On the loop of h. */
bool s2s_policy_is_ours(const struct home *h, struct str domain);

/* Whether streams must be encrypted. */
bool s2s_policy_needs_tls(const struct conf *conf);

/* Whether the server of this domain must have a certificate that shows that it is the one; else
 * dialback does. */
bool s2s_policy_needs_certificate(const struct conf *conf, struct str domain);

/* Where the server of this domain is, if the configuration says so; is_set is false otherwise. */
struct addr s2s_policy_address(const struct conf *conf, struct str domain);

/* Whether a name of the DNS may lead to this address. */
bool s2s_policy_may_dial(const struct conf *conf, const struct addr *to);

/* Unsent bytes that the transport of a stream must be able to hold. */
size_t s2s_policy_output_limit(const struct conf *conf);

/* Whether the lists hold what can be. blame: a sentence with name, that of the file. ERR_INVALID.
 */
must_check enum err s2s_policy_check(const struct conf *conf, const char *name,
				     struct blame *blame);
