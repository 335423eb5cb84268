/* SPDX-License-Identifier: Apache-2.0 */
/* Facts for the doctor, see control_doctor.h: first the store is asked, then the components are
 * listed, then the exam runs. */
#include "server/control_doctor.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "codec/idn.h"
#include "codec/url.h"
#include "loop/pool.h"
#include "net/tls_examine.h"
#include "server/bans.h"
#include "server/certificates.h"
#include "server/certifier.h"
#include "server/control_components.h"
#include "server/doctor/exam.h"
#include "server/names/names.h"
#include "server/pages.h"
#include "server/realms.h"
#include "server/store/store.h"
#include "server/worker.h"

static const usec_t PATIENCE = 10 * USEC_PER_SEC;

struct control_doctor {
	const struct worker *first;
	const struct bans *bans;
	const struct certifier *certifier;
	struct str data_dir;
	struct pool *pool;
	struct visit *running; /* one at a time */
	usec_t wall_started, boot_started;
	bool is_stopped; /* atomic */
};

struct visit {
	struct job job;
	struct control_doctor *owner;
	struct tls_context *tls;
	char *cert_path, *key_path, *anchor;
	struct arena arena; /* of the components and the lists */
	struct exam exam;
	void (*fn)(void *arg, enum err e, const struct admin_finding *findings, size_t count);
	void *arg;
};

enum err control_doctor_new(const struct worker *first, const struct bans *bans,
			    struct str data_dir, struct control_doctor **ret_doctor)
{
	struct pool_config pool = { .name = "doctor", .threads = 1, .queue_limit = 2 };
	struct control_doctor *c = mem_zalloc(1, sizeof(*c));
	enum err e;

	c->first = first;
	c->bans = bans;
	c->data_dir = data_dir;
	c->wall_started = wall_now();
	c->boot_started = clock_boot();
	e = pool_new(&pool, &c->pool);
	if (e)
		mem_free(c);
	else
		*ret_doctor = c;
	return e;
}

void control_doctor_use(struct control_doctor *c, const struct certifier *certifier)
{
	c->certifier = certifier;
}

static void visit_free(struct visit *v)
{
	if (!v)
		return;
	(void)tls_context_unref(v->tls);
	mem_free(v->cert_path);
	mem_free(v->key_path);
	mem_free(v->anchor);
	arena_done(&v->arena);
	mem_free(v);
}

void control_doctor_free(struct control_doctor **doctor)
{
	struct control_doctor *c = *doctor;

	*doctor = NULL;
	if (!c)
		return;
	__atomic_store_n(&c->is_stopped, true, __ATOMIC_RELAXED);
	pool_free(&c->pool);
	visit_free(c->running);
	mem_free(c);
}

static void end(struct visit *v, enum err e)
{
	v->owner->running = NULL;
	v->fn(v->arg, e, v->exam.findings, v->exam.count);
	visit_free(v);
}

static void run(struct job *j, unused_arg void *thread_ctx)
{
	exam_run(&container_of(j, struct visit, job)->exam);
}

static void done(struct job *j)
{
	end(container_of(j, struct visit, job), OK);
}

static void on_components(void *arg, const struct admin_component *components, size_t count)
{
	struct visit *v = arg;
	struct admin_component *rows = arena_alloc(&v->arena, (count + 1) * sizeof(*rows));
	enum err e;

	for (size_t i = 0; i < count; i++) {
		rows[i] = components[i];
		rows[i].domain = arena_dup(&v->arena, components[i].domain);
		rows[i].peer = STR("");
	}
	v->exam.components = rows;
	v->exam.component_count = count;
	v->job.run = run;
	v->job.done = done;
	e = pool_submit(v->owner->pool, &v->job);
	if (e)
		end(v, e);
}

static void on_stats(void *arg, struct store_answer *answer)
{
	struct visit *v = arg;

	if (answer->err == OK)
		v->exam.wall_newest = answer->stats.wall_newest;
	control_list_components(v->owner->first->c2s.home, on_components, v);
}

