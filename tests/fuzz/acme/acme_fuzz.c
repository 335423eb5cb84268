/* SPDX-License-Identifier: Apache-2.0 */
/* What an authority answers, one answer a line, first a letter for its status and what else the
 * head has: an attempt comes to an end, whatever it is told. */
#include "acme/acme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmTEAKopqFAzFsVJx\n"
			  "elTJK1SQRyAty4sqawXm/wv7oMahRANCAASeNLMoLuAMGehlKLPGsIKo8HszxDuh\n"
			  "wytAQKkU1fx3ZwrwkLmPAbd48aPtLtK2fqtC3M3rRVTPXxxChRD+bnaY\n"
			  "-----END PRIVATE KEY-----\n";

static unsigned status_of(char letter)
{
	switch (letter) {
	case 'n':
		return 0;
	case 'r':
		return 400;
	case 's':
		return 503;
	default:
		return 200;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str names[] = { STR("chat.example"), STR("conference.chat.example") };
	struct str rest = str_make((const char *)data, size), line;
	const struct acme_task *task;
	struct p256_key account;
	uint8_t seed[P256_PRIVATE] = { 1 };
	struct acme_config config = { .directory = STR("https://ca.example/"),
				      .account = &account,
				      .names = names,
				      .name_count = array_len(names),
				      .has_other_way = true,
				      .key_pem = str_from(key) };
	struct acme *a;

	p256_from_seed(seed, &account);
	a = acme_new(&config, &task);
	while (task->want != ACME_DONE && task->want != ACME_FAILED) {
		struct acme_answer answer = { .nonce = STR("nonce"),
					      .location = STR("https://ca.example/made"),
					      .why = STR("no connection") };

		if (task->want != ACME_ASK) {
			task = acme_go_on(a);
			continue;
		}
		if (str_split(&rest, '\n', &line) && line.len) {
			answer.status = status_of(line.ptr[0]);
			answer.body = str_from_at(line, 1);
		}
		task = acme_take(a, &answer);
	}
	must(task->want == ACME_DONE || task->why.len > 0);
	acme_free(&a);
	return 0;
}
