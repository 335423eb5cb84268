/* SPDX-License-Identifier: Apache-2.0 */
/* What the server and its accounts say of themselves (XEP-0030), added up from the features'
 * tables. Any loop. */
#pragma once

#include "server/route/feature.h"

/* <query/> of disco#info of the server, standing alone: the same for everybody who asks. node is
 * echoed; STR_NONE: without one. */
struct xml *about_domain(const struct home *h, struct arena *a, struct str node);

/* The same of any account, for those who may see it. */
struct xml *about_account(const struct home *h, struct arena *a);

/* The XEP-0115 hash (sha-1) of about_domain; empty if it cannot be made. */
struct str about_ver(const struct home *h, struct arena *a);

/* The node in front of about_ver. */
#define ABOUT_NODE STR("urn:parley:server")
