/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4, held to the reference vectors. */
#include "base/siphash.h"
#include "support/unit.h"

/* The paper's example (appendix A), and vectors of the authors' reference: key 00..0f, input 00,
 * 01, 02 … of each length. */
static void gives_reference_values(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd },  { 2, 0x0d6c8009d9a94f5a },
		{ 7, 0xab0200f58b01d137 },  { 8, 0x93f5f5799a932462 },  { 15, 0xa129ca6149be45e5 },
		{ 16, 0x3f2acc7f57c29bdb }, { 63, 0x958a324ceb064572 },
	};
	const struct siphash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	char input[64];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)i;
	for (size_t i = 0; i < array_len(rows); i++)
		assert_true(siphash(key, str_make(input, rows[i].len)) == rows[i].hash);
}

static void depends_on_the_key(void **state)
{
	struct siphash_key x = { 1, 2 }, y = { 1, 3 }, z = { 0, 2 };

	assert_true(siphash(x, STR("a")) != siphash(y, STR("a")));
	assert_true(siphash(x, STR("a")) != siphash(z, STR("a")));
	assert_true(siphash(x, STR("")) == siphash(x, STR_NONE));
}

UNIT_TESTS(base_siphash, cmocka_unit_test(gives_reference_values),
	   cmocka_unit_test(depends_on_the_key));
