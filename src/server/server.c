/* SPDX-License-Identifier: Apache-2.0 */
/* Start, reload and end of the server, see server.h. */
#include "server/server.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "loop/signals.h"
#include "server/admin/admin.h"
#include "server/bans.h"
#include "server/component/component_table.h"
#include "server/control.h"
#include "server/control_backup.h"
#include "server/control_certificate.h"
#include "server/control_clients.h"
#include "server/control_components.h"
#include "server/control_doctor.h"
#include "server/control_s2s.h"
#include "server/disk.h"
#include "server/ending.h"
#include "server/feature/features.h"
#include "server/federation.h"
#include "server/identity.h"
#include "server/model/account.h"
#include "server/model/invites.h"
#include "server/model/pace.h"
#include "server/names/names.h"
#include "server/nets.h"
#include "server/notify.h"
#include "server/outgoing.h"
#include "server/pages.h"
#include "server/pubsub/pubsub.h"
#include "server/realms.h"
#include "server/room/rooms.h"
#include "server/rounds.h"
#include "server/route/abuse_book.h"
#include "server/route/account_flags.h"
#include "server/route/block_feed.h"
#include "server/route/home_life.h"
#include "server/route/registry.h"
#include "server/s2s/s2s_policy.h"
#include "server/secrets.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite.h"
#include "server/transfer/transfer.h"
#include "server/upload/settings.h"
#include "server/watchdog.h"
#include "server/worker.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
	POOL_THREADS = 2, /* for password hashing */
	POOL_QUEUE_MAX = 2000,
	STORE_READERS = 2,
	STORE_QUEUE_MAX = 20000, /* txns */
	STORE_BATCH_MAX = 2000,
};
#define STORE_QUEUE_BYTES_MAX (64 * MIB)

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

struct server {
	const char *config_path;
	struct conf *conf;
	struct services *services; /* of the start */
	struct str data_dir;       /* owned */
	struct secrets secrets;
	struct store *store;
	struct pool *pool;
	struct registry *registry; /* of the users */
	struct realms *realms;
	struct accounts *accounts;
	struct transfer *transfer;
	struct invites *invites;
	struct throttle *throttle;
	struct pace *pace;
	struct abuse_book *abuse_book;
	struct block_feed *block_feed;
	struct disk disk;
	struct outgoing *outgoing;
	struct identity identity;
	struct nets trusted, proxies;
	struct site *site;
	struct admin *admin;
	struct signals *signals;
	struct rounds *rounds;
	struct bans *bans;
	struct control_backup backup;
	struct control_doctor *doctor;
	struct workers_end end;
	struct ending ending;
	struct watchdog watchdog;
	struct admin_config admin_config;
	struct siphash_key place_key;
	unsigned count;
	struct worker *workers;
	struct home **homes;
};

/* The way to everything, to the end of the process: what its threads were doing may still point
 * into it, and leak checkers find it. */
static struct server *running __attribute__((used));

static enum err fail(struct blame *blame, enum err e, const char *what, struct str detail)
{
	(void)snprintf(blame->text, sizeof(blame->text), "%s: %.*s%s%s", what, STR_ARG(detail),
		       detail.len ? ": " : "", err_text(e));
	return e;
}

static void apply_log(const struct conf *conf)
{
	enum log_level level;

	if (log_level_parse(conf_str(conf, "log.level"), &level) == OK)
		log_set_level(level);
	log_set_form(str_eq(conf_str(conf, "log.form"), STR("json")) ? LOG_JSON : LOG_TEXT);
}

static enum err open_store(struct server *s, struct blame *blame)
{
	struct store_config config = { .backend = &sqlite_backend,
				       .data_dir = s->data_dir,
				       .readers = STORE_READERS,
				       .queue_limit = STORE_QUEUE_MAX,
				       .queue_bytes_limit = STORE_QUEUE_BYTES_MAX,
				       .batch_limit = STORE_BATCH_MAX };
	const char *why = "";
	enum err e = store_open(&config, &s->store, &why);

	return e ? fail(blame, e, "data_dir", str_from(why)) : OK;
}

