/* SPDX-License-Identifier: Apache-2.0 */
/* The opening handshake of a WebSocket (RFC 6455, 4.2), see websocket.h. */
#include "codec/base64.h"
#include "crypto/digest.h"
#include "net/websocket-private.h"

enum {
	KEY_LEN = 24, /* characters: 16 bytes in base64 */
	ACCEPT_MAX = 32,
	ANSWER_MAX = 1024,
};

#define DEFLATE_ANSWER                                                                             \
	"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "               \
	"client_no_context_takeover\r\n"

static bool is_key(struct str key)
{
	if (key.len != KEY_LEN || !str_ends(key, STR("==")))
		return false;
	for (size_t i = 0; i < KEY_LEN - 2; i++) {
		char c = key.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    c != '+' && c != '/')
			return false;
	}
	return true;
}

/* Whether one element of Sec-WebSocket-Extensions is an offer that we can keep (RFC 7692, 7.1). */
static bool is_our_offer(struct str offer)
{
	struct str part;

	if (!str_split(&offer, ';', &part) ||
	    !str_eq_nocase(str_trim(part), STR("permessage-deflate")))
		return false;
	while (str_split(&offer, ';', &part)) {
		struct str name = STR_NONE;

		(void)str_split(&part, '=', &name); /* part has a pointer */
		name = str_trim(name);
		/* A window of the server's that is smaller than ours cannot be promised. */
		if (!str_eq(name, STR("client_max_window_bits")) &&
		    !str_eq(name, STR("client_no_context_takeover")) &&
		    !str_eq(name, STR("server_no_context_takeover")))
			return false;
	}
	return true;
}

static bool offers_deflate(const struct http_head *head)
{
	for (unsigned i = 0; i < head->count; i++) {
		struct str list = head->fields[i].value, offer;

		if (!str_eq_nocase(head->fields[i].name, STR("Sec-WebSocket-Extensions")))
			continue;
		while (str_split(&list, ',', &offer)) {
			if (is_our_offer(offer))
				return true;
		}
	}
	return false;
}

/* 0, or the status that says what is wrong with the request. */
static unsigned check(const struct http_head *head, const struct websocket_config *config)
{
	if (head->verb != HTTP_VERB_GET || !head->is_11 || head->is_chunked || head->length)
		return 400;
	if (!head->wants_upgrade || !http_head_has_token(head, STR("Upgrade"), STR("websocket")) ||
	    !str_eq(http_head_field(head, STR("Sec-WebSocket-Version")), STR("13")))
		return 426;
	if (!is_key(http_head_field(head, STR("Sec-WebSocket-Key"))) ||
	    !http_head_has_token(head, STR("Sec-WebSocket-Protocol"), config->protocol))
		return 400;
	return 0;
}

static enum err refuse(struct http_conn *conn, unsigned status)
{
	static const struct http_field version[] = {
		{ STR_INIT("Upgrade"), STR_INIT("websocket") },
		{ STR_INIT("Sec-WebSocket-Version"), STR_INIT("13") },
	};
	struct http_answer answer = { .status = status };

	if (status == 426) {
		answer.fields = version;
		answer.count = array_len(version);
	}
	http_respond(conn, &answer, NULL);
	return status == 403 ? ERR_DENIED : status == 426 ? ERR_UNSUPPORTED : ERR_INVALID;
}

static void send_answer(struct transport *below, const struct http_head *head,
			const struct websocket_config *config, bool has_deflate)
{
	struct str parts[] = { http_head_field(head, STR("Sec-WebSocket-Key")),
			       STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11") };
	uint8_t digest[DIGEST_MAX];
	struct sbuf accept = SBUF(ACCEPT_MAX), out = SBUF(ANSWER_MAX);
	struct bytes *b;

	digest_of_parts(DIGEST_SHA1, parts, array_len(parts), digest);
	must(base64_encode(&accept, str_make((const char *)digest, digest_len(DIGEST_SHA1))) == OK);
	must(sbuf_printf(&out,
			 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n"
			 "Sec-WebSocket-Protocol: %.*s\r\n%s\r\n",
			 STR_ARG(sbuf_str(&accept)), STR_ARG(config->protocol),
			 has_deflate ? DEFLATE_ANSWER : "") == OK);
	b = bytes_new(sbuf_str(&out));
	transport_send(below, b);
	(void)bytes_unref(b); /* the transport has its own count */
	sbuf_done(&accept);
	sbuf_done(&out);
}

enum err websocket_accept(struct http_conn *conn, const struct http_request *request,
			  const struct websocket_config *config, struct transport **ret_t)
{
	struct str origin = http_head_field(&request->head, STR("Origin"));
	struct net_loop *net = http_net(conn);
	struct sbuf rest = SBUF(HTTP_PIPELINE_MAX + 2 * NET_READ_MAX);
	struct websocket_start start = { .request = request,
					 .message_limit = config->message_limit };
	unsigned status = check(&request->head, config);
	struct transport *below;

	if (!status && config->may_connect && !config->may_connect(config->owner, origin, request))
		status = 403;
	if (status)
		return refuse(conn, status);
	start.has_deflate = config->has_deflate && offers_deflate(&request->head);
	below = http_take(conn, &rest);
	send_answer(below, &request->head, config, start.has_deflate);
	start.rest = sbuf_str(&rest);
	*ret_t = websocket_over(net, below, &start);
	sbuf_done(&rest);
	return OK;
}
