/* SPDX-License-Identifier: Apache-2.0 */
/* HT-SHA-256-*, see ht.h. Any thread. */
#include "xmpp/ht.h"

#include "codec/utf8.h"

static const struct {
	struct str name, binding;
} kinds[HT_KINDS] = {
	[HT_EXPR] = { STR_INIT("HT-SHA-256-EXPR"), STR_INIT("tls-exporter") },
	[HT_ENDP] = { STR_INIT("HT-SHA-256-ENDP"), STR_INIT("tls-server-end-point") },
	[HT_NONE] = { STR_INIT("HT-SHA-256-NONE"), STR_INIT("") },
};

struct str ht_name(enum ht_kind kind)
{
	must(kind < HT_KINDS);
	return kinds[kind].name;
}

struct str ht_binding(enum ht_kind kind)
{
	must(kind < HT_KINDS);
	return kinds[kind].binding;
}

bool ht_kind_of(struct str name, enum ht_kind *ret_kind)
{
	for (int kind = 0; kind < HT_KINDS; kind++) {
		if (str_eq(name, kinds[kind].name)) {
			*ret_kind = (enum ht_kind)kind;
			return true;
		}
	}
	return false;
}

/* initiator-msg = authcid NUL initiator-hashed-token; the hash may hold NULs, the name none. */
enum err ht_parse(struct str message, struct ht_message *ret_m)
{
	ptrdiff_t end = str_index(message, '\0');

	if (message.len > HT_MESSAGE_MAX)
		return ERR_TOO_BIG;
	if (end < 1 || message.len - (size_t)end - 1 != HT_PROOF ||
	    !utf8_is_valid(str_sub(message, 0, (size_t)end)))
		return ERR_INVALID;
	ret_m->authcid = str_sub(message, 0, (size_t)end);
	ret_m->proof = str_from_at(message, (size_t)end + 1);
	return OK;
}

static void sign(struct str token, struct str who, struct str binding, uint8_t *ret)
{
	const struct str parts[] = { who, binding };

	digest_hmac_parts(DIGEST_SHA256, token, parts, array_len(parts), ret);
}

void ht_initiator(struct str token, struct str binding, uint8_t ret[HT_PROOF])
{
	sign(token, STR("Initiator"), binding, ret);
}

void ht_responder(struct str token, struct str binding, uint8_t ret[HT_PROOF])
{
	sign(token, STR("Responder"), binding, ret);
}