/* Everything that all loops share. */
static enum err prepare(struct server *s, struct blame *blame)
{
	struct pool_config pool = { .name = "work",
				    .threads = POOL_THREADS,
				    .queue_limit = POOL_QUEUE_MAX };
	char *data_dir = conf_resolve(s->conf, conf_str(s->conf, "data_dir"));
	enum err e;

	s->data_dir = str_from(data_dir);
	e = open_store(s, blame);
	if (!e)
		e = nets_read(&s->trusted, s->conf, "limits.trusted", blame);
	if (!e)
		e = nets_read(&s->proxies, s->conf, "proxies", blame);
	if (!e) {
		e = secrets_load(s->data_dir, &s->secrets);
		if (e)
			(void)fail(blame, e, "the file secrets in data_dir cannot be used",
				   s->data_dir); /* e is given below */
	}
	if (!e)
		e = component_table_read(s->conf, s->config_path ? s->config_path : "built-in",
					 &s->services, blame);
	if (!e)
		e = identity_load(&s->identity, s->conf, s->data_dir, blame);
	if (!e)
		e = registry_new(features, &s->registry, blame);
	if (!e)
		e = realms_new(s->conf, &s->realms, blame);
	if (!e)
		e = disk_open(&s->disk, s->conf, s->data_dir, s->secrets.token_key, blame);
	if (!e && outgoing_new(s->conf, s->secrets.push_seed, &s->outgoing))
		e = fail(blame, ERR_BUSY, "fetch", STR_NONE);
	if (!e && pool_new(&pool, &s->pool))
		e = fail(blame, ERR_BUSY, "threads", STR_NONE);
	s->throttle = throttle_new();
	s->pace = pace_new();
	random_fill(&s->place_key, sizeof(s->place_key));
	return e;
}

/* ---- workers ---- */

static void fill_worker(struct server *s, struct worker *w)
{
	w->proxies = &s->proxies.all;
	w->challenges = s->identity.challenges;
	w->home = (struct home){ .loop = w->loop,
				 .index = w->index,
				 .count = s->count,
				 .all = s->homes,
				 .store = s->store,
				 .pool = s->pool,
				 .ending = { .ask = ending_ask, .owner = &s->ending },
				 .accounts = s->accounts,
				 .invites = s->invites,
				 .throttle = s->throttle,
				 .pace = s->pace,
				 .uploads = s->disk.uploads,
				 .registry = s->registry,
				 .ops = &router_ops,
				 .fetcher = s->outgoing->fetcher,
				 .push_key = &s->outgoing->key,
				 .domain = conf_str(s->conf, "domain"),
				 .place_key = s->place_key,
				 .conf = conf_ref(s->conf),
				 .services = services_ref(s->services) };
	memcpy(w->home.id_key, s->secrets.id_key, sizeof(w->home.id_key));
	w->c2s = (struct c2s){ .net = w->net,
			       .home = &w->home,
			       .tls = tls_context_ref(s->identity.tls),
			       .throttle = s->throttle,
			       .trusted = &s->trusted.all,
			       .server_secret = str_make((const char *)s->secrets.scram,
							 sizeof(s->secrets.scram)) };
	c2s_init(&w->c2s);
	components_init(&w->components, &w->home);
	w->component_conns = (struct component_conns){ .components = &w->components,
						       .throttle = s->throttle,
						       .trusted = &s->trusted.all };
	component_conns_init(&w->component_conns);
	w->s2s = (struct s2s){ .net = w->net, .home = &w->home, .trusted = &s->trusted.all };
	federation_begin(s->identity.federation, &w->s2s, s->identity.tls);
	home_start(&w->home);
	realms_add(s->realms, &w->home);
}

