/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records, see dane.h. */
#include "net/dane.h"

#include "crypto/digest.h"

enum { HEAD = 3 /* bytes before the data */ };

static enum digest_kind kind_of(uint8_t matching)
{
	return matching == DANE_SHA512 ? DIGEST_SHA512 : DIGEST_SHA256;
}

enum err dane_add(struct dane *d, struct str rdata)
{
	struct str data = str_from_at(rdata, HEAD);
	struct dane_record r = { 0 };

	if (rdata.len <= HEAD)
		return ERR_UNSUPPORTED;
	r.usage = (uint8_t)rdata.ptr[0];
	r.selector = (uint8_t)rdata.ptr[1];
	r.matching = (uint8_t)rdata.ptr[2];
	if (r.usage > DANE_EE || r.selector > DANE_KEY || r.matching > DANE_SHA512)
		return ERR_UNSUPPORTED;
	if (r.matching != DANE_FULL && data.len != digest_len(kind_of(r.matching)))
		return ERR_UNSUPPORTED;
	if (d->count == DANE_MAX)
		return ERR_TOO_BIG;
	if (r.matching == DANE_FULL)
		digest_of(DIGEST_SHA256, data, r.digest);
	else
		memcpy(r.digest, data.ptr, data.len);
	d->records[d->count++] = r;
	return OK;
}

bool dane_matches(const struct dane_record *r, struct str cert, struct str key)
{
	uint8_t digest[DIGEST_MAX];
	enum digest_kind kind = kind_of(r->matching);

	digest_of(kind, r->selector == DANE_KEY ? key : cert, digest);
	return memcmp(digest, r->digest, digest_len(kind)) == 0;
}