static void add_doors(struct exam *x, const struct worker *w)
{
	static const struct {
		enum listen_kind kind;
		struct exam_door door;
	} rows[] = {
		{ LISTEN_XMPP, { .check = "listener-xmpp", .kind = EXAM_XMPP } },
		{ LISTEN_XMPPS, { .check = "listener-xmpps", .kind = EXAM_XMPPS } },
		{ LISTEN_HTTP, { .check = "listener-http", .kind = EXAM_HTTP } },
		{ LISTEN_HTTPS, { .check = "listener-https", .kind = EXAM_HTTPS } },
		{ LISTEN_METRICS, { .check = "listener-metrics", .kind = EXAM_METRICS } },
		{ LISTEN_SERVER, { .check = "listener-server", .kind = EXAM_SERVER } },
		{ LISTEN_SERVER_TLS, { .check = "listener-server_tls", .kind = EXAM_SERVER_TLS } },
		{ LISTEN_COMPONENT, { .check = "listener-component", .kind = EXAM_COMPONENT } },
		{ LISTEN_COMPONENT_TLS,
		  { .check = "listener-component_tls", .kind = EXAM_COMPONENT_TLS } },
		{ LISTEN_ACME, { .check = "listener-acme", .kind = EXAM_HTTP } },
	};

	_Static_assert(array_len(rows) == LISTEN_KINDS, "each is called");
	for (size_t i = 0; i < array_len(rows); i++) {
		if (!w->addrs[rows[i].kind].is_set)
			continue;
		x->doors[x->door_count] = rows[i].door;
		x->doors[x->door_count++].addr = w->addrs[rows[i].kind];
	}
}

static void add_lists(struct visit *v, const struct bans_state *state)
{
	struct exam_list *rows = arena_alloc(&v->arena, (state->file_count + 1) * sizeof(*rows));

	for (size_t i = 0; i < state->file_count; i++) {
		const struct bans_file *f = &state->files[i];

		rows[i] = (struct exam_list){ .err = f->err, .line = f->line };
		rows[i].path = arena_dup(&v->arena, str_from(f->path)).ptr; /* with its NUL */
	}
	v->exam.lists = rows;
	v->exam.list_count = state->file_count;
	v->exam.are_lists_in_force = state->is_good;
	v->exam.wall_lists = state->wall_good;
	v->exam.blocked_addresses = state->addresses;
}

static void add_renewal(struct visit *v, const struct certifier *certifier)
{
	struct certifier_status status = certifier_status(certifier);

	v->exam.renewal = (struct exam_renewal){
		.is_on = status.is_on,
		.is_running = status.is_running,
		.failures = status.state->failures,
		.wall_next = status.wall_renew,
		.error = arena_dup(&v->arena, str_from(status.state->error)),
	};
}

static struct str to_ascii(struct arena *a, struct str domain)
{
	char buf[IDN_ASCII_MAX + 1];
	struct str name;

	return arena_dup(a, idn_ascii(domain, buf, &name) == OK ? name : domain);
}

/* The domain by which an authority is named in CAA; empty: not known to us. */
static struct str authority_of(const struct conf *conf, struct str directory)
{
	struct str told = conf_str(conf, "acme.caa");
	struct url url;

	if (told.len)
		return told;
	return url_read(directory, &url) == OK && str_ends(url.host, STR(".letsencrypt.org"))
		       ? STR("letsencrypt.org")
		       : STR("");
}

