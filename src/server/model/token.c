/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, see token.h. A row has a line for each full slot, current first:
 * "SLOT KIND MADE EXPIRY COUNT SEALED", numbers in decimal, the sealed token in hex. */
#include "server/model/token.h"

#include "base/random.h"
#include "codec/hex.h"
#include "crypto/secret.h"

enum { SEALED = TOKEN_LEN + SEAL_EXTRA };

/* A token is replaced at the first login after this time. */
static const usec_t ROTATE_USEC = USEC_PER_DAY;

static bool is_full(const struct token *t)
{
	return t->wall_expiry != 0;
}

static void clear(struct token *t)
{
	secret_wipe(t, sizeof(*t));
}

/* ---- rows ---- */

static struct str context_of(const struct token_seal *seal, struct arena *a)
{
	return ARENA_JOIN(a, seal->owner, STR("/"), seal->client);
}

static bool read_number(struct str *line, int64_t *ret_n)
{
	struct str word;

	return str_split(line, ' ', &word) && str_to_i64(word, ret_n) == OK;
}

static enum err read_line(const struct token_seal *seal, struct str line, struct tokens *tokens)
{
	struct arena arena scoped(arena_done) = { 0 };
	int64_t slot, kind, made, expiry, count;
	struct token *t;
	struct str sealed;

	arena_init(&arena, 16 * KIB);
	if (!read_number(&line, &slot) || !read_number(&line, &kind) ||
	    !read_number(&line, &made) || !read_number(&line, &expiry) ||
	    !read_number(&line, &count) || hex_decode(&arena, line, &sealed))
		return ERR_INVALID;
	if (slot < 0 || slot > 1 || kind < 0 || kind >= HT_KINDS || made < 0 || expiry <= 0 ||
	    count < TOKEN_COUNT_NONE || sealed.len != SEALED)
		return ERR_INVALID;
	t = slot ? &tokens->next : &tokens->current;
	if (seal_open(seal->key, context_of(seal, &arena), sealed, (uint8_t *)t->text))
		return OK;
	t->kind = (enum ht_kind)kind;
	t->wall_made = made;
	t->wall_expiry = expiry;
	t->count = count;
	return OK;
}

enum err tokens_read(const struct token_seal *seal, struct str row, struct tokens *ret_tokens)
{
	struct tokens tokens = { 0 };
	struct str line;
	enum err err = row.len <= TOKEN_ROW_MAX ? OK : ERR_INVALID;

	while (!err && str_split(&row, '\n', &line)) {
		if (line.len)
			err = read_line(seal, line, &tokens);
	}
	if (!err)
		*ret_tokens = tokens;
	secret_wipe(&tokens, sizeof(tokens));
	return err;
}

static void write_line(const struct token_seal *seal, unsigned slot, const struct token *t,
		       struct sbuf *out)
{
	struct arena arena scoped(arena_done) = { 0 };
	uint8_t sealed[SEALED];

	if (!is_full(t))
		return;
	arena_init(&arena, 16 * KIB);
	seal_close(seal->key, context_of(seal, &arena), str_make(t->text, TOKEN_LEN), sealed);
	(void)sbuf_printf(out, "%u %u %lld %lld %lld ", slot, (unsigned)t->kind,
			  (long long)t->wall_made, (long long)t->wall_expiry, (long long)t->count);
	(void)hex_encode(out, str_make((const char *)sealed, sizeof(sealed)));
	(void)sbuf_lit(out, "\n");
}

void tokens_write(const struct token_seal *seal, const struct tokens *tokens, struct sbuf *out)
{
	write_line(seal, 0, &tokens->current, out);
	write_line(seal, 1, &tokens->next, out);
}

/* ---- use ---- */

/* Of an empty slot the same is computed as of a full one. */
static bool is_mac_right(const struct token *t, const struct token_proof *proof)
{
	uint8_t mac[HT_PROOF];
	bool is_equal;

	ht_initiator(str_make(t->text, TOKEN_LEN), proof->binding, mac);
	is_equal = secret_equal(mac, proof->mac, sizeof(mac));
	secret_wipe(mac, sizeof(mac));
	return is_equal && is_full(t) && t->kind == proof->kind;
}

/* XEP-0484 3.4: a count that was used, or a lower one, is somebody's repetition of what they have
 * seen. */
static bool is_fresh(const struct token *t, const struct token_proof *proof)
{
	return proof->count == TOKEN_COUNT_NONE || proof->count > t->count;
}

enum token_verdict tokens_use(struct tokens *tokens, const struct token_proof *proof, usec_t wall,
			      uint8_t ret_mac[HT_PROOF])
{
	bool is_next = is_mac_right(&tokens->next, proof);
	bool is_current = is_mac_right(&tokens->current, proof);
	struct token *t = is_next ? &tokens->next : &tokens->current;

	if ((!is_next && !is_current) || !is_fresh(t, proof))
		return TOKEN_WRONG;
	if (t->wall_expiry <= wall)
		return TOKEN_EXPIRED;
	if (proof->count != TOKEN_COUNT_NONE)
		t->count = proof->count;
	if (is_next) {
		tokens->current = *t;
		clear(t);
	}
	ht_responder(str_make(tokens->current.text, TOKEN_LEN), proof->binding, ret_mac);
	return TOKEN_RIGHT;
}

void tokens_forget(struct tokens *tokens)
{
	clear(&tokens->current);
	clear(&tokens->next);
}

bool tokens_are_due(const struct tokens *tokens, usec_t wall, usec_t life)
{
	usec_t age = wall - tokens->current.wall_made;

	return age >= ROTATE_USEC || age >= life / 2 || age < 0;
}

const struct token *tokens_make(struct tokens *tokens, enum ht_kind kind, usec_t wall, usec_t life)
{
	struct token *t = &tokens->next;

	*t = (struct token){ .kind = kind,
			     .wall_made = wall,
			     .wall_expiry = wall + life,
			     .count = TOKEN_COUNT_NONE };
	random_token(t->text, TOKEN_LEN);
	return t;
}

bool tokens_are_live(const struct tokens *tokens, usec_t wall)
{
	return tokens->current.wall_expiry > wall || tokens->next.wall_expiry > wall;
}
