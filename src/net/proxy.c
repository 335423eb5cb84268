/* SPDX-License-Identifier: Apache-2.0 */
/* The PROXY protocol, see proxy.h. */
#include "net/proxy.h"

static const char v2_signature[12] = { '\r', '\n', '\r', '\n', '\0', '\r',
				       '\n', 'Q',  'U',  'I',  'T',  '\n' };

enum { V2_HEAD = 16 /* bytes */ };

static bool begins_like(struct str data, struct str whole)
{
	return str_starts(whole, str_sub(data, 0, whole.len));
}

static enum err parse_port(struct str text, uint16_t *ret_port)
{
	uint64_t n;

	if (text.len > 5 || str_to_u64(text, &n) || n > UINT16_MAX)
		return ERR_INVALID;
	*ret_port = (uint16_t)n;
	return OK;
}

/* "TCP4 source destination sport dport" */
static enum err parse_v1_line(struct str line, struct addr *ret_client)
{
	struct str part[5];
	struct addr source, destination;
	uint16_t port;

	for (unsigned i = 0; i < array_len(part); i++) {
		if (!str_split(&line, ' ', &part[i]))
			return ERR_INVALID;
	}
	if (str_is_set(line) || addr_parse_ip(part[1], &source) ||
	    addr_parse_ip(part[2], &destination) || parse_port(part[3], &source.port) ||
	    parse_port(part[4], &port))
		return ERR_INVALID;
	if (!str_eq(part[0], STR("TCP4")) && !str_eq(part[0], STR("TCP6")))
		return ERR_INVALID;
	if (addr_is_v4(&source) != str_eq(part[0], STR("TCP4")))
		return ERR_INVALID;
	*ret_client = source;
	return OK;
}

static enum err parse_v1(struct str data, size_t *ret_len, struct addr *ret_client)
{
	struct str head = str_sub(data, 0, PROXY_V1_MAX);
	ptrdiff_t at = str_find(head, STR("\r\n"));
	struct addr client = { .is_set = false };
	struct str line;

	if (at < 0)
		return data.len < PROXY_V1_MAX ? ERR_AGAIN : ERR_TOO_BIG;
	line = str_sub(head, 6, (size_t)at - 6);
	if (!str_eq(line, STR("UNKNOWN")) && !str_starts(line, STR("UNKNOWN "))) {
		enum err e = parse_v1_line(line, &client);

		if (e)
			return e;
	}
	*ret_len = (size_t)at + 2;
	*ret_client = client;
	return OK;
}

static enum err parse_v2(struct str data, size_t *ret_len, struct addr *ret_client)
{
	const uint8_t *h = (const uint8_t *)data.ptr;
	struct addr client = { .is_set = false };
	size_t body, ip_len;

	if (data.len < V2_HEAD)
		return ERR_AGAIN;
	body = (size_t)h[14] << 8 | h[15];
	if (V2_HEAD + body > PROXY_HEAD_MAX)
		return ERR_TOO_BIG;
	if (h[12] != 0x20 && h[12] != 0x21)
		return ERR_INVALID;
	if (data.len < V2_HEAD + body)
		return ERR_AGAIN;
	if (h[12] == 0x21 && (h[13] == 0x11 || h[13] == 0x21)) {
		ip_len = h[13] == 0x11 ? 4 : 16;
		if (body < 2 * ip_len + 4)
			return ERR_INVALID;
		client.ip[10] = client.ip[11] = 0xff;
		memcpy(client.ip + 16 - ip_len, h + V2_HEAD, ip_len);
		client.port =
			(uint16_t)(h[V2_HEAD + 2 * ip_len] << 8 | h[V2_HEAD + 2 * ip_len + 1]);
		client.is_set = true;
	}
	*ret_len = V2_HEAD + body;
	*ret_client = client;
	return OK;
}

enum err proxy_parse(struct str data, size_t *ret_len, struct addr *ret_client)
{
	struct str v2 = str_make(v2_signature, sizeof(v2_signature));

	if (begins_like(data, STR("PROXY ")))
		return data.len < 6 ? ERR_AGAIN : parse_v1(data, ret_len, ret_client);
	if (begins_like(data, v2))
		return data.len < v2.len ? ERR_AGAIN : parse_v2(data, ret_len, ret_client);
	return ERR_NOT_FOUND;
}
