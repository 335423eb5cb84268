/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself, see about.h. */
#include "server/route/about.h"

#include "server/route/registry.h"
#include "xep/caps.h"
#include "xep/disco.h"

static void add_features(struct arena *a, struct xml *query, const struct str *vars)
{
	for (; vars && vars->ptr; vars++)
		disco_add_feature(a, query, *vars);
}

struct xml *about_domain(const struct home *h, struct arena *a, struct str node)
{
	struct xml *query = disco_info_new(a, node);
	const struct feature *const *f = registry_features(h->registry);

	disco_add_identity(a, query, STR("server"), STR("im"), STR("Parley"));
	for (; *f; f++) {
		add_features(a, query, (*f)->disco_domain);
		if ((*f)->disco_extend)
			(*f)->disco_extend(h, a, query);
	}
	return query;
}

struct xml *about_account(const struct home *h, struct arena *a)
{
	struct xml *query = disco_info_new(a, STR_NONE);
	const struct feature *const *f = registry_features(h->registry);

	disco_add_identity(a, query, STR("account"), STR("registered"), STR_NONE);
	for (; *f; f++) {
		if ((*f)->disco_identify_account)
			(*f)->disco_identify_account(a, query);
	}
	for (f = registry_features(h->registry); *f; f++)
		add_features(a, query, (*f)->disco_account);
	return query;
}

struct str about_ver(const struct home *h, struct arena *a)
{
	struct str ver;

	return caps_ver(a, about_domain(h, a, STR_NONE), DIGEST_SHA1, &ver) ? STR("") : ver;
}
