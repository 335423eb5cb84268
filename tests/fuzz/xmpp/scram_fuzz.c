/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of SCRAM with hostile messages, one a line, and SASL with the same. Nobody who does not
 * know the password gets in. */
#include "xmpp/sasl.h"

#include <stdlib.h>

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static void fuzz_sasl(struct str mechanism, struct str initial, struct str response)
{
	struct scram_verifier v;
	const struct sasl_offer offer = {
		.mechanisms = sasl_offer_mechanisms(true, false, 1, 0),
		.domain = STR("example.com"),
		.server_secret = STR("secret"),
		.bindings = { { STR("tls-exporter"), STR("0123456789abcdef") } },
		.binding_count = 1,
	};
	struct sasl *x = sasl_new(&offer);
	struct sasl_result r = sasl_start(x, mechanism, initial);

	if (r.step == SASL_NEED_ACCOUNT) {
		demand(r.name.len > 0);
		scram_fake_verifier(DIGEST_SHA256, STR("other"), r.name, &v);
		r = sasl_account(x, &v, 1);
	}
	if (r.step == SASL_CHALLENGE)
		r = sasl_respond(x, response);
	demand(r.step != SASL_SUCCESS);
	sasl_free(&x);
}

/* A certificate for two accounts: no other name comes out, and none without a word. */
static void fuzz_external(struct str initial)
{
	static const struct str names[] = { STR_INIT("juliet"), STR_INIT("romeo") };
	const struct sasl_offer offer = {
		.mechanisms = sasl_offer_mechanisms(true, false, 0, 2),
		.domain = STR("example.com"),
		.server_secret = STR("secret"),
		.certified = names,
		.certified_count = 2,
	};
	struct sasl *x = sasl_new(&offer);
	struct sasl_result r = sasl_start(x, STR("EXTERNAL"), initial);

	demand(r.step == SASL_FAILURE || r.step == SASL_NEED_ACCOUNT || !str_is_set(initial));
	if (r.step == SASL_NEED_ACCOUNT) {
		demand(initial.len > 0 && (str_eq(r.name, names[0]) || str_eq(r.name, names[1])));
		demand(sasl_certified(x, true, false).step == SASL_SUCCESS);
	}
	sasl_free(&x);
}

static void fuzz_client(struct arena *a, struct str first, struct str final)
{
	struct scram_client x = { .hash = DIGEST_SHA1,
				  .username = STR("user"),
				  .password = STR("pencil"),
				  .nonce = "nonce" };
	struct str out;

	/* PBKDF2 would take all of the time: only what is refused before it, or is cheap. */
	if (str_find(first, STR(",i=4096")) < 0 && str_find(first, STR(",i=")) >= 0)
		return;
	(void)scram_client_first(&x, a);
	if (scram_client_final(&x, a, first, &out) == OK)
		demand(scram_client_check(&x, a, final) != OK);
	scram_client_done(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size),
		   lines[3] = { STR_NONE, STR_NONE, STR_NONE };
	struct arena a;

	for (size_t i = 0; i < 3; i++) {
		if (!str_split(&rest, '\n', &lines[i]))
			break;
	}
	arena_init(&a, MIB);
	fuzz_sasl(lines[0], lines[1], lines[2]);
	fuzz_external(lines[1]);
	fuzz_client(&a, lines[1], lines[2]);
	arena_done(&a);
	return 0;
}
