/* SPDX-License-Identifier: Apache-2.0 */
/* Streams between servers in all their states (RFC 6120, XEP-0220, XEP-0178, XEP-0198): bytes into
 * streams that others open and into those that we open, in any order, with connections, TLS, time,
 * and stanzas of our people between them. The input is lines; run_line and run_around say what the
 * first byte of each means. In a text % stands for the id of the newest stream to us, # for the
 * last id that we gave to resume one. In front of the first line ! means that TLS is required, $
 * that certificates are. */
#include "server/s2s/fake_net.h"

#include "base/log.h"
#include "base/metric.h"
#include "server/route/remote.h"
#include "server/s2s/s2s_in.h"
#include "server/s2s/s2s_life.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_rates.h"

#include <stdio.h>

enum { TURNS = 2, INS_MAX = 4 };

static const struct conf_key keys[] = {
	{ "limits.login_time", CONF_DURATION, "\"30s\"", 0, USEC_PER_DAY, "" },
	{ "limits.stanza_bytes", CONF_SIZE, "\"20KiB\"", 0, MIB, "" },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "fuzz", .keys = keys };
static const struct conf_table *const tables[] = { &table, &s2s_conf_table };

struct world {
	struct loop *loop;
	struct net_loop net;
	struct home home;
	struct home *all[1];
	struct s2s s2s;
	usec_t now;
};

static struct conf *configure(bool needs_tls, bool needs_certificate)
{
	char text[512];
	struct conf *conf = NULL;
	struct blame blame;

	(void)snprintf(text, sizeof(text),
		       "s2s = { encryption = \"%s\"; certificates = \"%s\"; hosts = ( "
		       "{ domain = \"a.test\"; address = \"192.0.2.1:5269\"; }, "
		       "{ domain = \"b.test\"; address = \"192.0.2.1:5269\"; }, "
		       "{ domain = \"direct.test\"; address = \"192.0.2.1:5269\"; }, "
		       "{ domain = \"ban.test\"; address = \"192.0.2.1:5269\"; }, "
		       "{ domain = \"cert.test\"; address = \"192.0.2.1:5269\"; }, "
		       "{ domain = \"liar.test\"; address = \"192.0.2.1:5269\"; } ); };",
		       needs_tls ? "required" : "optional", needs_certificate ? "valid" : "any");
	must(conf_parse(str_from(text), "fuzz", tables, 2, &conf, &blame) == OK);
	return conf;
}

/* ---- time ---- */

struct round {
	struct letter letter;
	bool is_done;
};

static void on_round(struct letter *l)
{
	container_of(l, struct round, letter)->is_done = true;
}

/* A letter of our own keeps the loop from waiting for input. */
static void turn(struct world *w)
{
	for (int i = 0; i < TURNS; i++) {
		struct round r = { .letter.fn = on_round };

		loop_post(w->loop, &r.letter);
		loop_run_until(w->loop, &r.is_done, USEC_PER_SEC);
	}
}

static void end_wire(struct fake_wire *wire)
{
	if (wire->is_over)
		return;
	wire->is_over = true;
	wire->transport.events->on_end(wire->transport.owner, TRANSPORT_CLOSED);
}

static void end_closed(struct list *wires)
{
	list_each (link, wires) {
		struct fake_wire *wire = list_entry(link, struct fake_wire, link);

		if (wire->is_closing)
			end_wire(wire);
	}
}

static void go_on(struct world *w)
{
	turn(w);
	end_closed(&fake.ins);
	end_closed(&fake.outs);
	turn(w);
}

/* ---- what a line does ---- */

static struct fake_wire *newest(struct list *wires)
{
	return list_is_empty(wires) ? NULL : list_entry(wires->prev, struct fake_wire, link);
}

static void accept_one(struct world *w, bool is_direct)
{
	struct addr client = { .is_set = true };

	if (w->s2s.in_count < INS_MAX)
		s2s_in_accept(&w->s2s, &wire_new(&fake.ins)->transport, &client, is_direct);
}

