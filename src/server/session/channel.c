/* SPDX-License-Identifier: Apache-2.0 */
/* Channel bindings, see channel.h. */
#include "server/session/channel.h"

static const struct {
	enum channel_binding kind;
	struct str name;
} bindings[] = {
	{ CB_TLS_EXPORTER, STR_INIT("tls-exporter") },
	{ CB_TLS_SERVER_END_POINT, STR_INIT("tls-server-end-point") },
};

size_t channel_bindings(const struct conn *c, struct arena *a,
			struct scram_binding ret_bindings[SASL_BINDINGS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < array_len(bindings); i++) {
		uint8_t *data = arena_alloc(a, CHANNEL_BINDING_MAX);
		size_t len = transport_binding(c->transport, bindings[i].kind, data);

		if (len)
			ret_bindings[count++] =
				(struct scram_binding){ .kind = bindings[i].name,
							.data = str_make((const char *)data, len) };
	}
	return count;
}
