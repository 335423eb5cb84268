/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 after the handshake, see tls_hibernated.h. */
#include "net/tls_hibernated.h"

#include "base/mem.h"
#include "base/metric.h"
#include "codec/hex.h"
#include "crypto/secret.h"
#include "net/tls_record.h"

enum { RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };
enum { MESSAGE_KEY_UPDATE = 24 };
enum { UPDATE_NOT_REQUESTED, UPDATE_REQUESTED };
enum { LEVEL_WARNING = 1, LEVEL_FATAL };

/* ---- secrets ---- */

/* Gives the number of bytes; 0 if there are too many, or these are no digits. */
static uint8_t unhex(const char *text, uint8_t ret[TLS_SECRET_MAX])
{
	size_t len = strlen(text);

	if (len % 2 || len > (size_t)2 * TLS_SECRET_MAX)
		return 0;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		ret[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (uint8_t)(len / 2);
}

void tls_secrets_note(struct tls_secrets *secrets, const char *line)
{
	const struct str label = str_from(line);
	const char *value = strrchr(line, ' '); /* behind the client's random number */

	if (!value)
		return;
	if (str_starts(label, STR("CLIENT_TRAFFIC_SECRET_0 ")))
		secrets->client_len = unhex(value + 1, secrets->client);
	else if (str_starts(label, STR("SERVER_TRAFFIC_SECRET_0 ")))
		secrets->server_len = unhex(value + 1, secrets->server);
}

enum err tls_hibernated_new(struct tls_aead *aead, uint16_t suite,
			    const struct tls_secrets *secrets, struct tls_record_state **ret_state)
{
	struct tls_record_state *s;
	enum tls_suite kind;
	enum err e = tls_suite_of(suite, &kind);

	if (e)
		return e;
	if (secrets->client_len != tls_suite_secret_len(kind) ||
	    secrets->server_len != secrets->client_len)
		return ERR_UNSUPPORTED;
	s = mem_zalloc(1, sizeof(*s));
	s->suite = (uint8_t)kind;
	tls_keys_set(&s->in, aead, kind, secrets->client);
	tls_keys_set(&s->out, aead, kind, secrets->server);
	metric_add(METRIC_MEM_TLS, sizeof(*s));
	*ret_state = s;
	return OK;
}

void tls_hibernated_free(struct tls_record_state **state)
{
	struct tls_record_state *s = *state;

	*state = NULL;
	if (!s)
		return;
	metric_add(METRIC_MEM_TLS, -(int64_t)sizeof(*s));
	secret_wipe(s, sizeof(*s));
	mem_free(s);
}

static enum tls_suite suite_of(const struct tls_record_state *s)
{
	return (enum tls_suite)s->suite;
}

/* ---- what comes ---- */

static enum tls_heard wrong(enum tls_alert alert, enum tls_alert *ret_alert)
{
	*ret_alert = alert;
	return TLS_HEARD_WRONG;
}

/* Legal, but nothing: too much of it would only keep us busy. */
static enum tls_heard count_fruitless(struct tls_record_state *s, enum tls_alert *ret_alert)
{
	if (++s->fruitless >= TLS_FRUITLESS_MAX)
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	return TLS_HEARD_NOTHING;
}

/* RFC 8446, 6: the level says nothing; 6.1: user_canceled announces a close_notify. */
static enum tls_heard hear_alert(struct tls_record_state *s, struct str content,
				 enum tls_alert *ret_alert)
{
	uint8_t what;

	if (content.len == 0) /* 5.4 */
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	if (content.len != 2)
		return wrong(TLS_ALERT_DECODE_ERROR, ret_alert);
	what = (uint8_t)content.ptr[1];
	if (what == TLS_ALERT_USER_CANCELED)
		return count_fruitless(s, ret_alert);
	return what == TLS_ALERT_CLOSE_NOTIFY ? TLS_HEARD_CLOSE : TLS_HEARD_ALERT;
}

/* RFC 8446, 4.6.3. The answer waits for data that goes out: a peer that asks often while we are
 * silent gets one. */
static enum tls_heard hear_update(struct tls_record_state *s, struct tls_aead *aead,
				  enum tls_alert *ret_alert)
{
	uint8_t request = s->part[TLS_KEY_UPDATE_LEN - 1];

	if (request > UPDATE_REQUESTED)
		return wrong(TLS_ALERT_ILLEGAL_PARAMETER, ret_alert);
	s->part_len = 0;
	s->owes_update = s->owes_update || request == UPDATE_REQUESTED;
	tls_keys_update(&s->in, aead, suite_of(s));
	return count_fruitless(s, ret_alert);
}

/* KeyUpdate is the only message that there is, and it ends with its record (RFC 8446, 5.1). */
static enum tls_heard hear_handshake(struct tls_record_state *s, struct tls_aead *aead,
				     struct str content, enum tls_alert *ret_alert)
{
	static const uint8_t head[] = { MESSAGE_KEY_UPDATE, 0, 0, 1 };
	size_t left = sizeof(s->part) - s->part_len;
	size_t n = content.len < left ? content.len : left;

	if (n == 0)
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	memcpy(s->part + s->part_len, content.ptr, n);
	s->part_len += (uint8_t)n;
	if (s->part[0] != head[0])
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	n = s->part_len < sizeof(head) ? s->part_len : sizeof(head);
	if (memcmp(s->part, head, n) != 0)
		return wrong(TLS_ALERT_DECODE_ERROR, ret_alert);
	if (content.len > left)
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	if (s->part_len < sizeof(s->part))
		return count_fruitless(s, ret_alert);
	return hear_update(s, aead, ret_alert);
}

static enum tls_heard hear(struct tls_record_state *s, struct tls_aead *aead, uint8_t type,
			   struct str content, enum tls_alert *ret_alert)
{
	if (type == RECORD_HANDSHAKE)
		return hear_handshake(s, aead, content, ret_alert);
	if (s->part_len) /* RFC 8446, 5.1: nothing stands between the parts of a message */
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	if (type == RECORD_ALERT)
		return hear_alert(s, content, ret_alert);
	if (type != RECORD_DATA)
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	if (content.len == 0)
		return count_fruitless(s, ret_alert);
	s->fruitless = 0;
	return TLS_HEARD_DATA;
}

enum tls_heard tls_hibernated_open(struct tls_record_state *s, struct tls_aead *aead,
				   struct str record, char *plain, struct str *ret_data,
				   enum tls_alert *ret_alert)
{
	enum tls_heard heard;
	struct str content;
	size_t len = 0;

	/* Not even change_cipher_spec may come in the clear any more (RFC 8446, 5). */
	if (record.len < TLS_RECORD_HEAD || record.ptr[0] != RECORD_DATA)
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	if (record.len > TLS_RECORD_HEAD + TLS_PLAIN_MAX + 256) /* RFC 8446, 5.2 */
		return wrong(TLS_ALERT_RECORD_OVERFLOW, ret_alert);
	if (tls_aead_open(aead, suite_of(s), &s->in, record, (uint8_t *)plain, &len))
		return wrong(TLS_ALERT_BAD_RECORD_MAC, ret_alert);
	if (len > TLS_PLAIN_MAX + 1) /* RFC 8446, 5.4 */
		return wrong(TLS_ALERT_RECORD_OVERFLOW, ret_alert);
	while (len && plain[len - 1] == 0)
		len--;
	if (len == 0) /* padding alone, without a type */
		return wrong(TLS_ALERT_UNEXPECTED_MESSAGE, ret_alert);
	content = str_make(plain, len - 1);
	heard = hear(s, aead, (uint8_t)plain[len - 1], content, ret_alert);
	if (heard == TLS_HEARD_DATA)
		*ret_data = content;
	return heard;
}

/* ---- what goes ---- */

static enum err seal(struct tls_record_state *s, struct tls_aead *aead, uint8_t type,
		     struct str content, struct sbuf *out)
{
	enum err e = sbuf_room(out, content.len + TLS_RECORD_EXTRA);

	if (e)
		return e;
	tls_aead_seal(aead, suite_of(s), &s->out, type, content, (uint8_t *)out->ptr + out->len);
	out->len += content.len + TLS_RECORD_EXTRA;
	return OK;
}

enum err tls_hibernated_seal(struct tls_record_state *s, struct tls_aead *aead, struct str data,
			     struct sbuf *out)
{
	static const char update[] = { MESSAGE_KEY_UPDATE, 0, 0, 1, UPDATE_NOT_REQUESTED };
	enum err e;

	must(data.len <= TLS_PLAIN_MAX);
	if (s->owes_update || s->out.seq >= TLS_KEY_RECORDS_MAX - 1) {
		e = seal(s, aead, RECORD_HANDSHAKE, str_make(update, sizeof(update)), out);
		if (e)
			return e;
		tls_keys_update(&s->out, aead, suite_of(s));
		s->owes_update = false;
	}
	return seal(s, aead, RECORD_DATA, data, out);
}

enum err tls_hibernated_alert(struct tls_record_state *s, struct tls_aead *aead,
			      enum tls_alert alert, struct sbuf *out)
{
	const char content[] = { alert == TLS_ALERT_CLOSE_NOTIFY ? LEVEL_WARNING : LEVEL_FATAL,
				 (char)alert };

	return seal(s, aead, RECORD_ALERT, str_make(content, sizeof(content)), out);
}
