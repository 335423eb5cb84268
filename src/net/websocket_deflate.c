/* SPDX-License-Identifier: Apache-2.0 */
/* permessage-deflate, see websocket_deflate.h. */
#include "net/websocket_deflate.h"

#include "base/mem.h"

#include <zlib.h>

enum { WINDOW_BITS = -15 /* raw deflate */, STEP = 16 * 1024 /* bytes of output at a time */ };

/* A message ends in an empty stored block that is not sent (RFC 7692, 7.2.1). */
static const char tail[4] = { 0, 0, (char)0xff, (char)0xff };

struct websocket_deflate {
	z_stream pack, unpack;
};

static struct websocket_deflate *made(struct websocket_deflate **d_ptr)
{
	struct websocket_deflate *d = *d_ptr;

	if (!d) {
		d = mem_zalloc(1, sizeof(*d));
		must(deflateInit2(&d->pack, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, 8,
				  Z_DEFAULT_STRATEGY) == Z_OK);
		must(inflateInit2(&d->unpack, WINDOW_BITS) == Z_OK);
		*d_ptr = d;
	}
	return d;
}

void websocket_deflate_free(struct websocket_deflate **d_ptr)
{
	struct websocket_deflate *d = *d_ptr;

	*d_ptr = NULL;
	if (!d)
		return;
	(void)deflateEnd(&d->pack);   /* Z_DATA_ERROR only says that input was left */
	(void)inflateEnd(&d->unpack); /* as above */
	mem_free(d);
}

/* Runs one stream over in until it is used up. */
static enum err run(z_stream *z, int (*step)(z_stream *z, int flush), struct str in,
		    struct sbuf *out)
{
	z->next_in = (z_const Bytef *)(uintptr_t)in.ptr;
	z->avail_in = (uInt)in.len;
	do {
		size_t room = out->limit - out->len;
		int result;

		room = room > STEP ? STEP : room;
		if (room == 0)
			return ERR_TOO_BIG;
		must(sbuf_room(out, room) == OK);
		z->next_out = (Bytef *)out->ptr + out->len;
		z->avail_out = (uInt)room;
		result = step(z, Z_SYNC_FLUSH);
		out->len += room - z->avail_out;
		if (result == Z_STREAM_END) /* a final block; more may follow (7.2.3.4) */
			result = inflateReset(z);
		if (result != Z_OK && (result != Z_BUF_ERROR || z->avail_in))
			return ERR_INVALID;
	} while (z->avail_in || z->avail_out == 0);
	return OK;
}

enum err websocket_deflate_pack(struct websocket_deflate **d_ptr, struct str message,
				struct sbuf *out)
{
	struct websocket_deflate *d = made(d_ptr);
	enum err e;

	must(deflateReset(&d->pack) == Z_OK);
	e = run(&d->pack, deflate, message, out);
	if (e)
		return e;
	must(str_ends(sbuf_str(out), str_make(tail, sizeof(tail))));
	out->len -= sizeof(tail);
	return OK;
}

enum err websocket_deflate_unpack(struct websocket_deflate **d_ptr, struct str packed,
				  struct sbuf *out)
{
	struct websocket_deflate *d = made(d_ptr);
	enum err e;

	must(inflateReset(&d->unpack) == Z_OK);
	e = run(&d->unpack, inflate, packed, out);
	return e ? e : run(&d->unpack, inflate, str_make(tail, sizeof(tail)), out);
}
