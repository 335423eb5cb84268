/* SPDX-License-Identifier: Apache-2.0 */
/* A message for a push service of the web: encrypted for the browser (RFC 8291, aes128gcm of RFC
 * 8188), and signed for the service (VAPID, RFC 8292). Any thread. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "codec/url.h"
#include "crypto/p256.h"

enum {
	WEB_MESSAGE_SALT = 16,
	WEB_MESSAGE_AUTH = 16,
	WEB_MESSAGE_MAX =
		4096, /* bytes, of what is sent: RFC 8030 7.2 lets a service take no more */
	WEB_MESSAGE_HEAD = WEB_MESSAGE_SALT + 4 + 1 + P256_PUBLIC,
	WEB_MESSAGE_PLAIN_MAX = WEB_MESSAGE_MAX - WEB_MESSAGE_HEAD - 17, /* bytes */
	WEB_MESSAGE_AUTHORIZATION_MAX = 4 * 1024,
};

/* What only the two sides know, and what makes each message another one. */
struct web_message_keys {
	struct p256_key sender; /* fresh for each message */
	uint8_t salt[WEB_MESSAGE_SALT];
	const uint8_t *receiver; /* p256dh: P256_PUBLIC bytes */
	const uint8_t *auth;     /* WEB_MESSAGE_AUTH bytes */
};

/* Appends the body of the request. ERR_INVALID: the receiver's key is none; ERR_TOO_BIG. */
must_check enum err web_message_seal(struct sbuf *out, const struct web_message_keys *keys,
				     struct str plain);

/* Appends the value of the header Authorization. subject: how to reach who runs the server, a URL;
 * wall_end: the token's end, at most a day ahead. ERR_TOO_BIG. */
must_check enum err web_message_authorize(struct sbuf *out, const struct p256_key *key,
					  const struct url *endpoint, struct str subject,
					  usec_t wall_end);
