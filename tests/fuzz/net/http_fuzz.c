/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes come: heads are refused or read, the same in one piece and byte by byte, and a
 * body never reaches behind its end. */
#include "net/http_body.h"
#include "net/http_forward.h"
#include "net/proxy.h"

static void check_find(struct str text, enum err wanted, size_t wanted_at)
{
	size_t at = 0;
	enum err e = ERR_AGAIN;

	for (size_t len = 1; e == ERR_AGAIN && len <= text.len; len++)
		e = http_head_find(str_sub(text, 0, len), &at);
	must(e == wanted && (e || at == wanted_at));
}

/* Content in one piece and in pieces of one byte; gives the sum of its bytes. */
static enum err read_body(const struct http_head *head, struct str text, size_t step, uint64_t *sum)
{
	struct http_body b;
	struct str part;

	http_body_init(&b, head);
	*sum = 0;
	while (text.len && !b.is_done) {
		struct str data = str_sub(text, 0, step);
		size_t before = data.len;
		enum err e = http_body_next(&b, &data, &part);

		if (e)
			return e;
		must(data.len < before && part.len <= before);
		for (size_t i = 0; i < part.len; i++)
			*sum = *sum * 31 + (unsigned char)part.ptr[i] + 1;
		text = str_from_at(text, before - data.len);
	}
	return b.is_done ? OK : ERR_AGAIN;
}

static void check_body(const struct http_head *head, struct str text)
{
	uint64_t whole, bytes;
	enum err e = read_body(head, text, SIZE_MAX, &whole);

	must(read_body(head, text, 1, &bytes) == e);
	must(whole == bytes);
}

static void check_head(struct str text, struct str rest)
{
	struct addr peer = { .ip = { [10] = 0xff, 0xff, 127, 0, 0, 1 }, .is_set = true };
	struct addr_net loopback = { .ip = { [10] = 0xff, 0xff, 127 }, .bits = 104 };
	struct addr_nets proxies = { .items = &loopback, .count = 1 };
	struct http_client client;
	struct http_head head;

	if (http_head_parse(text, &head))
		return;
	must(head.count <= HTTP_FIELDS_MAX && !(head.is_chunked && head.has_length));
	must(head.path.len > 0 && head.path.ptr);
	for (unsigned i = 0; i < head.count; i++)
		must(head.fields[i].name.len &&
		     !memchr(head.fields[i].value.ptr, '\r', head.fields[i].value.len));
	if (http_forward_client(&head, &peer, &proxies, &client) == 0)
		must(client.addr.is_set);
	check_body(&head, rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	struct http_head chunks = { .is_chunked = true };
	struct addr client;
	size_t at = 0, len = 0;
	enum err e = http_head_find(text, &at);

	check_find(text, e, at);
	if (e == OK)
		check_head(str_sub(text, 0, at), str_from_at(text, at));
	check_body(&chunks, text);
	if (proxy_parse(text, &len, &client) == OK)
		must(len <= size);
	return 0;
}
