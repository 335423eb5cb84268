/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself, see about.h. */
#include "server/route/about.h"

#include "server/route/nest.h"
#include "server/route/registry.h"
#include "xep/caps.h"
#include "xep/disco.h"

/* XEP-0355 7.2: what a service has answered for stands in the place of ours. */
static void add_features(const struct home *h, bool is_bare, struct arena *a, struct xml *query,
			 const struct str *vars)
{
	for (; vars && vars->ptr; vars++) {
		if (!nests_cover(h, is_bare, *vars))
			disco_add_feature(a, query, *vars);
	}
}

/* Identities and forms go with the features beside which they stand. */
static bool is_replaced(const struct home *h, bool is_bare, const struct str *vars)
{
	for (; vars && vars->ptr; vars++) {
		if (nests_cover(h, is_bare, *vars))
			return true;
	}
	return false;
}

struct xml *about_domain(const struct home *h, struct arena *a, struct str node)
{
	struct xml *query = disco_info_new(a, node);
	const struct feature *const *f = registry_features(h->registry);

	disco_add_identity(a, query, STR("server"), STR("im"), STR("Parley"));
	for (; *f; f++) {
		add_features(h, false, a, query, (*f)->disco_domain);
		if ((*f)->disco_extend && !is_replaced(h, false, (*f)->disco_domain))
			(*f)->disco_extend(h, a, query);
	}
	nests_add(h, false, a, query);
	return query;
}

struct xml *about_account(const struct home *h, struct arena *a)
{
	struct xml *query = disco_info_new(a, STR_NONE);
	const struct feature *const *f = registry_features(h->registry);

	disco_add_identity(a, query, STR("account"), STR("registered"), STR_NONE);
	for (; *f; f++) {
		if ((*f)->disco_identify_account && !is_replaced(h, true, (*f)->disco_account))
			(*f)->disco_identify_account(a, query);
	}
	for (f = registry_features(h->registry); *f; f++)
		add_features(h, true, a, query, (*f)->disco_account);
	nests_add(h, true, a, query);
	return query;
}

struct str about_ver(const struct home *h, struct arena *a)
{
	struct str ver;

	return caps_ver(a, about_domain(h, a, STR_NONE), DIGEST_SHA1, &ver) ? STR("") : ver;
}
