/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies, see http_body.h. Every line must end in CRLF, sizes are hex digits alone. */
#include "net/http_body.h"

#include "codec/hex.h"

enum state {
	SIZE,
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,
	TRAILER_LF,
};

void http_body_init(struct http_body *b, const struct http_head *head)
{
	*b = (struct http_body){ .is_chunked = head->is_chunked };
	if (head->has_length)
		b->left = head->length;
	b->is_done = !b->is_chunked && b->left == 0;
}

static enum err size_byte(struct http_body *b, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		if (b->left >> 56)
			return ERR_TOO_BIG;
		b->left = b->left << 4 | (unsigned)digit;
		b->has_digit = true;
		return OK;
	}
	if (!b->has_digit)
		return ERR_INVALID;
	if (c == '\r')
		b->state = SIZE_LF;
	else if (c == ';')
		b->state = EXTENSION;
	else
		return ERR_INVALID;
	return OK;
}

static enum err extension_byte(struct http_body *b, char c)
{
	if (c == '\r')
		b->state = SIZE_LF;
	else if ((unsigned char)c < ' ' && c != '\t')
		return ERR_INVALID;
	return OK;
}

static void begin_data(struct http_body *b)
{
	b->state = b->left ? DATA : TRAILER;
	b->line = 0;
	b->is_line_empty = true;
}

static enum err trailer_byte(struct http_body *b, char c)
{
	if (c == '\r') {
		b->state = TRAILER_LF;
		return OK;
	}
	if ((unsigned char)c < ' ' && c != '\t')
		return ERR_INVALID;
	b->is_line_empty = false;
	return OK;
}

static void end_line_of_trailer(struct http_body *b)
{
	b->is_done = b->is_line_empty;
	b->is_line_empty = true;
	b->state = TRAILER;
}

static void end_chunk(struct http_body *b)
{
	b->state = SIZE;
	b->left = 0;
	b->has_digit = false;
	b->line = 0;
}

/* One byte of all that is not content. */
static enum err frame_byte(struct http_body *b, char c)
{
	unsigned most = b->state >= TRAILER ? HTTP_TRAILER_MAX : HTTP_CHUNK_LINE_MAX;

	if (++b->line > most)
		return ERR_TOO_BIG;
	switch ((enum state)b->state) {
	case SIZE:
		return size_byte(b, c);
	case EXTENSION:
		return extension_byte(b, c);
	case TRAILER:
		return trailer_byte(b, c);
	case DATA_CR:
		b->state = DATA_LF;
		return c == '\r' ? OK : ERR_INVALID;
	case SIZE_LF:
		begin_data(b);
		break;
	case DATA_LF:
		end_chunk(b);
		break;
	case TRAILER_LF:
		end_line_of_trailer(b);
		break;
	case DATA:
		break;
	}
	return c == '\n' ? OK : ERR_INVALID;
}

static struct str take_content(struct http_body *b, struct str *data)
{
	struct str part = str_sub(*data, 0, b->left < data->len ? (size_t)b->left : data->len);

	*data = str_from_at(*data, part.len);
	b->left -= part.len;
	return part;
}

enum err http_body_next(struct http_body *b, struct str *data, struct str *ret_part)
{
	struct str part = STR_NONE;

	while (data->len && !b->is_done && str_is_empty(part)) {
		if (!b->is_chunked) {
			part = take_content(b, data);
			b->is_done = b->left == 0;
		} else if (b->state == DATA) {
			part = take_content(b, data);
			b->state = b->left ? DATA : DATA_CR;
			b->line = 0;
		} else {
			enum err e = frame_byte(b, data->ptr[0]);

			if (e)
				return e;
			*data = str_from_at(*data, 1);
		}
	}
	*ret_part = part;
	return OK;
}
