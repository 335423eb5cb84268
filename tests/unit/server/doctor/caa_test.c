/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/caa: who may issue certificates. */
#include "server/doctor/caa.h"

#include "support/unit.h"

#include <stdio.h>

/* Records as "flags tag value"; NULL ends them. */
static bool permits(const char *account, const char *challenge, const char *const *records)
{
	struct caa c = { .authority = STR("letsencrypt.org"),
			 .account = str_from(account),
			 .challenge = str_from(challenge) };

	for (; *records; records++) {
		char wire[300];
		unsigned flags;
		int at;
		const char *value;

		assert_int_equal(sscanf(*records, "%u %n", &flags, &at), 1);
		value = strchr(*records + at, ' ');
		wire[0] = (char)flags;
		wire[1] = (char)(value - *records - at);
		(void)snprintf(wire + 2, sizeof(wire) - 2, "%.*s%s", wire[1], *records + at,
			       value + 1);
		caa_read(&c, str_make(wire, 2 + strlen(wire + 2)));
	}
	return caa_permits(&c);
}

#define PERMITS(account, challenge, ...)                                                           \
	permits(account, challenge, (const char *const[]){ __VA_ARGS__, NULL })

static void who_may_issue(void **state)
{
	(void)state;
	assert_true(permits("", "any", (const char *const[]){ NULL }));
	assert_true(PERMITS("", "any", "0 issue letsencrypt.org"));
	assert_true(PERMITS("", "any", "0 ISSUE  LetsEncrypt.org ; x=y"));
	assert_false(PERMITS("", "any", "0 issue ca.example"));
	assert_true(PERMITS("", "any", "0 issue ca.example", "0 issue letsencrypt.org"));
	assert_false(PERMITS("", "any", "0 issue ;"));
	assert_false(PERMITS("", "any", "0 issue "));
	assert_true(PERMITS("", "any", "0 issuewild ;", "0 iodef mailto:a@b.example"));
	assert_true(PERMITS("", "any", "0 tbs Unknown"));
	assert_false(PERMITS("", "any", "0 issue letsencrypt.org", "128 tbs Unknown"));
	assert_true(PERMITS("", "any", "128 issue letsencrypt.org"));
}

static void for_whom_and_how(void **state)
{
	const char *ours = "https://ca.example/acct/1";

	(void)state;
	assert_true(PERMITS(ours, "any",
			    "0 issue letsencrypt.org; accounturi=https://ca.example/acct/1"));
	assert_false(PERMITS(ours, "any",
			     "0 issue letsencrypt.org;accounturi=https://ca.example/acct/2"));
	assert_true(PERMITS("", "any",
			    "0 issue letsencrypt.org; accounturi=https://ca.example/acct/2"));
	assert_true(
		PERMITS(ours, "any", "0 issue letsencrypt.org; validationmethods=dns-01,http-01"));
	assert_false(PERMITS(ours, "any", "0 issue letsencrypt.org; validationmethods=dns-01"));
	assert_false(
		PERMITS(ours, "tls-alpn-01", "0 issue letsencrypt.org; validationmethods=http-01"));
}

static void what_cannot_be_read_allows_nobody(void **state)
{
	const struct str rows[] = { STR(""), STR("\0"), STR("\0\5iss"), STR("\0\0issue"),
				    STR("\0\xffissue") };

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct caa c = { .authority = STR("letsencrypt.org") };

		caa_read(&c, rows[i]);
		assert_false(caa_permits(&c));
	}
}

UNIT_TESTS(server_doctor_caa, cmocka_unit_test(who_may_issue), cmocka_unit_test(for_whom_and_how),
	   cmocka_unit_test(what_cannot_be_read_allows_nobody));
