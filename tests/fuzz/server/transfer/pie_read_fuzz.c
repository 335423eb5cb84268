/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of accounts: refused with a reason, or taken the same way twice, and what is
 * written fits the models. */
#include "server/model/roster.h"
#include "server/transfer/intake.h"
#include "server/transfer/pie_read.h"

#include <stdlib.h>
#include <unistd.h>

static const struct str domain = STR_INIT("localhost");

static void check_op(const struct txn_op *op)
{
	struct roster *roster;

	for (unsigned i = 0; i < op->entry_count; i++)
		must(op->entry[i].seq > 0 && str_ends(op->entry[i].owner, STR("@localhost")));
	if (op->kind != TXN_PUT || !str_eq(op->space, ROSTER_SPACE))
		return;
	roster = roster_new();
	must(roster_decode(roster, op->key, op->value) == OK);
	roster_free(&roster);
}

static enum err commit(void *owner, struct txn *t)
{
	(void)owner;
	for (const struct txn_op *op = t->first; op; op = op->next)
		check_op(op);
	txn_free(&t);
	return OK;
}

static enum err look(void *owner, struct str jid, bool *ret_exists)
{
	(void)owner;
	*ret_exists = str_eq(jid, STR("here@localhost"));
	return OK;
}

static void read_twice(const char *path)
{
	struct intake_config config = { .domain = domain,
					.source = domain,
					.limits = { .message_bytes = 4096,
						    .vcard_bytes = 4096,
						    .roster_items = 10,
						    .private_bytes = 4096,
						    .private_elements = 5,
						    .blocked = 5,
						    .pep_nodes = 5,
						    .pep_items = 5,
						    .pep_node_items = 2,
						    .pep_item_bytes = 1000,
						    .pep_bytes = 2000 },
					.skips_existing = true,
					.commit = commit,
					.look = look };
	struct pie_options options = { .path = path, .domain = domain };
	struct report report = { .file = NULL }, first;
	struct intake *intake = intake_new(&config, &report);
	enum err err = pie_read(&options, intake_sink(intake));

	must(!err == !report.fault[0]);
	if (!err) {
		first = report;
		intake_begin_writing(intake);
		must(pie_read(&options, intake_sink(intake)) == OK);
		must(intake_finish(intake) == OK);
		must(memcmp(first.counts, report.counts, sizeof(first.counts)) == 0);
	}
	intake_free(&intake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/pie-fuzz-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0);
	must(write(fd, data, size) == (ssize_t)size);
	read_twice(path);
	must(close(fd) == 0 && unlink(path) == 0);
	return 0;
}
