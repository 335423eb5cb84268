/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens (XEP-0484): two slots, counts, ends, rotation, and how they lie in the store. */
#include "server/model/token.h"

#include "support/unit.h"

static const uint8_t key[SEAL_KEY] = { 1, 2, 3 };
static const struct token_seal seal = { .key = key,
					.owner = STR_INIT("romeo@example.org"),
					.client = STR_INIT("0123") };
static const usec_t life = 20 * USEC_PER_DAY, now = 1000 * USEC_PER_DAY;

static struct token_proof prove(const struct token *t, enum ht_kind kind, struct str binding,
				int64_t count)
{
	struct token_proof p = { .kind = kind, .binding = binding, .count = count };

	ht_initiator(str_make(t->text, TOKEN_LEN), binding, p.mac);
	return p;
}

static enum token_verdict use(struct tokens *tokens, const struct token *t, int64_t count)
{
	struct token_proof p = prove(t, HT_NONE, STR(""), count);
	uint8_t mac[HT_PROOF] = { 0 }, wanted[HT_PROOF];
	enum token_verdict v = tokens_use(tokens, &p, now, mac);

	ht_responder(str_make(t->text, TOKEN_LEN), STR(""), wanted);
	if (v == TOKEN_RIGHT)
		assert_memory_equal(mac, wanted, HT_PROOF);
	return v;
}

/* XEP-0484 6.1 */
static void two_slots(void **state)
{
	struct tokens tokens = { 0 };
	struct token first, second, third;

	first = *tokens_make(&tokens, HT_NONE, now, life);
	assert_int_equal(use(&tokens, &first, TOKEN_COUNT_NONE), TOKEN_RIGHT);
	assert_int_equal(tokens.next.wall_expiry, 0);
	second = *tokens_make(&tokens, HT_NONE, now, life);
	assert_string_not_equal(first.text, second.text);
	assert_int_equal(use(&tokens, &first, TOKEN_COUNT_NONE), TOKEN_RIGHT);
	third = *tokens_make(&tokens, HT_NONE, now, life); /* the second was never used */
	assert_int_equal(use(&tokens, &second, TOKEN_COUNT_NONE), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &third, TOKEN_COUNT_NONE), TOKEN_RIGHT);
	assert_int_equal(use(&tokens, &first, TOKEN_COUNT_NONE), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &third, TOKEN_COUNT_NONE), TOKEN_RIGHT);
	tokens_make(&tokens, HT_NONE, now, life);
	tokens_forget(&tokens);
	assert_int_equal(use(&tokens, &third, TOKEN_COUNT_NONE), TOKEN_WRONG);
	assert_false(tokens_are_live(&tokens, now));
}

static void counts_rise(void **state)
{
	struct tokens tokens = { 0 };
	struct token t = *tokens_make(&tokens, HT_NONE, now, life);

	assert_int_equal(use(&tokens, &t, 0), TOKEN_RIGHT);
	assert_int_equal(use(&tokens, &t, 0), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &t, 7), TOKEN_RIGHT);
	assert_int_equal(use(&tokens, &t, 7), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &t, 6), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &t, TOKEN_COUNT_NONE), TOKEN_RIGHT);
	assert_int_equal(use(&tokens, &t, 7), TOKEN_WRONG);
	assert_int_equal(use(&tokens, &t, INT64_MAX), TOKEN_RIGHT);
	assert_int_equal(use(&tokens, &t, INT64_MAX), TOKEN_WRONG);
	t = *tokens_make(&tokens, HT_NONE, now, life); /* begins anew */
	assert_int_equal(use(&tokens, &t, 1), TOKEN_RIGHT);
}

static void bound_to_mechanism_and_binding(void **state)
{
	struct tokens tokens = { 0 };
	struct token t = *tokens_make(&tokens, HT_EXPR, now, life);
	struct token_proof p = prove(&t, HT_EXPR, STR("exporter"), 1);
	uint8_t mac[HT_PROOF], wanted[HT_PROOF];

	p.binding = STR("exporter of another");
	assert_int_equal(tokens_use(&tokens, &p, now, mac), TOKEN_WRONG);
	p = prove(&t, HT_NONE, STR(""), 1);
	assert_int_equal(tokens_use(&tokens, &p, now, mac), TOKEN_WRONG);
	p = prove(&t, HT_ENDP, STR("exporter"), 1);
	assert_int_equal(tokens_use(&tokens, &p, now, mac), TOKEN_WRONG);
	p = prove(&t, HT_EXPR, STR("exporter"), 1);
	assert_int_equal(tokens_use(&tokens, &p, now, mac), TOKEN_RIGHT);
	ht_responder(str_make(t.text, TOKEN_LEN), STR("exporter"), wanted);
	assert_memory_equal(mac, wanted, HT_PROOF);
}

