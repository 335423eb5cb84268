/* SPDX-License-Identifier: Apache-2.0 */
/* Names and types of files from peers, and rows: what comes out is harmless, and a row that is read
 * is written the same way. */
#include "server/model/upload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[UPLOAD_KEY] = { 0 };
	struct arena a scoped(arena_done) = { 0 };
	struct str text = str_make((const char *)data, size), name;
	struct upload u, again;

	arena_init(&a, MIB);
	name = upload_clean_name(&a, text);
	must(name.len && name.len <= UPLOAD_NAME_MAX && str_index(name, '/') < 0 &&
	     str_index(name, '\\') < 0 && str_index(name, '\n') < 0);
	must(!upload_is_type(text) || str_index(text, '\r') < 0);
	must(upload_manner(text).type.len);
	must(upload_slot_read(&a, key, text, &u) != OK || size);
	if (upload_decode(STR("id"), text, &u) == OK)
		must(upload_decode(STR("id"), upload_encode(&a, &u), &again) == OK &&
		     again.size == u.size && str_eq(again.name, u.name));
	return 0;
}
