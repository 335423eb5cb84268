/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS 1.3 connection after its handshake, in about 220 bytes instead of the 13 KB of OpenSSL's
 * object (RFC 8446, 4.6.3, 5, 6): records both ways, KeyUpdate both ways, alerts. For the server's
 * end, without early data, session tickets and authentication after the handshake: all that the
 * peer may then send beside data is KeyUpdate and alerts, and anything else ends the connection. It
 * does no input and output. Only net/tls*.c use it, on the loop. */
#pragma once

#include "base/sbuf.h"
#include "net/tls_aead.h"

enum {
	TLS_KEY_UPDATE_LEN = 5, /* bytes of the message */
	/* Records in a row that bring no data; OpenSSL's own limit of empty ones. */
	TLS_FRUITLESS_MAX = 32,
};

/* Records that we protect with one key: 2^24.5 are safe with AES-GCM (RFC 8446, 5.5). */
#define TLS_KEY_RECORDS_MAX ((uint64_t)1 << 24)

enum tls_alert {
	TLS_ALERT_CLOSE_NOTIFY = 0,
	TLS_ALERT_UNEXPECTED_MESSAGE = 10,
	TLS_ALERT_BAD_RECORD_MAC = 20,
	TLS_ALERT_RECORD_OVERFLOW = 22,
	TLS_ALERT_ILLEGAL_PARAMETER = 47,
	TLS_ALERT_DECODE_ERROR = 50,
	TLS_ALERT_USER_CANCELED = 90,
};

/* The secrets of a handshake, as they become known. */
struct tls_secrets {
	uint8_t client_len, server_len; /* bytes; 0: not known */
	uint8_t client[TLS_SECRET_MAX], server[TLS_SECRET_MAX];
};

/* Takes a line of OpenSSL's key log (its callback; draft-ietf-tls-keylogfile): the first secrets of
 * application traffic are noted, all others are none of our business. */
void tls_secrets_note(struct tls_secrets *secrets, const char *line);

/* All that such a connection is. */
struct tls_record_state {
	struct tls_keys in, out;
	uint8_t suite;     /* enum tls_suite */
	uint8_t fruitless; /* records in a row without data, below TLS_FRUITLESS_MAX */
	uint8_t part_len;  /* bytes of a KeyUpdate of which not all has come */
	bool owes_update;  /* the peer has asked for a KeyUpdate, and gets it with the next data */
	uint8_t part[TLS_KEY_UPDATE_LEN];
};

/* Takes over before the first record in either direction. ERR_UNSUPPORTED: another suite (number as
 * in the registry), or secrets that do not belong to it. Wipe and free with
 * tls_hibernated_free. */
must_check enum err tls_hibernated_new(struct tls_aead *aead, uint16_t suite,
				       const struct tls_secrets *secrets,
				       struct tls_record_state **ret_state);
void tls_hibernated_free(struct tls_record_state **state);

enum tls_heard {
	TLS_HEARD_NOTHING, /* of interest to anybody above */
	TLS_HEARD_DATA,
	TLS_HEARD_CLOSE, /* close_notify: no more will come */
	TLS_HEARD_ALERT, /* the peer gives up: nothing may be sent to it any more */
	TLS_HEARD_WRONG, /* it broke the rules: send ret_alert and end */
};

/* Opens one whole record, head included; its content is decrypted to plain, which has room for
 * record.len bytes. ret_data is set for DATA (never empty), ret_alert for WRONG. After anything but
 * NOTHING and DATA it must not be called again. */
enum tls_heard tls_hibernated_open(struct tls_record_state *s, struct tls_aead *aead,
				   struct str record, char *plain, struct str *ret_data,
				   enum tls_alert *ret_alert);

/* Appends a record with data (at most TLS_PLAIN_MAX bytes) to out, and in front of it a KeyUpdate
 * where one is owed. ERR_TOO_BIG: out is full; s must not be used any more. */
must_check enum err tls_hibernated_seal(struct tls_record_state *s, struct tls_aead *aead,
					struct str data, struct sbuf *out);

/* Appends an alert to out, after which nothing may be sent. */
must_check enum err tls_hibernated_alert(struct tls_record_state *s, struct tls_aead *aead,
					 enum tls_alert alert, struct sbuf *out);
