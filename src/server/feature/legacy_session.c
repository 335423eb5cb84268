/* SPDX-License-Identifier: Apache-2.0 */
/* Session establishment as it was (RFC 3921 3): a resource that is bound has its session already.
 */
#include "server/feature/legacy_session.h"

static enum verdict on_set(struct dispatch *d)
{
	return dispatch_result(d);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:ietf:params:xml:ns:xmpp-session"), STR_INIT("session"), IQ_SET,
	  TARGET_SELF | TARGET_DOMAIN, on_set },
	{ .run = NULL },
};

const struct feature feature_legacy_session = {
	.name = "legacy_session",
	.spec = "RFC 3921 3",
	.test = "core/binding.talk",
	.iq = iq,
};
