/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a login, one function a state, see login.h. */
#include "login.h"

#include "base/random.h"

#include <stdio.h>

static enum err open_stream(struct bee *b, enum bee_state then)
{
	b->cutter = (struct cutter){ .is_open = false };
	b->state = then;
	bee_mark(b);
	return sbuf_printf(
		&b->wire.out,
		"<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' "
		"xmlns:stream='http://etherx.jabber.org/streams'>",
		options_domain(b->rules->opt, b->number));
}

static enum err begin_tls(struct bee *b)
{
	b->state = BEE_SHAKING;
	return wire_secure(&b->wire, b->rules->ctx, false);
}

enum err login_begin(struct bee *b)
{
	return options_is_direct(b->rules->opt) ? begin_tls(b) : open_stream(b, BEE_TLS_FEATURES);
}

enum err login_secured(struct bee *b)
{
	if (!options_is_relay(b->rules->opt))
		return open_stream(b, BEE_AUTH_FEATURES);
	b->state = BEE_HELLO;
	bee_mark(b);
	return sbuf_printf(&b->wire.out, "hello %llu\n", (unsigned long long)b->number);
}

static enum err say(struct bee *b, struct str words, enum bee_state then)
{
	b->state = then;
	bee_mark(b);
	return sbuf_add(&b->wire.out, words);
}

static enum err ask_tls(struct bee *b, struct str piece)
{
	if (!piece_has(piece, STR("urn:ietf:params:xml:ns:xmpp-tls")))
		return ERR_UNSUPPORTED;
	return say(b, STR("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), BEE_TLS_ASKED);
}

static enum err on_proceed(struct bee *b, struct str piece)
{
	return str_eq(piece_name(piece), STR("proceed")) ? begin_tls(b) : ERR_DENIED;
}

static enum err send_auth(struct bee *b, const char *mechanism, struct str initial)
{
	enum err e = sbuf_printf(&b->wire.out,
				 "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>",
				 mechanism);

	bee_mark(b);
	if (e)
		return e;
	e = base64_put(&b->wire.out, initial);
	return e ? e : sbuf_lit(&b->wire.out, "</auth>");
}

/* SCRAM's client-first-message-bare (RFC 5802 5.1). */
static enum err first_bare(struct bee *b, struct sbuf *out)
{
	return sbuf_printf(out, "n=%s%llu,r=%s", b->rules->opt->prefix,
			   (unsigned long long)b->number, b->nonce);
}

static enum err auth_scram(struct bee *b)
{
	struct sbuf text scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	enum err e = sbuf_lit(&text, "n,,");

	random_token(b->nonce, BEE_NONCE);
	if (!e)
		e = first_bare(b, &text);
	b->state = BEE_AUTH_FIRST;
	return e ? e : send_auth(b, "SCRAM-SHA-1", sbuf_str(&text));
}

static enum err auth_plain(struct bee *b)
{
	struct sbuf text scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	enum err e = sbuf_printf(&text, "%c%s%llu%c%s", 0, b->rules->opt->prefix,
				 (unsigned long long)b->number, 0, b->rules->opt->password);

	b->state = BEE_AUTH_FINAL;
	return e ? e : send_auth(b, "PLAIN", sbuf_str(&text));
}

static enum err ask_account(struct bee *b)
{
	b->state = BEE_REGISTERING;
	bee_mark(b);
	return sbuf_printf(
		&b->wire.out,
		"<iq type='set' id='reg' to='%s'><query xmlns='jabber:iq:register'><username>%s%llu</username>"
		"<password>%s</password></query></iq>",
		options_domain(b->rules->opt, b->number), b->rules->opt->prefix,
		(unsigned long long)b->number, b->rules->opt->password);
}

static enum err on_auth_features(struct bee *b, struct str piece)
{
	bool is_scram = options_is_scram(b->rules->opt);

	if (b->rules->opt->mode == MODE_REGISTER)
		return ask_account(b);
	if (!piece_has(piece, is_scram ? STR(">SCRAM-SHA-1<") : STR(">PLAIN<")))
		return ERR_UNSUPPORTED;
	return is_scram ? auth_scram(b) : auth_plain(b);
}

static enum err on_registered(struct bee *b, struct str piece)
{
	if (!str_eq(piece_attr(piece, STR("id")), STR("reg")))
		return OK;
	if (!str_eq(piece_attr(piece, STR("type")), STR("result")) &&
	    !piece_has(piece, STR("<conflict")))
		return ERR_DENIED;
	b->state = BEE_READY;
	b->rules->on_ready(b);
	return OK;
}

static enum err on_challenge(struct bee *b, struct str piece)
{
	struct sbuf server scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	struct sbuf bare scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	struct sbuf text scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	enum err e;

	if (!str_eq(piece_name(piece), STR("challenge")))
		return ERR_DENIED;
	e = base64_take(&server, piece_text(piece, STR("challenge")));
	if (!e)
		e = first_bare(b, &bare);
	if (!e)
		e = scram_answer(b->key, b->rules->opt->password, sbuf_str(&bare),
				 sbuf_str(&server), &text, b->want);
	if (!e)
		e = say(b, STR("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"),
			BEE_AUTH_FINAL);
	if (!e)
		e = base64_put(&b->wire.out, sbuf_str(&text));
	return e ? e : sbuf_lit(&b->wire.out, "</response>");
}

/* SCRAM: whether the server has shown that it knows the password, too. */
static bool is_signed(struct bee *b, struct str piece)
{
	struct sbuf text scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);

	if (base64_take(&text, piece_text(piece, STR("success"))))
		return false;
	return str_starts(sbuf_str(&text), STR("v=")) &&
	       str_eq(str_from_at(sbuf_str(&text), 2),
		      str_from(b->want)); /* both known to both sides: no secret */
}

static enum err on_success(struct bee *b, struct str piece)
{
	if (!str_eq(piece_name(piece), STR("success")))
		return ERR_DENIED;
	if (options_is_scram(b->rules->opt) && !is_signed(b, piece))
		return ERR_CRYPTO;
	return open_stream(b, BEE_BIND_FEATURES);
}

static enum err ask_bind(struct bee *b, struct str piece)
{
	if (!piece_has(piece, STR("urn:ietf:params:xml:ns:xmpp-bind")))
		return ERR_UNSUPPORTED;
	return say(b,
		   STR("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		       "<resource>swarm</resource></bind></iq>"),
		   BEE_BINDING);
}

static enum err on_bound(struct bee *b, struct str piece)
{
	enum err e = OK;

