/* SPDX-License-Identifier: Apache-2.0 */
/* The first message of HT: whatever is accepted has a name without NUL and a whole proof, and is
 * all of the message. */
#include "xmpp/ht.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = str_make((const char *)data, size);
	struct ht_message m;

	if (ht_parse(message, &m))
		return 0;
	must(m.authcid.len > 0 && str_index(m.authcid, '\0') < 0 && m.proof.len == HT_PROOF);
	must(m.authcid.len + 1 + m.proof.len == message.len);
	return 0;
}
