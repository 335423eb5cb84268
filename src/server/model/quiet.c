/* SPDX-License-Identifier: Apache-2.0 */
/* The quiet box, see quiet.h. */
#include "server/model/quiet.h"

#include "base/mem.h"

#define SEPARATOR '\x1f' /* cannot stand in XML, and so in no address */

enum { NUMBER_DIGITS = 20, FIELDS = 8 };

struct quiet *quiet_new(void)
{
	struct quiet *q = mem_zalloc(1, sizeof(*q));

	map_init(&q->items);
	return q;
}

static void item_free(struct quiet_item *item)
{
	mem_free((void *)(uintptr_t)item->jid.ptr);
	mem_free(item);
}

void quiet_free(struct quiet **quiet)
{
	struct quiet *q = *quiet;
	struct quiet_item *item;
	size_t at = 0;

	*quiet = NULL;
	if (!q)
		return;
	while ((item = map_next(&q->items, &at)))
		item_free(item);
	map_done(&q->items);
	mem_free(q);
}

struct quiet_item *quiet_find(const struct quiet *q, struct str jid)
{
	return q ? map_get(&q->items, jid) : NULL;
}

struct quiet_item *quiet_get(struct quiet *q, struct str jid, usec_t wall)
{
	struct quiet_item *item = quiet_find(q, jid);

	if (item)
		return item;
	item = mem_zalloc(1, sizeof(*item));
	item->jid = str_make(str_dup(jid), jid.len);
	item->wall_since = item->wall_last = wall;
	(void)map_set(&q->items, item->jid, item);
	return item;
}

void quiet_remove(struct quiet *q, struct quiet_item *item)
{
	q->bytes -= item->bytes;
	(void)map_remove(&q->items, item->jid);
	item_free(item);
}

uint64_t quiet_add_message(struct quiet *q, struct quiet_item *item, size_t bytes)
{
	item->bytes += bytes;
	q->bytes += bytes;
	item->last_put = ++q->puts;
	return item->next++;
}

void quiet_drop_messages(struct quiet *q, struct quiet_item *item, uint64_t below)
{
	if (item->first < below)
		item->first = below < item->next ? below : item->next;
	if (item->first < item->next)
		return;
	q->bytes -= item->bytes;
	item->bytes = 0;
}

bool quiet_recall(const struct quiet *q, uint64_t hash, usec_t now, bool *ret_is_stranger)
{
	for (size_t i = 0; q && i < QUIET_SEEN_MAX; i++) {
		if (q->seen[i].hash != hash || now - q->seen[i].at > QUIET_SEEN_USEC)
			continue;
		*ret_is_stranger = q->seen[i].is_stranger;
		return true;
	}
	return false;
}

void quiet_remember(struct quiet *q, uint64_t hash, usec_t now, bool is_stranger)
{
	size_t at = 0;

	while (at < QUIET_SEEN_MAX && q->seen[at].hash != hash)
		at++;
	if (at == QUIET_SEEN_MAX)
		at = q->next_seen++ % QUIET_SEEN_MAX;
	q->seen[at] = (struct quiet_seen){ .hash = hash, .is_stranger = is_stranger, .at = now };
}

/* ---- in the store ---- */

struct str quiet_item_encode(const struct quiet_item *item, struct arena *a)
{
	return arena_printf(a, "%d %d %lld %lld %llu %llu %llu %llu", (int)item->state,
			    item->has_request, (long long)item->wall_since,
			    (long long)item->wall_last, (unsigned long long)item->first,
			    (unsigned long long)item->next, (unsigned long long)item->lost,
			    (unsigned long long)item->bytes);
}

struct str quiet_switch_encode(bool is_on)
{
	return is_on ? STR("on") : STR("off");
}

static bool read_fields(struct str value, uint64_t fields[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		struct str text = value;

		if ((i + 1 < FIELDS && !str_split(&value, ' ', &text)) ||
		    str_to_u64(text, &fields[i]) || fields[i] > INT64_MAX / 2)
			return false;
	}
	return true;
}

static enum err decode_switch(struct quiet *q, struct str value)
{
	bool is_on = str_eq(value, STR("on"));

	if (!is_on && !str_eq(value, STR("off")))
		return ERR_INVALID;
	q->is_set = true;
	q->is_on = is_on;
	return OK;
}

enum err quiet_decode(struct quiet *q, struct str key, struct str value)
{
	struct quiet_item *item;
	uint64_t f[FIELDS];

	if (!key.len)
		return decode_switch(q, value);
	if (!read_fields(value, f) || f[0] > QUIET_REFUSED || f[1] > 1 || f[4] > f[5])
		return ERR_INVALID;
	item = quiet_get(q, key, (usec_t)f[2]);
	q->bytes -= item->bytes;
	item->state = (enum quiet_state)f[0];
	item->has_request = f[1] == 1;
	item->wall_last = (usec_t)f[3];
	item->first = f[4];
	item->next = f[5];
	item->lost = f[6];
	item->bytes = f[7];
	q->bytes += item->bytes;
	return OK;
}

struct str quiet_mail_key(struct str jid, uint64_t number, struct arena *a)
{
	return arena_printf(a, "%.*s%c%020llu", STR_ARG(jid), SEPARATOR,
			    (unsigned long long)number);
}

enum err quiet_mail_key_read(struct str key, struct str jid, uint64_t *ret_number)
{
	if (key.len != jid.len + 1 + NUMBER_DIGITS || !str_starts(key, jid) ||
	    key.ptr[jid.len] != SEPARATOR)
		return ERR_INVALID;
	return str_to_u64(str_from_at(key, jid.len + 1), ret_number);
}

struct str quiet_mail_encode(usec_t wall, struct str stanza, struct arena *a)
{
	return arena_printf(a, "%lld %.*s", (long long)wall, STR_ARG(stanza));
}

enum err quiet_mail_decode(struct str value, usec_t *ret_wall, struct str *ret_stanza)
{
	struct str wall;
	int64_t n;

	if (!str_split(&value, ' ', &wall) || str_to_i64(wall, &n) || !value.len)
		return ERR_INVALID;
	*ret_wall = n;
	*ret_stanza = value;
	return OK;
}
