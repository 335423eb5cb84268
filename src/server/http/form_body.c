/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of forms, see form_body.h. */
#include "server/http/form_body.h"

#include "codec/hex.h"
#include "codec/utf8.h"

/* A '%' that no two digits follow stands for itself. */
static struct str decode(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%' && i + 2 < s.len && hex_digit(s.ptr[i + 1]) >= 0 &&
		    hex_digit(s.ptr[i + 2]) >= 0) {
			c = (char)(hex_digit(s.ptr[i + 1]) * 16 + hex_digit(s.ptr[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		out[len++] = c;
	}
	out[len] = '\0';
	return str_make(out, len);
}

struct str form_body_value(struct arena *a, struct str body, struct str name)
{
	struct str pair, key;

	while (str_split(&body, '&', &pair)) {
		ptrdiff_t equals = str_index(pair, '=');
		struct str value;

		key = equals < 0 ? pair : str_sub(pair, 0, (size_t)equals);
		if (!str_eq(decode(a, key), name))
			continue;
		value = decode(a, equals < 0 ? STR("") : str_from_at(pair, (size_t)equals + 1));
		return utf8_is_valid(value) && str_index(value, '\0') < 0 ? value : STR_NONE;
	}
	return STR_NONE;
}
