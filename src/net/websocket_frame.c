/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket frames, see websocket_frame.h. */
#include "net/websocket_frame.h"

enum { LEN_16 = 126, LEN_64 = 127 };

static bool is_sound(const struct websocket_frame *f, uint8_t first)
{
	bool is_control = f->opcode & 8;

	if (first & 0x30) /* RSV2, RSV3 */
		return false;
	if (f->opcode > WEBSOCKET_PONG ||
	    (f->opcode > WEBSOCKET_BINARY && f->opcode < WEBSOCKET_CLOSE))
		return false;
	if (f->is_compressed && (is_control || f->opcode == WEBSOCKET_CONTINUE))
		return false;
	return !is_control || (f->is_last && f->len <= WEBSOCKET_CONTROL_LEN_MAX);
}

enum err websocket_frame_parse(struct str data, struct websocket_frame *ret_frame, size_t *ret_len)
{
	const uint8_t *h = (const uint8_t *)data.ptr;
	struct websocket_frame f = { .len = 0 };
	size_t extra;

	if (data.len < 2)
		return ERR_AGAIN;
	f.opcode = h[0] & 0x0f;
	f.is_last = h[0] & 0x80;
	f.is_compressed = h[0] & 0x40;
	f.len = h[1] & 0x7f;
	extra = f.len == LEN_16 ? 2 : f.len == LEN_64 ? 8 : 0;
	/* What is wrong already is not worth waiting for the rest. */
	if (!(h[1] & 0x80) || !is_sound(&f, h[0]))
		return ERR_INVALID;
	if (data.len < 2 + extra + sizeof(f.mask))
		return ERR_AGAIN;
	if (extra)
		f.len = 0;
	for (size_t i = 0; i < extra; i++)
		f.len = f.len << 8 | h[2 + i];
	if ((extra == 2 && f.len < LEN_16) || (extra == 8 && (f.len <= UINT16_MAX || f.len >> 63)))
		return ERR_INVALID;
	memcpy(f.mask, h + 2 + extra, sizeof(f.mask));
	*ret_frame = f;
	*ret_len = 2 + extra + sizeof(f.mask);
	return OK;
}

size_t websocket_frame_head(uint8_t *buf, unsigned opcode, bool is_compressed, uint64_t len)
{
	size_t extra = len < LEN_16 ? 0 : len <= UINT16_MAX ? 2 : 8;

	buf[0] = (uint8_t)(0x80 | (is_compressed ? 0x40 : 0) | opcode);
	buf[1] = (uint8_t)(extra == 0 ? len : extra == 2 ? LEN_16 : LEN_64);
	for (size_t i = 0; i < extra; i++)
		buf[2 + i] = (uint8_t)(len >> 8 * (extra - 1 - i));
	return 2 + extra;
}

void websocket_frame_unmask(const struct websocket_frame *frame, uint64_t at, struct str in,
			    char *out)
{
	for (size_t i = 0; i < in.len; i++)
		out[i] = (char)((uint8_t)in.ptr[i] ^ frame->mask[(at + i) & 3]);
}
