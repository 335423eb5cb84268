/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a stored message: its tokens keep their limits, come out the same twice, and each
 * unit of its phrases is one of them. */
#include "search/message.h"

#include <stdlib.h>

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static bool has_token(struct str tokens, struct str token)
{
	struct str one;

	while (str_split(&tokens, TOKEN_END, &one)) {
		if (str_eq(one, token))
			return true;
	}
	return false;
}

static void check(const struct message_words *m)
{
	struct str tokens = sbuf_str(&m->tokens), rest = sbuf_str(&m->phrases), unit;
	unsigned left = 100; /* of a long one the first are enough */

	demand(tokens.len && tokens.ptr[tokens.len - 1] == TOKEN_END);
	while (left-- && str_split(&rest, ' ', &unit))
		demand(!unit.len || has_token(tokens, unit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stanza = str_make((const char *)data, size);
	struct message_words one, two;
	bool is_one, is_two;

	message_words_init(&one);
	message_words_init(&two);
	is_one = message_words_read(&one, stanza);
	is_two = message_words_read(&two, stanza);
	demand(is_one == is_two);
	if (is_one) {
		demand(str_eq(sbuf_str(&one.tokens), sbuf_str(&two.tokens)));
		check(&one);
	}
	message_words_done(&one);
	message_words_done(&two);
	return 0;
}
