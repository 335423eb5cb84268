/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds of a client: whatever is accepted is written back, cut, as something that is
 * accepted and stays the same from then on. */
#include "server/model/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sbuf one scoped(sbuf_done) = SBUF(CLIENT_ROW_MAX);
	struct sbuf two scoped(sbuf_done) = SBUF(CLIENT_ROW_MAX);
	struct client client, again;

	if (client_read(str_make((const char *)data, size), &client))
		return 0;
	client_write(&client, &one);
	must(one.err == OK && client_read(sbuf_str(&one), &again) == OK);
	must(again.ways == client.ways && again.wall_last == client.wall_last);
	client_write(&again, &two);
	must(str_eq(sbuf_str(&one), sbuf_str(&two)));
	return 0;
}