/* The text with the id of the newest stream to us for each %. */
static void feed(struct fake_wire *wire, struct str text)
{
	struct sbuf out scoped(sbuf_done) = SBUF(256 * KIB);
	struct fake_wire *in = newest(&fake.ins);

	if (!wire || wire->is_over || wire->is_closing || !wire->transport.events)
		return;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '%')
			(void)sbuf_add(&out, str_from(in ? in->id : ""));
		else if (text.ptr[i] == '#')
			(void)sbuf_add(&out, str_from(fake.token));
		else
			(void)sbuf_add(&out, str_sub(text, i, 1));
	}
	if (out.len)
		wire->transport.events->on_data(wire->transport.owner, sbuf_str(&out));
}

static void feed_out(struct str text)
{
	struct fake_wire *wire = newest(&fake.outs);

	if (!wire)
		return;
	if (str_find(text, STR("valid")) >= 0 || str_find(text, STR("success")) >= 0 ||
	    wire->has_said_valid) {
		wire->has_said_valid = true;
		if (fake.shown_count < FAKE_SHOWN_MAX)
			memcpy(fake.shown[fake.shown_count++], wire->domain, FAKE_NAME_MAX);
	}
	feed(wire, text);
}

static void be_secure(struct list *wires)
{
	list_each (link, wires) {
		struct fake_wire *wire = list_entry(link, struct fake_wire, link);

		if (!wire->is_secure || wire->is_begun || wire->is_over || wire->is_closing)
			continue;
		wire->is_begun = true;
		wire->transport.events->on_ready(wire->transport.owner);
	}
}

static void dial_all(bool fails)
{
	list_each (link, &fake.dials)
		fake_dial(list_entry(link, struct dial, link), fails);
}

static void say(struct world *w, struct str domain)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf text scoped(sbuf_done) = SBUF(4 * KIB);
	struct str prepared;
	struct bytes *bytes;

	arena_init(&a, 16 * KIB);
	if (domain.len >= FAKE_NAME_MAX || jid_prep_domain(&a, domain, &prepared) ||
	    home_realm(&w->home, prepared))
		return;
	(void)sbuf_printf(&text,
			  "<message from='u@us.test/r' to='x@%.*s'><body>secret</body></message>",
			  STR_ARG(prepared));
	bytes = bytes_new(sbuf_str(&text));
	w->home.remote_ops->take(&w->home, prepared, bytes, false);
	(void)bytes_unref(bytes);
}

/* The oldest is the newest now. */
static void rotate(struct list *wires)
{
	struct list *first = wires->next;

	list_remove(first);
	list_append(wires, first);
}

/* What goes on around the streams. */
static void run_around(struct world *w, char what, struct str text)
{
	switch (what) {
	case 'c': /* connections are made */
	case 'n': /* and fail */
		dial_all(what == 'n');
		break;
	case 'p': /* the DNS names a certificate */
	case 'q': /* and does not */
		fake_prove(what == 'p');
		break;
	case 'y': /* another resolver is asked from now on */
		s2s_life_set_resolver(&w->s2s, w->s2s.resolver);
		break;
	case 'k': /* what came through is durable */
		fake_commit();
		break;
	case 's': /* a stanza for a domain */
		say(w, text);
		break;
	case 'w': /* a minute goes by */
		w->now += 60 * USEC_PER_SEC;
		clock_fake(w->now, w->now);
		break;
	case 'b': /* ban.test is blocked, or not any more */
		fake.is_banned = !fake.is_banned;
		s2s_life_review(&w->s2s);
		break;
	default:
		break;
	}
}

