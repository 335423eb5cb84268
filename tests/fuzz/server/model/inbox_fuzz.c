/* SPDX-License-Identifier: Apache-2.0 */
/* model/inbox: rows of conversations, one a line; what is taken comes back the same when it is
 * written. */
#include "server/model/inbox.h"

#include "base/mem.h"

static void try_line(struct arena *a, struct str line)
{
	struct inbox_mark mark, mark_again;
	struct inbox_log log, log_again;
	struct str room;
	int64_t seq;

	if (!inbox_mark_decode(line, &mark)) {
		must(!inbox_mark_decode(inbox_mark_encode(&mark, a), &mark_again));
		must(mark.seq == mark_again.seq && mark.is_unread == mark_again.is_unread);
	}
	if (!inbox_log_decode(line, &log)) {
		must(!inbox_log_decode(inbox_log_encode(&log, a), &log_again));
		must(log.saying == log_again.saying && str_eq(log.id, log_again.id) &&
		     str_eq(log.conversation, log_again.conversation));
	}
	if (!mention_key_read(line, &room, &seq))
		must(room.len > 0);
	(void)inbox_log_number(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size), line;
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, 1 * MIB);
	while (str_split(&rest, '\n', &line))
		try_line(&a, line);
	return 0;
}
