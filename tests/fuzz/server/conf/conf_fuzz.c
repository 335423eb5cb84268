/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration file: a snapshot whose values keep their rows, or a sentence with a
 * place. */
#include "server/conf/base_table.h"
#include "server/conf/conf.h"

static const struct conf_key more_keys[] = {
	{ "limits.size", CONF_SIZE, "\"64KiB\"", 1024, 1 << 30, "A size." },
	{ "limits.wait", CONF_DURATION, "\"30s\"", 1, USEC_PER_DAY, "A duration." },
	{ .path = NULL },
};
static const struct conf_table more_table = { .module = "More", .keys = more_keys };
static const struct conf_table *const tables[] = { &conf_base_table, &more_table };

/* libconfig 1.5 does not free the texts and names that stand before a syntax error. It happens once
 * for each file that is refused, at most a megabyte, and is not ours to find again. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	struct conf *c = NULL;
	struct blame blame = { .text = "" };

	if (conf_parse(text, "fuzz.conf", tables, array_len(tables), &c, &blame)) {
		must(c == NULL);
		must(str_starts(str_from(blame.text), STR("fuzz.conf:")));
		return 0;
	}
	must(conf_int(c, "workers") >= 0 && conf_int(c, "workers") <= 256);
	must(conf_size(c, "limits.size") >= 1024 && conf_size(c, "limits.size") <= 1 << 30);
	must(conf_duration(c, "limits.wait") >= 1 &&
	     conf_duration(c, "limits.wait") <= USEC_PER_DAY);
	for (size_t i = 0; i < conf_list_count(c, "admins"); i++)
		must(str_is_set(conf_list_at(c, "admins", i)));
	must(conf_is_set(c, "domain") == (conf_line(c, "domain") > 0));
	(void)conf_unref(c);
	return 0;
}