static void fill_zone(struct zone_facts *z, struct arena *a, const struct worker *w,
		      const struct certifier *certifier)
{
	struct certifier_status status = certifier_status(certifier);
	struct sbuf hex scoped(sbuf_done) = SBUF(2 * TLS_DIGEST_LEN);
	struct tls_facts facts;
	struct str domain;

	tls_examine_facts(certifier_tls(certifier), &facts);
	(void)hex_encode(&hex, str_make((const char *)facts.key_digest, TLS_DIGEST_LEN)); /* fits */
	*z = (struct zone_facts){ .domain = to_ascii(a, w->home.domain),
				  .xmpp = w->addrs[LISTEN_XMPP].port,
				  .xmpps = w->addrs[LISTEN_XMPPS].port,
				  .https = w->addrs[LISTEN_HTTPS].port,
				  .server = w->addrs[LISTEN_SERVER].port,
				  .server_tls = w->addrs[LISTEN_SERVER_TLS].port,
				  .key_digest = arena_dup(a, sbuf_str(&hex)) };
	for (unsigned i = 0; i < REALMS; i++) {
		if (realms_domain(w->home.conf, i, a, &domain) == OK)
			z->names[z->name_count++] = to_ascii(a, domain);
	}
	if (!conf_bool(w->home.conf, "s2s.enabled"))
		z->server = z->server_tls = 0;
	if (status.is_on) {
		z->authority = arena_dup(a, authority_of(w->home.conf, status.directory));
		z->account = arena_dup(a, str_from(status.account_url));
		z->challenge = arena_dup(a, conf_str(w->home.conf, "acme.challenge"));
	}
}

void control_doctor_zone(void *owner, struct str address,
			 void (*fn)(void *arg, const struct str *lines, size_t count), void *arg)
{
	const struct control_doctor *c = owner;
	struct arena a scoped(arena_done) = { 0 };
	struct zone_record records[ZONE_RECORDS_MAX];
	struct str lines[ZONE_RECORDS_MAX];
	struct zone_facts facts;
	size_t count;

	arena_init(&a, MIB);
	fill_zone(&facts, &a, c->first, c->certifier);
	facts.address = address;
	count = zone_make(&a, &facts, records);
	for (size_t i = 0; i < count; i++)
		lines[i] = records[i].text;
	fn(arg, lines, count);
}

static void gather(struct visit *v, const struct worker *w)
{
	const struct conf *conf = w->home.conf;
	struct exam *x = &v->exam;
	struct sbuf url scoped(sbuf_done) = SBUF(URL_MAX);

	x->is_self_signed = certificates_paths(conf, v->owner->data_dir, &v->cert_path,
					       &v->key_path) == CERTIFICATE_SELF_SIGNED;
	v->tls = tls_context_ref(w->c2s.tls);
	x->data_dir = v->owner->data_dir.ptr;
	x->cert_path = v->cert_path;
	x->key_path = v->key_path;
	x->domain = w->home.domain;
	x->tls = v->tls;
	x->is_registration_open = conf_bool(conf, "registration.open");
	x->connections = (uint64_t)conf_int(conf, "limits.connections");
	must(addr_parse(conf_str(conf, "dns.resolver"), &x->resolver) == OK);
	x->is_federating = conf_bool(conf, "s2s.enabled");
	x->trust_anchor = v->anchor = names_anchor(conf);
	x->wall_started = v->owner->wall_started;
	x->ran = clock_boot() - v->owner->boot_started;
	x->patience = PATIENCE;
	x->is_stopped = &v->owner->is_stopped;
	add_renewal(v, v->owner->certifier);
	fill_zone(&x->zone, &v->arena, w, v->owner->certifier);
	x->ascii = x->zone.domain;
	(void)pages_websocket_url(conf, w->addrs, &url); /* too long: nothing is looked at */
	x->websocket_url = arena_dup(&v->arena, sbuf_str(&url));
	x->web_port = EXAM_WEB_PORT;
	add_doors(x, w);
	add_lists(v, bans_state(v->owner->bans));
}

void control_doctor_examine(void *owner,
			    void (*fn)(void *arg, enum err e, const struct admin_finding *findings,
				       size_t count),
			    void *arg)
{
	struct control_doctor *c = owner;
	struct store_request request = { .kind = READ_STATS };
	struct visit *v;

	if (c->running) {
		fn(arg, ERR_BUSY, NULL, 0);
		return;
	}
	v = c->running = mem_zalloc(1, sizeof(*v));
	v->owner = c;
	v->fn = fn;
	v->arg = arg;
	arena_init(&v->arena, MIB);
	gather(v, c->first);
	store_read(c->first->home.store, &request, on_stats, v);
}