static enum err make_workers(struct server *s, struct blame *blame)
{
	int64_t wanted = conf_int(s->conf, "workers");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	s->count = wanted ? (unsigned)wanted : cores > 0 ? (unsigned)cores : 1;
	s->workers = mem_zalloc(s->count, sizeof(*s->workers));
	s->homes = mem_zalloc(s->count, sizeof(struct home *));
	for (unsigned i = 0; i < s->count; i++) {
		struct worker *w = &s->workers[i];

		w->index = i;
		if (loop_new(i, &w->loop))
			return fail(blame, ERR_BUSY, "event loop", STR_NONE);
		w->net = net_loop_new(w->loop);
		s->homes[i] = &w->home;
	}
	s->invites = invites_new(s->workers[0].loop, s->store, conf_str(s->conf, "domain"));
	s->accounts = accounts_new(&(struct accounts_config){ .loop = s->workers[0].loop,
							      .invites = s->invites,
							      .store = s->store,
							      .pool = s->pool,
							      .token_key = s->secrets.token_key });
	accounts_watch(s->accounts, account_flags_changed, s->homes[0]);
	s->transfer =
		transfer_new(&(struct transfer_config){ .loop = s->workers[0].loop,
							.store = s->store,
							.accounts = s->accounts,
							.domain = conf_str(s->conf, "domain") });
	disk_start(&s->disk, s->workers[0].loop, s->store, realms_place(s->realms, REALM_UPLOADS));
	for (unsigned i = 0; i < s->count; i++)
		fill_worker(s, &s->workers[i]);
	return OK;
}

/* Without components nothing listens for them, nor for an authority that is not asked. */
static void read_addrs(const struct conf *conf, struct addr addrs[LISTEN_KINDS])
{
	bool has_components = conf_groups_count(conf, "components") > 0;

	for (enum listen_kind kind = 0; kind < LISTEN_KINDS; kind++) {
		bool is_component = kind == LISTEN_COMPONENT || kind == LISTEN_COMPONENT_TLS;

		addrs[kind] = (struct addr){ 0 };
		if (kind == LISTEN_ACME && !conf_bool(conf, "acme.agree"))
			continue;
		if (!is_component || has_components) /* the table has checked it */
			must(addr_parse(conf_str(conf, listen_key(kind)), &addrs[kind]) == OK);
	}
}

/* A promise to whoever started us: one line, with the addresses that port 0 became. */
static void say_ready(const struct server *s)
{
	const struct worker *w = &s->workers[0];
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);

	(void)sbuf_printf(&out, "parleyd ready: domain=%.*s", STR_ARG(w->home.domain));
	for (enum listen_kind kind = 0; kind < LISTEN_KINDS; kind++) {
		char text[ADDR_TEXT_MAX];

		if (w->addrs[kind].is_set)
			(void)sbuf_printf(&out, " %s=%.*s", listen_name(kind),
					  STR_ARG(addr_format(&w->addrs[kind], text)));
	}
	(void)fprintf(stderr, "%.*s\n", STR_ARG(sbuf_str(&out)));
	notify_systemd(STR("READY=1"), true);
}

static enum err open_control(struct server *s, struct blame *blame)
{
	struct home *first = &s->workers[0].home;
	struct backups_config backups = { .store = s->store,
					  .data_dir = s->data_dir,
					  .domain = first->domain,
					  .program = STR(PARLEY_VERSION),
					  .config_path = s->config_path };
	enum err e;

	s->bans = bans_new(first);
	s->abuse_book = abuse_book_new(first);
	s->block_feed = block_feed_new(first);
	s->admin_config = (struct admin_config){ .data_dir = s->data_dir,
						 .domain = first->domain,
						 .version = STR(PARLEY_VERSION),
						 .wall_started = wall_now(),
						 .store = s->store,
						 .accounts = s->accounts,
						 .transfer = s->transfer,
						 .import_limits = control_import_limits,
						 .home = first,
						 .owner = first,
						 .list_sessions = control_list_sessions,
						 .list_clients = control_list_clients,
						 .remove_client = control_remove_client,
						 .list_pushes = control_list_pushes,
						 .end_sessions = control_end_sessions,
						 .examine = control_doctor_examine,
						 .list_zone = control_doctor_zone,
						 .list_components = control_list_components,
						 .list_streams = control_list_streams,
						 .test_server = control_test_server,
						 .bans = s->bans,
						 .change_bans = bans_change,
						 .show_certificate = control_show_certificate,
						 .renew_certificate = control_renew_certificate,
						 .backups = &s->backup,
						 .make_backup = control_make_backup,
						 .remove_account = control_remove_account };
	s->backup.home = first;
	e = backups_new(&backups, &s->backup.backups);
	if (!e)
		e = control_doctor_new(&s->workers[0], s->bans, s->data_dir, &s->doctor);
	s->admin_config.doctor = s->doctor;
	if (e)
		return fail(blame, e, "threads", STR_NONE);
	e = admin_new(s->workers[0].loop, &s->admin_config, &s->admin);
	return e ? fail(blame, e, "control socket in data_dir", s->data_dir) : OK;
}

