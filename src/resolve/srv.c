/* SPDX-License-Identifier: Apache-2.0 */
/* SRV records, see srv.h. */
#include "resolve/srv.h"

#include "base/random.h"

enum {
	HEAD = 6, /* bytes before the target */
	LABEL_MAX = 63,
};

static uint16_t read_u16(struct str s, size_t at)
{
	return (uint16_t)((uint8_t)s.ptr[at] << 8 | (uint8_t)s.ptr[at + 1]);
}

/* Hosts in the DNS have underscores at times, although they must not. */
static bool to_host_char(char c, char *ret_c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	*ret_c = c;
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static enum err add_label(struct str label, char *buf, size_t *len)
{
	if (label.len > LABEL_MAX || *len + 1 + label.len > SRV_TARGET_MAX)
		return ERR_INVALID;
	if (*len > 0)
		buf[(*len)++] = '.';
	for (size_t i = 0; i < label.len; i++) {
		if (!to_host_char(label.ptr[i], &buf[(*len)++]))
			return ERR_INVALID;
	}
	return OK;
}

/* An uncompressed name (RFC 2782: the target is never compressed). */
static enum err read_name(struct str wire, char *buf)
{
	size_t len = 0;

	while (wire.len > 0 && wire.ptr[0] != '\0') {
		size_t label_len = (uint8_t)wire.ptr[0];

		if (label_len >= wire.len ||
		    add_label(str_sub(wire, 1, label_len), buf, &len) != OK)
			return ERR_INVALID;
		wire = str_from_at(wire, 1 + label_len);
	}
	if (wire.len != 1)
		return ERR_INVALID;
	buf[len] = '\0';
	return OK;
}

enum err srv_parse(struct str rdata, struct srv *ret_srv)
{
	char target[SRV_TARGET_MAX + 1];

	if (rdata.len <= HEAD || read_name(str_from_at(rdata, HEAD), target))
		return ERR_INVALID;
	ret_srv->priority = read_u16(rdata, 0);
	ret_srv->weight = read_u16(rdata, 2);
	ret_srv->port = read_u16(rdata, 4);
	memcpy(ret_srv->target, target, sizeof(target));
	return OK;
}

static void swap(struct srv *a, struct srv *b)
{
	struct srv c = *a;

	*a = *b;
	*b = c;
}

/* Puts in front which one of rows, all of one priority, is next: those of no weight have a small
 * chance, too (RFC 2782: they are looked at first). */
static void choose(struct srv *rows, size_t count)
{
	uint64_t sum = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < count; k++)
		sum += rows[k].weight;
	if (sum == 0) {
		swap(&rows[0], &rows[random_u64() % count]);
		return;
	}
	at = random_u64() % (sum + 1);
	while (at == 0 && i < count && rows[i].weight > 0)
		i++;
	if (i == count || at > 0)
		i = 0;
	for (; at > rows[i].weight; i++)
		at -= rows[i].weight;
	swap(&rows[0], &rows[i]);
}

void srv_order(struct srv *rows, size_t count)
{
	/* few rows: simple insertion is as good as any */
	for (size_t i = 1; i < count; i++) {
		for (size_t k = i; k > 0 && rows[k].priority < rows[k - 1].priority; k--)
			swap(&rows[k], &rows[k - 1]);
	}
	for (size_t i = 0; i < count; i++) {
		size_t same = 1;

		while (i + same < count && rows[i + same].priority == rows[i].priority)
			same++;
		choose(&rows[i], same);
	}
}
