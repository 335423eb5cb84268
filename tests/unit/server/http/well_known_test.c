/* SPDX-License-Identifier: Apache-2.0 */
/* Host metadata (XEP-0156) and the metrics page. */
#include "support/unit.h"

#include "base/metric.h"
#include "server/http/metrics.h"
#include "server/http/well_known.h"

#include <jansson.h>
#include <time.h>

static void xml_names_the_websocket(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);

	assert_int_equal(well_known_write_xml(&out, STR("wss://a.example/x?a&'b")), OK);
	assert_true(str_find(sbuf_str(&out), STR("<Link rel='urn:xmpp:alt-connections:websocket' "
						 "href='wss://a.example/x?a&amp;&#39;b'/>")) > 0);
	sbuf_reset(&out);
	assert_int_equal(well_known_write_xml(&out, STR_NONE), OK);
	assert_true(str_find(sbuf_str(&out), STR("Link")) < 0);
}

static void json_names_the_websocket(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);
	json_t *root, *link;

	assert_int_equal(well_known_write_json(&out, STR("wss://a.example/\"x")), OK);
	root = json_loadb(out.ptr, out.len, 0, NULL);
	link = json_array_get(json_object_get(root, "links"), 0);
	assert_string_equal(json_string_value(json_object_get(link, "rel")),
			    "urn:xmpp:alt-connections:websocket");
	assert_string_equal(json_string_value(json_object_get(link, "href")),
			    "wss://a.example/\"x");
	json_decref(root);
	sbuf_reset(&out);
	assert_int_equal(well_known_write_json(&out, STR_NONE), OK);
	assert_true(str_eq(sbuf_str(&out), STR("{\"links\":[]}\n")));
}

static uint64_t value_of(struct str page, const char *name)
{
	ptrdiff_t at = str_find(page, str_from(name));
	struct str line, whole;
	uint64_t value = 0;

	assert_true(at >= 0);
	page = str_from_at(page, (size_t)at + strlen(name));
	assert_true(str_split(&page, '\n', &line));
	assert_true(str_split(&line, '.', &whole));
	assert_int_equal(str_to_u64(whole, &value), OK);
	return value;
}

static void metrics_tell_of_the_process(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(METRICS_MAX);
	uint64_t start, now = (uint64_t)time(NULL);

	metric_inc(METRIC_ACCEPTED);
	assert_int_equal(metrics_write(&out), OK);
	assert_true(value_of(sbuf_str(&out), "\nparley_accepted_total ") >= 1);
	assert_true(value_of(sbuf_str(&out), "\nprocess_resident_memory_bytes ") > 100000);
	assert_true(value_of(sbuf_str(&out), "\nprocess_open_fds ") >= 3);
	assert_true(value_of(sbuf_str(&out), "\nprocess_max_fds ") >= 20);
	(void)value_of(sbuf_str(&out), "\nprocess_cpu_seconds_total ");
	start = value_of(sbuf_str(&out), "\nprocess_start_time_seconds ");
	assert_true(start <= now + 1 && start + 600 > now);
}

UNIT_TESTS(well_known, cmocka_unit_test(xml_names_the_websocket),
	   cmocka_unit_test(json_names_the_websocket),
	   cmocka_unit_test(metrics_tell_of_the_process));