static void ends(void **state)
{
	struct tokens tokens = { 0 };
	struct token t = *tokens_make(&tokens, HT_NONE, now - life, life);
	struct token_proof wrong = prove(&t, HT_NONE, STR(""), 1);
	uint8_t mac[HT_PROOF];

	assert_int_equal(use(&tokens, &t, 1), TOKEN_EXPIRED);
	wrong.mac[0] ^= 1; /* who does not have it does not learn that it has expired */
	assert_int_equal(tokens_use(&tokens, &wrong, now, mac), TOKEN_WRONG);
	assert_false(tokens_are_live(&tokens, now));
	t = *tokens_make(&tokens, HT_NONE, now - life + 1, life);
	assert_true(tokens_are_live(&tokens, now));
	assert_int_equal(use(&tokens, &t, 1), TOKEN_RIGHT);
}

/* An empty slot has no token, not the empty one. */
static void an_empty_slot_is_no_token(void **state)
{
	struct tokens tokens = { 0 };
	struct token t = { .text = "" };

	assert_int_equal(use(&tokens, &t, TOKEN_COUNT_NONE), TOKEN_WRONG);
}

static void rotates(void **state)
{
	struct tokens tokens = { 0 };
	struct token t = *tokens_make(&tokens, HT_NONE, now, life);

	assert_int_equal(use(&tokens, &t, 1), TOKEN_RIGHT);
	assert_false(tokens_are_due(&tokens, now, life));
	assert_false(tokens_are_due(&tokens, now + USEC_PER_DAY - 1, life));
	assert_true(tokens_are_due(&tokens, now + USEC_PER_DAY, life));
	assert_true(tokens_are_due(&tokens, now + USEC_PER_HOUR, 2 * USEC_PER_HOUR));
	assert_true(tokens_are_due(&tokens, now - 1, life)); /* the clock was set back */
}

static void rows(void **state)
{
	static const char *const wrong[] = {
		"x",
		"0 0 0 0 0 00",
		"0 0 1 2 -1",
		"2 0 1 2 -1 00",
		"0 3 1 2 -1 00",
		"0 0 1 2 -2 00",
	};
	const uint8_t other_key[SEAL_KEY] = { 9 };
	struct token_seal other = seal;
	struct sbuf row scoped(sbuf_done) = SBUF(TOKEN_ROW_MAX);
	struct tokens tokens = { 0 }, read = { 0 };
	struct token t = *tokens_make(&tokens, HT_ENDP, now, life);

	tokens.current = t;
	tokens.current.count = INT64_MAX;
	tokens_make(&tokens, HT_NONE, now, life);
	tokens_write(&seal, &tokens, &row);
	assert_int_equal(row.err, OK);
	assert_int_equal(str_find(sbuf_str(&row), str_make(t.text, 8)), -1);
	assert_int_equal(tokens_read(&seal, sbuf_str(&row), &read), OK);
	assert_memory_equal(&read.current.text, &tokens.current.text, TOKEN_LEN + 1);
	assert_string_equal(read.next.text, tokens.next.text);
	assert_int_equal(read.current.count, INT64_MAX);
	assert_int_equal(read.current.kind, HT_ENDP);
	assert_int_equal(read.next.kind, HT_NONE);
	assert_int_equal(read.next.wall_made, now);
	assert_int_equal(read.next.wall_expiry, now + life);

	/* The row of somebody else, or read with another key, holds nothing. */
	other.owner = STR("juliet@example.org");
	assert_int_equal(tokens_read(&other, sbuf_str(&row), &read), OK);
	assert_false(tokens_are_live(&read, now));
	other = seal;
	other.client = STR("0124");
	assert_int_equal(tokens_read(&other, sbuf_str(&row), &read), OK);
	assert_false(tokens_are_live(&read, now));
	other = seal;
	other.key = other_key;
	assert_int_equal(tokens_read(&other, sbuf_str(&row), &read), OK);
	assert_false(tokens_are_live(&read, now));

	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(tokens_read(&seal, str_from(wrong[i]), &read), ERR_INVALID);
}

UNIT_TESTS(token, cmocka_unit_test(two_slots), cmocka_unit_test(counts_rise),
	   cmocka_unit_test(bound_to_mechanism_and_binding), cmocka_unit_test(ends),
	   cmocka_unit_test(an_empty_slot_is_no_token), cmocka_unit_test(rotates),
	   cmocka_unit_test(rows));