	if (!str_eq(piece_attr(piece, STR("id")), STR("bind")))
		return OK;
	if (!str_eq(piece_attr(piece, STR("type")), STR("result")))
		return ERR_DENIED;
	if (b->rules->opt->sm)
		e = sbuf_lit(&b->wire.out, "<enable xmlns='urn:xmpp:sm:3'/>");
	if (!e)
		e = say(b, STR("<presence/>"), BEE_PINGING);
	if (!e)
		e = sbuf_printf(
			&b->wire.out,
			"<iq type='get' id='ping' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
			options_domain(b->rules->opt, b->number));
	return e;
}

static enum err on_pong(struct bee *b, struct str piece)
{
	/* An error is an answer: the server may not know XEP-0199. */
	if (!str_eq(piece_name(piece), STR("iq")) ||
	    !str_eq(piece_attr(piece, STR("id")), STR("ping")))
		return OK;
	b->state = BEE_READY;
	b->rules->on_ready(b);
	return OK;
}

static enum err on_hello(struct bee *b, struct str piece)
{
	if (!str_eq(str_trim(piece), STR("ok")))
		return ERR_DENIED;
	b->state = BEE_READY;
	b->rules->on_ready(b);
	return OK;
}

static enum err (*const steps[])(struct bee *b, struct str piece) = {
	[BEE_TLS_FEATURES] = ask_tls,
	[BEE_TLS_ASKED] = on_proceed,
	[BEE_AUTH_FEATURES] = on_auth_features,
	[BEE_REGISTERING] = on_registered,
	[BEE_AUTH_FIRST] = on_challenge,
	[BEE_AUTH_FINAL] = on_success,
	[BEE_BIND_FEATURES] = ask_bind,
	[BEE_BINDING] = on_bound,
	[BEE_PINGING] = on_pong,
	[BEE_HELLO] = on_hello,
};

enum err login_piece(struct bee *b, struct str piece)
{
	bool has_step = b->state < array_len(steps) && steps[b->state];

	return has_step ? steps[b->state](b, piece) : ERR_INVALID;
}
