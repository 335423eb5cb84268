/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that has the keys and may say anything, cut in any way; somebody on the wire who has not;
 * and data of ours in between. What is heard is held to rules written down here a second time (RFC
 * 8446, 4.6.3, 5, 6), and all that we say must be readable. The input is a list of steps, see
 * run_step. */
#include "base/mem.h"
#include "net/tls_hibernated.h"
#include "net/tls_io.h"
#include "net/tls_record.h"

enum { ALERT = 21, HANDSHAKE = 22, DATA = 23, CONTENT_MAX = 255 * 67 + 1, STEPS_MAX = 300 };

struct ends {
	struct tls_aead *aead;
	enum tls_suite suite;
	struct tls_record_state *ours;
	struct tls_partial *partial;
	/* The peer. */
	struct tls_keys out, in;
	uint8_t part[5];
	size_t part_len;
	unsigned fruitless;
	bool has_asked, is_over;
	struct str input;
	/* Scratch. */
	uint8_t inner[CONTENT_MAX + CONTENT_MAX];
	uint8_t record[2 * CONTENT_MAX + TLS_RECORD_EXTRA];
	char plain[TLS_CIPHER_MAX];
};

static uint8_t take(struct ends *e)
{
	uint8_t byte = e->input.len ? (uint8_t)e->input.ptr[0] : 0;

	e->input = str_from_at(e->input, 1);
	return byte;
}

/* What need not be made again for each input. */
static struct ends *clean_ends(void)
{
	static struct ends *e;
	struct tls_aead *aead = e ? e->aead : tls_aead_new();

	if (!e)
		e = mem_zalloc(1, sizeof(*e));
	memset(e, 0, offsetof(struct ends, inner));
	e->aead = aead;
	return e;
}

/* ---- the rules, again ---- */

static enum tls_heard fruitless(struct ends *e)
{
	return ++e->fruitless < 32 ? TLS_HEARD_NOTHING : TLS_HEARD_WRONG;
}

static enum tls_heard expect_handshake(struct ends *e, const uint8_t *content, size_t len)
{
	static const uint8_t update[] = { 24, 0, 0, 1 };

	if (len == 0 || len > 5 - e->part_len)
		return TLS_HEARD_WRONG;
	for (size_t i = 0; i < len; i++) {
		size_t at = e->part_len++;

		if (at < 4 ? content[i] != update[at] : content[i] > 1)
			return TLS_HEARD_WRONG;
		e->part[at] = content[i];
	}
	if (e->part_len == 5) {
		e->has_asked = e->has_asked || e->part[4] == 1;
		e->part_len = 0;
		tls_keys_update(&e->out, e->aead, e->suite);
	}
	return fruitless(e);
}

static enum tls_heard expect(struct ends *e, uint8_t type, const uint8_t *content, size_t len)
{
	if (type == HANDSHAKE)
		return expect_handshake(e, content, len);
	if (e->part_len || (type != ALERT && type != DATA))
		return TLS_HEARD_WRONG;
	if (type == ALERT && len != 2)
		return TLS_HEARD_WRONG;
	if (type == ALERT && content[1] != 90)
		return content[1] ? TLS_HEARD_ALERT : TLS_HEARD_CLOSE;
	if (type == ALERT || len == 0)
		return fruitless(e);
	e->fruitless = 0;
	return TLS_HEARD_DATA;
}

/* ---- both ends ---- */

/* Whether a whole record comes out of the pieces; then it is opened. */
static bool hear(struct ends *e, size_t len, size_t step, enum tls_heard *ret_heard,
		 struct str *ret_data)
{
	struct str wire = str_make((const char *)e->record, len);
	struct tls_record record;
	enum tls_alert alert = TLS_ALERT_CLOSE_NOTIFY;
	enum err err = ERR_AGAIN;

	if (step < len) /* a long record in longer pieces: that takes its time */
		step *= 1 + len / 128;
	while (err == ERR_AGAIN && wire.len) {
		struct str piece = str_sub(wire, 0, step);

		wire = str_from_at(wire, piece.len);
		err = tls_record_next(&e->partial, &piece, false, &record);
	}
	if (err)
		return false;
	must(wire.len == 0 && record.whole.len == len);
	*ret_heard =
		tls_hibernated_open(e->ours, e->aead, record.whole, e->plain, ret_data, &alert);
	must((*ret_heard == TLS_HEARD_WRONG) == (alert != TLS_ALERT_CLOSE_NOTIFY));
	if (*ret_heard != TLS_HEARD_WRONG) /* what stays is bounded */
		must(e->ours->part_len < TLS_KEY_UPDATE_LEN &&
		     e->ours->fruitless < TLS_FRUITLESS_MAX);
	tls_record_drop(&record.kept);
	return true;
}

