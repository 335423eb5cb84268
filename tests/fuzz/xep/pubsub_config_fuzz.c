/* SPDX-License-Identifier: Apache-2.0 */
/* A form of node configuration: what is accepted comes out of the form that we write, and out of
 * the store, as it went in. */
#include "xep/form.h"
#include "xep/pubsub_config.h"
#include "xml/build.h"

#include <stdint.h>

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 16, .attrs = 16, .name_bytes = 256, .children = 2000
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct pubsub_config c = pubsub_config_default(), back = c, stored;
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(MIB);
	struct xml *form, *written;
	struct str field;

	arena_init(&a, 16 * MIB);
	if (xml_parse(&a, arena_dup(&a, str_make((const char *)data, size)), &scope, &limits,
		      &form) ||
	    pubsub_config_read(&c, form, &a, false, &field))
		return 0;
	written = form_new(&a, STR("submit"), STR("any"));
	pubsub_config_write(&c, &a, written, true);
	must(pubsub_config_read(&back, written, &a, true, &field) == OK);
	must(pubsub_config_eq(&c, &back));
	pubsub_config_encode(&c, &out);
	must(pubsub_config_decode(sbuf_str(&out), &stored) == OK);
	must(pubsub_config_eq(&c, &stored));
	return 0;
}
