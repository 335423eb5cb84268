/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of tokens: whatever is accepted is written back as something that means the
 * same. */
#include "server/model/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[SEAL_KEY] = { 1, 2, 3 };
	const struct token_seal seal = { .key = key,
					 .owner = STR("romeo@example.org"),
					 .client = STR("0123") };
	struct sbuf out scoped(sbuf_done) = SBUF(TOKEN_ROW_MAX);
	struct tokens tokens, again;

	if (tokens_read(&seal, str_make((const char *)data, size), &tokens))
		return 0;
	tokens_write(&seal, &tokens, &out);
	must(out.err == OK);
	must(tokens_read(&seal, sbuf_str(&out), &again) == OK);
	must(again.current.count == tokens.current.count && again.next.kind == tokens.next.kind);
	return 0;
}
