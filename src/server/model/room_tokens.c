/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of rooms, see room_tokens.h. */
#include "server/model/room_tokens.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/sbuf.h"
#include "codec/hex.h"

enum { SEPARATOR = 0x1f /* no character of XML */, NO_COUNT = -1 };

void room_tokens_init(struct room_tokens *t)
{
	map_init(&t->items);
}

void room_tokens_done(struct room_tokens *t)
{
	struct room_token *token;
	size_t at = 0;

	while ((token = map_next(&t->items, &at)))
		room_tokens_drop(t, token);
	map_done(&t->items);
}

static bool is_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!memchr("0123456789abcdef", s.ptr[i], 16))
			return false;
	}
	return s.len == ROOM_TOKEN_LEN;
}

static struct room_token *add(struct room_tokens *t, struct str text, struct str creator,
			      usec_t until)
{
	struct room_token *token = mem_zalloc(1, sizeof(*token));

	memcpy(token->text, text.ptr, ROOM_TOKEN_LEN);
	token->creator = str_make(str_dup(creator), creator.len);
	token->until = until;
	(void)map_set(&t->items, str_from(token->text), token);
	return token;
}

struct room_token *room_tokens_add(struct room_tokens *t, struct str creator, usec_t until)
{
	uint8_t bytes[ROOM_TOKEN_LEN / 2];
	struct sbuf out scoped(sbuf_done) = SBUF(ROOM_TOKEN_LEN);

	if (t->items.count >= ROOM_TOKENS_MAX)
		return NULL;
	random_fill(bytes, sizeof(bytes));
	(void)hex_encode(&out, str_make((const char *)bytes, sizeof(bytes)));
	return add(t, sbuf_str(&out), creator, until);
}

bool room_token_holds(const struct room_token *token, usec_t now)
{
	return now < token->until && (!token->is_counted || token->left > 0);
}

struct room_token *room_tokens_expired(const struct room_tokens *t, usec_t now)
{
	struct room_token *token;
	size_t at = 0;

	while ((token = map_next(&t->items, &at))) {
		if (!room_token_holds(token, now))
			return token;
	}
	return NULL;
}

struct room_token *room_tokens_find(const struct room_tokens *t, struct str text)
{
	return text.len == ROOM_TOKEN_LEN ? map_get(&t->items, text) : NULL;
}

void room_tokens_drop(struct room_tokens *t, struct room_token *token)
{
	(void)map_remove(&t->items, str_from(token->text));
	mem_free((void *)(uintptr_t)token->creator.ptr);
	mem_free(token);
}

/* ---- in the store: "1" until left creator ---- */

static const char separator[] = { SEPARATOR, '\0' };

struct str room_token_encode(const struct room_token *token, struct arena *a)
{
	long long left = token->is_counted ? (long long)token->left : NO_COUNT;

	return arena_printf(a, "1%s%lld%s%lld%s%.*s", separator, (long long)token->until, separator,
			    left, separator, STR_ARG(token->creator));
}

enum err room_token_decode(struct room_tokens *t, struct str key, struct str value)
{
	struct str part;
	struct room_token *token;
	int64_t until, left;

	if (!is_text(key) || map_get(&t->items, key) || !str_split(&value, SEPARATOR, &part) ||
	    !str_eq(part, STR("1")) || !str_split(&value, SEPARATOR, &part) ||
	    str_to_i64(part, &until) || !str_split(&value, SEPARATOR, &part) ||
	    str_to_i64(part, &left) || left < NO_COUNT || left > UINT32_MAX || !value.len ||
	    memchr(value.ptr, '\0', value.len))
		return ERR_INVALID;
	token = add(t, key, value, until);
	token->is_counted = left != NO_COUNT;
	token->left = token->is_counted ? (uint32_t)left : 0;
	return OK;
}
