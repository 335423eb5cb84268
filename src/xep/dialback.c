/* SPDX-License-Identifier: Apache-2.0 */
/* Dialback, see dialback.h. */
#include "xep/dialback.h"

#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static const struct {
	struct str name;
	enum dialback_type type;
} types[] = {
	{ STR_INIT("valid"), DIALBACK_VALID },
	{ STR_INIT("invalid"), DIALBACK_INVALID },
	{ STR_INIT("error"), DIALBACK_ERROR },
};

bool dialback_is(const struct xml *el)
{
	return xml_is(el, NS_DIALBACK, STR("result")) || xml_is(el, NS_DIALBACK, STR("verify"));
}

static enum err read_type(const struct xml *el, enum dialback_type *ret_type)
{
	struct str type = xml_attr(el, STR("type"));

	*ret_type = DIALBACK_REQUEST;
	if (!type.ptr)
		return OK;
	for (size_t i = 0; i < array_len(types); i++) {
		if (str_eq(types[i].name, type)) {
			*ret_type = types[i].type;
			return OK;
		}
	}
	return ERR_INVALID;
}

/* XEP-0220 2.4: <error/> is of the stream's own namespace. */
static struct str read_error(const struct xml *el)
{
	const struct xml *error = xml_child(el, STR_NONE, STR("error"));
	const struct xml *condition = error ? xml_child(error, NS_STANZAS, STR_NONE) : NULL;

	return condition ? condition->name : STR("");
}

enum err dialback_read(struct arena *a, const struct xml *el, struct dialback *ret_d)
{
	struct dialback d = { .kind = str_eq(el->name, STR("verify")) ? DIALBACK_VERIFY
								      : DIALBACK_RESULT };

	if (read_type(el, &d.type) || jid_prep_domain(a, xml_attr(el, STR("from")), &d.from) ||
	    jid_prep_domain(a, xml_attr(el, STR("to")), &d.to))
		return ERR_INVALID;
	if (d.kind == DIALBACK_VERIFY)
		d.id = xml_attr(el, STR("id"));
	if (d.kind == DIALBACK_VERIFY && (!d.id.len || d.id.len > DIALBACK_ID_MAX))
		return ERR_INVALID;
	if (d.type == DIALBACK_REQUEST)
		d.key = str_trim(xml_text(el, a));
	if (d.type == DIALBACK_REQUEST && (!d.key.len || d.key.len > DIALBACK_KEY_MAX))
		return ERR_INVALID;
	if (d.type == DIALBACK_ERROR)
		d.error = read_error(el);
	*ret_d = d;
	return OK;
}

static void add_attr(struct sbuf *out, const char *name, struct str value)
{
	if (!value.len)
		return;
	(void)sbuf_printf(out, " %s='", name); /* out remembers a failure */
	(void)xml_write_attr(out, value);
	(void)sbuf_lit(out, "'");
}

static void add_content(struct sbuf *out, const struct dialback *d)
{
	if (d->type == DIALBACK_REQUEST)
		(void)xml_write_text(out, d->key); /* as above */
	if (d->type == DIALBACK_ERROR)
		(void)sbuf_printf(out, "<error type='cancel'><%.*s xmlns='%.*s'/></error>",
				  STR_ARG(d->error), STR_ARG(NS_STANZAS));
}

enum err dialback_write(struct sbuf *out, const struct dialback *d)
{
	const char *name = d->kind == DIALBACK_VERIFY ? "db:verify" : "db:result";

	(void)sbuf_printf(out, "<%s", name); /* out remembers a failure */
	add_attr(out, "from", d->from);
	add_attr(out, "to", d->to);
	add_attr(out, "id", d->id);
	for (size_t i = 0; i < array_len(types); i++) {
		if (types[i].type == d->type)
			add_attr(out, "type", types[i].name);
	}
	(void)sbuf_lit(out, ">");
	add_content(out, d);
	(void)sbuf_printf(out, "</%s>", name);
	return out->err;
}

/* The digits of SHA-256 of the secret are the key of the HMAC; spaces part the names, so that no
 * other three give the same text (XMPP.md 5, row 34: a domain and a stream's id hold no space). */
void dialback_key(struct str secret, struct str to, struct str from, struct str id,
		  char ret_key[DIALBACK_KEY_LEN])
{
	struct sbuf digits scoped(sbuf_done) = SBUF(DIALBACK_KEY_LEN);
	struct str parts[] = { to, STR(" "), from, STR(" "), id };
	uint8_t digest[DIGEST_MAX];

	digest_of(DIGEST_SHA256, secret, digest);
	(void)hex_encode(&digits, str_make((const char *)digest, digest_len(DIGEST_SHA256)));
	digest_hmac_parts(DIGEST_SHA256, sbuf_str(&digits), parts, array_len(parts), digest);
	secret_wipe(digits.ptr, digits.len);
	sbuf_reset(&digits);
	(void)hex_encode(&digits, str_make((const char *)digest, digest_len(DIGEST_SHA256)));
	memcpy(ret_key, digits.ptr, DIALBACK_KEY_LEN);
}

bool dialback_key_is(struct str secret, struct str to, struct str from, struct str id,
		     struct str key)
{
	char ours[DIALBACK_KEY_LEN];
	bool is_equal;

	dialback_key(secret, to, from, id, ours);
	is_equal = key.len == sizeof(ours) && secret_equal(ours, key.ptr, sizeof(ours));
	secret_wipe(ours, sizeof(ours));
	return is_equal;
}
