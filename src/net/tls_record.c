/* SPDX-License-Identifier: Apache-2.0 */
/* TLS record boundaries, see tls_record.h. */
#include "net/tls_record.h"

#include "base/mem.h"
#include "base/metric.h"

enum { RECORD_CCS = 20, RECORD_DATA = 23 };

struct tls_partial {
	uint32_t len, cap; /* bytes */
	char data[];
};

void tls_record_drop(struct tls_partial **partial)
{
	struct tls_partial *p = *partial;

	*partial = NULL;
	if (!p)
		return;
	metric_add(METRIC_MEM_TLS, -(int64_t)(sizeof(*p) + p->cap));
	mem_free(p);
}

/* The length of the record that begins at head (TLS_RECORD_HEAD bytes); 0: this is no TLS. */
static size_t record_length(const char *head, bool is_first)
{
	const uint8_t *h = (const uint8_t *)head;
	size_t len = (size_t)h[3] << 8 | h[4];

	if (h[0] < RECORD_CCS || h[0] > RECORD_DATA || h[1] != 3 || len > TLS_CIPHER_MAX)
		return 0;
	if (is_first && h[0] != TLS_RECORD_HANDSHAKE)
		return 0;
	return TLS_RECORD_HEAD + len;
}

/* Moves bytes from *data to *partial until that has want bytes. True when it has them. */
static bool fill(struct tls_partial **partial, struct str *data, size_t want)
{
	struct tls_partial *p = *partial;
	size_t have = p ? p->len : 0, cap = p ? p->cap : 0;
	size_t n = want > have ? want - have : 0;

	n = n < data->len ? n : data->len;
	if (have + n > cap) {
		size_t grown = have + n > 2 * cap ? have + n : 2 * cap;

		metric_add(METRIC_MEM_TLS, (int64_t)(grown - cap + (p ? 0 : sizeof(*p))));
		*partial = p = mem_grow(p, sizeof(*p) + grown);
		p->cap = (uint32_t)grown;
		p->len = (uint32_t)have;
	}
	if (n) {
		memcpy(p->data + have, data->ptr, n);
		p->len += (uint32_t)n;
		*data = str_from_at(*data, n);
	}
	return p && p->len >= want;
}

enum err tls_record_next(struct tls_partial **partial, struct str *data, bool is_first,
			 struct tls_record *ret_record)
{
	bool is_kept = *partial != NULL;
	size_t len;

	if (str_is_empty(*data))
		return ERR_AGAIN;
	if ((is_kept || data->len < TLS_RECORD_HEAD) && !fill(partial, data, TLS_RECORD_HEAD))
		return ERR_AGAIN;
	len = record_length(*partial ? (*partial)->data : data->ptr, is_first);
	if (len == 0)
		return ERR_INVALID;
	if (!*partial && data->len >= len) {
		*ret_record = (struct tls_record){ .whole = str_sub(*data, 0, len) };
		*data = str_from_at(*data, len);
		return OK;
	}
	if (!fill(partial, data, len))
		return ERR_AGAIN;
	*ret_record =
		(struct tls_record){ .whole = str_make((*partial)->data, len), .kept = *partial };
	*partial = NULL;
	return OK;
}
