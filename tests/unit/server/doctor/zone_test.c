/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/zone: the records, as they stand in a zone. */
#include "server/doctor/zone.h"

#include "support/unit.h"

static bool has(const struct zone_record *records, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(records[i].text, str_from(text)))
			return true;
	}
	return false;
}

static void all_records_of_a_server(void **state)
{
	struct zone_facts facts = { .domain = STR("chat.example"),
				    .names = { STR("conference.chat.example") },
				    .name_count = 1,
				    .address = STR("2001:db8::1"),
				    .xmpp = 5222,
				    .server = 5269,
				    .key_digest = STR("00ff"),
				    .authority = STR("letsencrypt.org"),
				    .account = STR("https://ca.example/acct/1") };
	struct zone_record records[ZONE_RECORDS_MAX];
	struct arena a scoped(arena_done) = { 0 };
	size_t count;

	(void)state;
	arena_init(&a, MIB);
	count = zone_make(&a, &facts, records);
	assert_true(has(records, count, "chat.example. IN AAAA 2001:db8::1"));
	assert_true(has(records, count, "conference.chat.example. IN CNAME chat.example."));
	assert_true(has(records, count,
			"_xmpp-client._tcp.chat.example. IN SRV 0 5 5222 chat.example."));
	assert_true(
		has(records, count,
		    "_xmpp-server._tcp.conference.chat.example. IN SRV 0 5 5269 chat.example."));
	assert_true(has(records, count, "_5269._tcp.chat.example. IN TLSA 3 1 1 00ff"));
	assert_true(has(records, count,
			"chat.example. IN CAA 0 issue \"letsencrypt.org; "
			"accounturi=https://ca.example/acct/1\""));
	for (size_t i = 0; i < count; i++)
		assert_true(str_find(records[i].text, STR("xmpps")) < 0); /* that is off */
}

UNIT_TESTS(server_doctor_zone, cmocka_unit_test(all_records_of_a_server));
