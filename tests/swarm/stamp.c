/* SPDX-License-Identifier: Apache-2.0 */
/* "swarm RUN NUMBER DUE xxx", see stamp.h: 8, 8 and 16 hexadecimal digits. */
#include "stamp.h"

#include "cutter.h"

enum { STAMP_LEN = 41 };

static enum err put_body(struct sbuf *out, const struct options *opt, struct stamp s)
{
	size_t pad = opt->body - STAMP_LEN; /* options.c has the bounds of both */
	enum err e = sbuf_printf(out, "<body>swarm %08x %08x %016llx ", s.run,
				 (unsigned)(uint32_t)s.number, (unsigned long long)s.due);

	if (!e)
		e = sbuf_room(out, pad);
	if (e)
		return e;
	memset(out->ptr + out->len, 'x', pad);
	out->len += pad;
	return sbuf_lit(out, "</body></message>");
}

enum err stamp_put(struct sbuf *out, const struct options *opt, uint64_t to, struct stamp s)
{
	unsigned long long peer = to;
	enum err e = OK;

	if (options_is_relay(opt))
		e = sbuf_printf(out, "%llu ", peer);
	if (!e)
		e = sbuf_printf(out, "<message type='chat' to='%s%llu@%s' id='%08x-%08x'>",
				opt->prefix, peer, options_domain(opt, peer), s.run,
				(unsigned)(uint32_t)s.number);
	if (!e)
		e = put_body(out, opt, s);
	if (!e && options_is_relay(opt))
		e = sbuf_lit(out, "\n");
	return e;
}

enum err stamp_put_room(struct sbuf *out, const struct options *opt, uint64_t room, struct stamp s)
{
	enum err e = sbuf_printf(
		out, "<message type='groupchat' to='%s-room%llu@conference.%s' id='%08x-%08x'>",
		opt->prefix, (unsigned long long)room, opt->domain, s.run,
		(unsigned)(uint32_t)s.number);

	return e ? e : put_body(out, opt, s);
}

static bool read_hex(struct str s, uint64_t *ret_n)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_n = n;
	return true;
}

bool stamp_read(struct str piece, struct stamp *ret_stamp)
{
	struct str body = piece_text(piece, STR("body"));
	uint64_t run, number, due;

	if (body.len < STAMP_LEN || !str_starts(body, STR("swarm ")) ||
	    !read_hex(str_sub(body, 6, 8), &run) || !read_hex(str_sub(body, 15, 8), &number) ||
	    !read_hex(str_sub(body, 24, 16), &due))
		return false;
	*ret_stamp = (struct stamp){ .run = (uint32_t)run, .number = number, .due = (usec_t)due };
	return true;
}