static void run_line(struct world *w, char what, struct str text)
{
	struct fake_wire *in = newest(&fake.ins), *out = newest(&fake.outs);

	switch (what) {
	case 'i': /* bytes into the newest stream to us */
		if (!in)
			accept_one(w, false);
		feed(newest(&fake.ins), text);
		break;
	case 'o': /* into the newest that we have opened */
		feed_out(text);
		break;
	case 'I': /* another one comes, without TLS */
	case 'D': /* with it */
		accept_one(w, what == 'D');
		break;
	case 'r': /* the oldest stream to us is the newest now */
		if (in)
			rotate(&fake.ins);
		break;
	case 't': /* TLS is there, wherever it has begun */
		be_secure(&fake.ins);
		be_secure(&fake.outs);
		break;
	case 'x': /* the newest stream to us breaks */
		if (in)
			end_wire(in);
		break;
	case 'X': /* the newest that we have opened */
		if (out)
			end_wire(out);
		break;
	default:
		run_around(w, what, text);
		break;
	}
	go_on(w);
}

/* ---- the world ---- */

static void begin(struct world *w, struct conf *conf)
{
	w->now = 1000 * USEC_PER_SEC;
	clock_fake(w->now, w->now);
	list_init(&fake.ins);
	list_init(&fake.outs);
	list_init(&fake.dials);
	list_init(&fake.proofs);
	fake.shown_count = 0;
	*fake.token = '\0';
	fake.is_banned = false;
	must(loop_new(0, &w->loop) == OK);
	w->net.loop = w->loop;
	w->all[0] = &w->home;
	w->home = (struct home){ .loop = w->loop,
				 .count = 1,
				 .all = w->all,
				 .realms = { { .domain = STR_INIT("us.test") } },
				 .realm_count = 1,
				 .domain = STR("us.test"),
				 .conf = conf,
				 .scratch = SBUF(MIB) };
	w->s2s = (struct s2s){ .net = &w->net, .home = &w->home, .rates = s2s_rates_new() };
	w->s2s.resolver = (struct resolver *)w; /* never looked into */
	s2s_life_begin(&w->s2s);
}

static void end_all(struct list *wires)
{
	list_each (link, wires)
		end_wire(list_entry(link, struct fake_wire, link));
}

/* Everything ends, and nothing is left: no stream, no queue, no question. */
static void end(struct world *w)
{
	struct conf *off = NULL;
	struct blame blame;

	must(conf_parse(STR("s2s = { enabled = false; };"), "fuzz", tables, 2, &off, &blame) == OK);
	(void)conf_unref(w->home.conf);
	w->home.conf = off;
	for (int i = 0; i < 3; i++) {
		s2s_life_review(&w->s2s);
		go_on(w);
		end_all(&fake.ins);
		end_all(&fake.outs);
		go_on(w);
	}
	s2s_life_stop(&w->s2s);
	fake_commit();
	go_on(w);
	must(w->s2s.in_count == 0 && w->s2s.out_count == 0 && w->s2s.remotes.count == 0);
	must(list_is_empty(&fake.proofs) && list_is_empty(&fake.ins) && list_is_empty(&fake.outs) &&
	     list_is_empty(&fake.dials));
	must(metric_sum(METRIC_S2S_QUEUE) == 0);
	map_done(&w->s2s.remotes);
	(void)s2s_rates_unref(w->s2s.rates);
	sbuf_done(&w->home.scratch);
	loop_free(&w->loop);
	(void)conf_unref(off);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size), line;
	struct world *w = mem_zalloc(1, sizeof(*w));
	bool needs_certificate = str_starts(rest, STR("$"));

	log_set_level(LOG_ERROR);
	fake.needs_tls = needs_certificate || str_starts(rest, STR("!"));
	begin(w, configure(fake.needs_tls, needs_certificate));
	rest = str_from_at(rest, fake.needs_tls);
	while (str_split(&rest, '\n', &line)) {
		if (line.len)
			run_line(w, line.ptr[0], str_trim(str_from_at(line, 1)));
	}
	end(w);
	clock_real();
	mem_free(w);
	return 0;
}
