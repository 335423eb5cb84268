/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of conversations, see inbox.h. Fields are separated by blanks, which no JID has in front of
 * its resource; an id comes last, where it may have any. */
#include "server/model/inbox.h"

/* ---- marks ---- */

struct str inbox_mark_encode(const struct inbox_mark *m, struct arena *a)
{
	return arena_printf(a, "%lld %d", (long long)m->seq, m->is_unread);
}

enum err inbox_mark_decode(struct str value, struct inbox_mark *ret_m)
{
	struct str seq;
	int64_t n;

	if (!str_split(&value, ' ', &seq) || str_to_i64(seq, &n) || n < 0 ||
	    !(str_eq(value, STR("0")) || str_eq(value, STR("1"))))
		return ERR_INVALID;
	*ret_m = (struct inbox_mark){ .seq = n, .is_unread = value.ptr[0] == '1' };
	return OK;
}

bool inbox_mark_read(struct inbox_mark *m, int64_t seq)
{
	if (seq < m->seq || (seq == m->seq && !m->is_unread))
		return false;
	*m = (struct inbox_mark){ .seq = seq };
	return true;
}

/* ---- sayings ---- */

struct str inbox_log_key(uint64_t number, struct arena *a)
{
	return arena_printf(a, "%020llu", (unsigned long long)number);
}

uint64_t inbox_log_number(struct str key)
{
	uint64_t n;

	return key.len == 20 && !str_to_u64(key, &n) ? n : 0;
}

struct str inbox_log_encode(const struct inbox_log *l, struct arena *a)
{
	char saying[] = { (char)l->saying, ' ' };

	return ARENA_JOIN(a, str_make(saying, sizeof(saying)), l->conversation, STR(" "), l->id);
}

enum err inbox_log_decode(struct str value, struct inbox_log *ret_l)
{
	static const char sayings[] = { SAYING_ARCHIVE_ID, SAYING_MESSAGE_ID, SAYING_UNREAD,
					SAYING_READ,       SAYING_RETRACTED,  SAYING_WITHDRAWN };
	struct str saying, conversation;

	if (!str_split(&value, ' ', &saying) || saying.len != 1 ||
	    !memchr(sayings, saying.ptr[0], sizeof(sayings)) ||
	    !str_split(&value, ' ', &conversation) || !conversation.len)
		return ERR_INVALID;
	*ret_l = (struct inbox_log){ .saying = (enum inbox_saying)saying.ptr[0],
				     .conversation = conversation,
				     .id = value };
	return OK;
}

/* ---- mentions ---- */

struct str mention_key(struct str room, int64_t seq, struct arena *a)
{
	return arena_printf(a, "%.*s %020lld", STR_ARG(room), (long long)seq);
}

enum err mention_key_read(struct str key, struct str *ret_room, int64_t *ret_seq)
{
	struct str room;
	int64_t seq;

	if (!str_split(&key, ' ', &room) || !room.len || key.len != 20 || str_to_i64(key, &seq))
		return ERR_INVALID;
	*ret_room = room;
	*ret_seq = seq;
	return OK;
}