static enum err start_workers(struct server *s, struct blame *blame)
{
	struct addr addrs[LISTEN_KINDS];
	enum err e = OK;

	read_addrs(s->conf, addrs);
	for (unsigned i = 0; !e && i < s->count; i++)
		e = worker_listen(&s->workers[i], addrs, blame);
	if (!e && pages_new(s->conf, addrs, &s->site))
		e = fail(blame, ERR_TOO_BIG, "web pages", STR_NONE);
	for (unsigned i = 0; !e && i < s->count; i++)
		worker_serve_http(&s->workers[i], s->site);
	if (!e)
		e = open_control(s, blame);
	for (unsigned i = 1; !e && i < s->count; i++) {
		e = worker_start(&s->workers[i]);
		if (e)
			(void)fail(blame, e, "threads", STR_NONE); /* e is given below */
	}
	if (!e)
		say_ready(s);
	return e;
}

/* ---- signals ---- */

/* Everything that a new configuration leads to and that may fail. */
static enum err prepare_news(struct server *s, struct worker_news *news, struct blame *blame)
{
	const char *name = s->config_path ? s->config_path : "built-in";

	if (!str_eq(conf_str(news->conf, "domain"), s->workers[0].home.domain))
		return fail(blame, ERR_INVALID, "the domain cannot change", STR_NONE);
	if (component_table_read(news->conf, name, &news->services, blame))
		return ERR_INVALID;
	if (identity_prepare(&s->identity, news, blame)) {
		(void)services_unref(news->services);
		return ERR_INVALID;
	}
	if (pages_new(news->conf, s->workers[0].addrs, &news->site))
		news->site = site_ref(s->site);
	return OK;
}

/* The first worker's listeners for components and for an authority, where there were none before:
 * this is its thread. */
static void open_late_listeners(struct server *s, struct worker_news *news)
{
	struct blame blame = { .text = "" };
	struct addr addrs[LISTEN_KINDS];

	read_addrs(news->conf, addrs);
	for (enum listen_kind kind = 0; kind < LISTEN_KINDS; kind++) {
		if (kind == LISTEN_COMPONENT || kind == LISTEN_COMPONENT_TLS || kind == LISTEN_ACME)
			news->addrs[kind] = addrs[kind];
	}
	if (worker_listen(&s->workers[0], news->addrs, &blame)) {
		memset(news->addrs, 0, sizeof(news->addrs));
		log_error(NULL, "a listener could not be opened",
			  F_STR("why", str_from(blame.text)));
	}
}

static void reload(struct server *s)
{
	struct blame blame = { .text = "" };
	struct worker_news news = { .conf = NULL };

	if (server_read_conf(s->config_path, &news.conf, &blame)) {
		log_error(NULL, "configuration not reloaded", F_STR("why", str_from(blame.text)));
		return;
	}
	if (prepare_news(s, &news, &blame)) {
		log_error(NULL, "configuration not reloaded", F_STR("why", str_from(blame.text)));
		(void)conf_unref(news.conf);
		return;
	}
	apply_log(news.conf);
	bans_reload(s->bans, news.conf);
	open_late_listeners(s, &news);
	for (unsigned i = 0; i < s->count; i++)
		worker_reload(&s->workers[i], &news);
	(void)services_unref(news.services);
	(void)site_unref(s->site);
	s->site = news.site;
	identity_take(&s->identity, &news);
	(void)conf_unref(news.conf); /* the workers have theirs; the one of the start stays for what
					was read from it */
	log_info(NULL, "configuration reloaded",
		 F_STR("file", str_from(s->config_path ? s->config_path : "built-in")));
}