/* The peer says content of that type; padding is in inner already. */
static void say(struct ends *e, uint8_t type, size_t len, size_t padding, uint8_t how)
{
	static const size_t steps[] = { SIZE_MAX, 1, 7, 4096 };
	bool is_padded = padding > 0 || type == 0;
	size_t inner = len + (is_padded ? padding : 0), sealed;
	enum tls_heard heard, wanted;
	struct str data = STR_NONE;
	bool is_spoilt = how & 0x10;

	memset(e->inner + len, 0, padding);
	if (padding)
		e->inner[len] = type;
	if (inner + 1 + TLS_TAG > TLS_CIPHER_MAX)
		return;
	tls_aead_seal(e->aead, e->suite, &e->out, padding ? 0 : type,
		      str_make((char *)e->inner, inner), e->record);
	sealed = inner + TLS_RECORD_EXTRA;
	if (is_spoilt) {
		size_t at = (size_t)take(e) << 8 | take(e);

		e->record[at % sealed == 3 || at % sealed == 4 ? 5 : at % sealed] ^= 0x40;
	}
	e->is_over = !hear(e, sealed, steps[how >> 5 & 3], &heard, &data);
	if (e->is_over) { /* not even a record */
		must(is_spoilt);
		return;
	}
	while (type == 0 && len && e->inner[len - 1] == 0)
		len--;
	if (type == 0 && len)
		type = e->inner[--len];
	wanted = inner > TLS_PLAIN_MAX || is_spoilt ? TLS_HEARD_WRONG
						    : expect(e, type, e->inner, len);
	must(heard == wanted);
	if (heard == TLS_HEARD_DATA)
		must(str_eq(data, str_make((char *)e->inner, len)));
	e->is_over = heard != TLS_HEARD_NOTHING && heard != TLS_HEARD_DATA;
}

/* Somebody else's bytes: never heard. */
static void forge(struct ends *e, size_t len, uint8_t how)
{
	enum tls_heard heard = TLS_HEARD_WRONG;
	struct str data;

	len = len > TLS_CIPHER_MAX ? TLS_CIPHER_MAX : len;
	e->record[0] = how & 8 ? take(e) : DATA;
	e->record[1] = e->record[2] = 3;
	e->record[3] = (uint8_t)(len >> 8);
	e->record[4] = (uint8_t)len;
	memcpy(e->record + TLS_RECORD_HEAD, e->inner, len);
	(void)hear(e, TLS_RECORD_HEAD + len, how & 0x20 ? 3 : SIZE_MAX, &heard, &data);
	must(heard == TLS_HEARD_WRONG);
	e->is_over = true;
}

/* The peer reads one of our records: its type. */
static uint8_t read_ours(struct ends *e, struct str *wire, struct str *ret_content)
{
	size_t len = TLS_RECORD_HEAD, plain_len = 0;

	must(wire->len > TLS_RECORD_HEAD);
	len += (size_t)(uint8_t)wire->ptr[3] << 8 | (uint8_t)wire->ptr[4];
	must(tls_aead_open(e->aead, e->suite, &e->in, str_make(wire->ptr, len), (uint8_t *)e->plain,
			   &plain_len) == OK);
	*wire = str_from_at(*wire, len);
	*ret_content = str_make(e->plain, plain_len - 1);
	return (uint8_t)e->plain[plain_len - 1];
}

static void answer(struct ends *e, size_t len)
{
	struct sbuf out = SBUF(TLS_OUT_MAX);
	struct str content, wire, data;

	len = len > TLS_PLAIN_MAX ? TLS_PLAIN_MAX : len + (len == 0);
	data = str_make((char *)e->inner, len);
	must(tls_hibernated_seal(e->ours, e->aead, data, &out) == OK);
	wire = sbuf_str(&out);
	if (e->has_asked) {
		must(read_ours(e, &wire, &content) == HANDSHAKE);
		must(str_eq(content, STR("\x18\0\0\1\0")));
		tls_keys_update(&e->in, e->aead, e->suite);
		e->has_asked = false;
	}
	must(read_ours(e, &wire, &content) == DATA && str_eq(content, data) && wire.len == 0);
	sbuf_done(&out);
}

/* A step: what it is (3 bits), padded (8), spoilt (16), cut (2 bits), long (128); a length; the
 * content. */
static void run_step(struct ends *e)
{
	static const uint8_t types[] = { DATA, DATA, DATA, HANDSHAKE, ALERT };
	uint8_t how = take(e), what = how & 7;
	size_t len = take(e), padding = 0;
	struct str content;

	if (how & 0x80)
		len = len * 67 + 1;
	if (what <= 5 && how & 8)
		padding = (size_t)take(e) * 67 + 1;
	memset(e->inner, how, len);
	content = str_sub(e->input, 0, len);
	if (content.len)
		memcpy(e->inner, content.ptr, content.len);
	e->input = str_from_at(e->input, content.len);
	if (what == 7)
		answer(e, len);
	else if (what == 6)
		forge(e, len, how);
	else
		say(e, what == 5 ? take(e) : types[what], len, padding, how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ends *e = clean_ends();
	struct tls_secrets secrets = { .client_len = 0 };

	e->input = str_make((const char *)data, size);
	e->suite = (enum tls_suite)(take(e) % TLS_SUITES);
	memset(secrets.client, 'c', sizeof(secrets.client));
	memset(secrets.server, 's', sizeof(secrets.server));
	secrets.client_len = secrets.server_len = (uint8_t)tls_suite_secret_len(e->suite);
	must(tls_hibernated_new(e->aead, (uint16_t)(0x1301 + e->suite), &secrets, &e->ours) == OK);
	tls_keys_set(&e->out, e->aead, e->suite, secrets.client);
	tls_keys_set(&e->in, e->aead, e->suite, secrets.server);
	for (int i = 0; i < STEPS_MAX && e->input.len && !e->is_over; i++)
		run_step(e);
	tls_record_drop(&e->partial);
	tls_hibernated_free(&e->ours);
	return 0;
}
