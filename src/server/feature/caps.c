/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own entity capabilities (XEP-0115 6.3). Those of clients stand in their presence and
 * are passed on as they are. */
#include "server/feature/caps.h"

#include "server/route/about.h"
#include "xep/caps.h"

static void stream_features(const struct home *h, struct arena *a, struct xml *features)
{
	struct str ver = about_ver(h, a);

	if (ver.len)
		xml_add(features, caps_new(a, ABOUT_NODE, ver));
}

static const struct str vars[] = { STR_INIT("http://jabber.org/protocol/caps"), { .ptr = NULL } };

const struct feature feature_caps = {
	.name = "caps",
	.spec = "XEP-0115 1.6.0",
	.test = "im/caps.talk",
	.disco_domain = vars,
	.stream_features = stream_features,
};