static void stop(void *arg)
{
	struct server *s = arg;

	log_info(NULL, "stopping");
	notify_systemd(STR("STOPPING=1"), true);
	s->end = (struct workers_end){ .workers = s->workers, .count = s->count };
	workers_stop(&s->end);
}

static void on_signal(void *arg, int signo)
{
	struct server *s = arg;

	if (signo == SIGHUP)
		reload(s);
	else
		ending_now(&s->ending);
}

static enum err run(struct server *s, struct blame *blame)
{
	enum err e = make_workers(s, blame);

	if (!e)
		ending_init(&s->ending, s->workers[0].loop, stop, s);
	if (!e && signals_watch(s->workers[0].loop, on_signal, s, &s->signals))
		e = fail(blame, ERR_BUSY, "signals", STR_NONE);
	if (!e) {
		transfer_sweep(s->transfer);
		s->rounds = rounds_new(&s->workers[0].home);
		e = start_workers(s, blame);
	}
	if (e)
		return e;
	realms_started(&s->workers[0].home);
	watchdog_start(&s->watchdog, s->workers, s->count);
	identity_start(&s->identity, s->workers, s->count, s->pool);
	s->admin_config.certifier = s->identity.certifier;
	control_doctor_use(s->doctor, s->identity.certifier);
	loop_run(s->workers[0].loop);
	watchdog_stop(&s->watchdog);
	admin_free(&s->admin);
	transfer_free(&s->transfer);
	backups_free(&s->backup.backups);
	control_doctor_free(&s->doctor);
	signals_free(&s->signals);
	ending_done(&s->ending);
	for (unsigned i = 1; i < s->count; i++)
		(void)pthread_join(s->workers[i].thread, NULL);
	rounds_free(&s->rounds);
	pool_stop(s->pool); /* what libraries clean up at exit must not be in use */
	outgoing_free(&s->outgoing);
	identity_stop(&s->identity);
	bans_free(&s->bans);
	abuse_book_free(&s->abuse_book);
	block_feed_free(&s->block_feed);
	return OK;
}

enum err server_check(const char *config_path, struct blame *blame)
{
	char path[PATH_MAX], *data_dir;
	struct conf *conf;
	int version;
	enum err e = server_read_conf(config_path, &conf, blame);

	if (e)
		return e;
	data_dir = conf_resolve(conf, conf_str(conf, "data_dir"));
	(void)conf_unref(conf);
	(void)snprintf(path, sizeof(path), "%s/parley.db", data_dir); /* too long: none is there */
	if (schema_look(path, &version) == ERR_VERSION)
		e = fail(blame, ERR_VERSION, "data_dir", str_from(path));
	mem_free(data_dir);
	return e;
}

enum err server_restore(const char *config_path, const char *backup, struct blame *blame)
{
	struct conf *conf;
	char *data_dir;
	enum err e = server_read_conf(config_path, &conf, blame);

	if (e)
		return e;
	data_dir = conf_resolve(conf, conf_str(conf, "data_dir"));
	e = control_restore(conf, backup, str_from(data_dir), blame);
	mem_free(data_dir);
	(void)conf_unref(conf);
	return e;
}

enum err server_run(const char *config_path, bool *ret_wants_restart, struct blame *blame)
{
	struct server *s = running = mem_zalloc(1, sizeof(*s));
	enum err e;

	signals_block();
	s->config_path = config_path;
	e = server_read_conf(config_path, &s->conf, blame);
	if (e)
		return e;
	apply_log(s->conf);
	e = prepare(s, blame);
	if (!e)
		e = run(s, blame);
	store_close(&s->store);
	log_info(NULL, "stopped");
	*ret_wants_restart = s->ending.wants_restart;
	return e;
}
