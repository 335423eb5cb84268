/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl in a thread, see fetch.h. */
#include "fetch/fetch.h"

#include "base/mem.h"
#include "base/metric.h"
#include "codec/url.h"
#include "fetch/guard.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct fetcher {
	struct fetch_config config;
	char *ca_file; /* NULL: the system's */
	CURLM *multi;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	struct list waiting;
	size_t count; /* waiting and running */
	bool is_stopping;
};

/* The thread's own list of what runs. */
struct run {
	struct fetcher *fetcher;
	struct list running;
	unsigned count;
};

/* ---- requests ---- */

struct fetch *fetch_new(void)
{
	struct fetch *f = mem_zalloc(1, sizeof(*f));

	arena_init(&f->arena, FETCH_ARENA_MAX);
	list_init(&f->link);
	return f;
}

void fetch_free(struct fetch **f)
{
	if (!*f)
		return;
	curl_slist_free_all((*f)->slist);
	curl_easy_cleanup((*f)->easy);
	arena_wipe(&(*f)->arena);
	sbuf_done(&(*f)->answer);
	mem_free(*f);
	*f = NULL;
}

void fetch_header(struct fetch *f, struct str name, struct str value)
{
	must(f->header_count < FETCH_HEADERS_MAX);
	must(str_index(value, '\n') < 0 && str_index(value, '\r') < 0);
	f->headers[f->header_count++] = ARENA_JOIN(&f->arena, name, STR(": "), value);
}

struct str fetch_answer_field(const struct fetch *f, const char *name)
{
	struct curl_header *field;

	if (!f->easy || curl_easy_header(f->easy, name, 0, CURLH_HEADER, -1, &field) != CURLHE_OK)
		return STR_NONE;
	return str_from(field->value);
}

enum err fetch_check(const struct fetcher *fetcher, struct str text)
{
	struct addr addr = { .is_set = false };
	struct url url;

	if (url_read(text, &url) || (!url.is_https && !fetcher->config.may_be_plain))
		return ERR_INVALID;
	if (!addr_parse_ip(url.host, &addr) && !guard_allows(&addr, fetcher->config.exceptions))
		return ERR_DENIED;
	return OK;
}

enum err fetch_start(struct fetcher *fetcher, struct fetch *f)
{
	bool is_full;

	f->fetcher = fetcher;
	f->home = loop_current();
	pthread_mutex_lock(&fetcher->lock);
	is_full = fetcher->count >= FETCH_QUEUE_MAX || fetcher->is_stopping;
	if (!is_full) {
		fetcher->count++;
		list_append(&fetcher->waiting, &f->link);
	}
	pthread_mutex_unlock(&fetcher->lock);
	if (is_full)
		return ERR_BUSY;
	metric_inc(METRIC_FETCH_QUEUE);
	(void)curl_multi_wakeup(fetcher->multi); /* it looks again after a second in any case */
	return OK;
}

/* ---- the thread: what libcurl asks ---- */

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;

	f->answer_bytes += size * count;
	if (!f->answer_max)
		return f->answer_bytes > FETCH_ANSWER_MAX ? 0 : size * count;
	f->was_too_long = sbuf_add(&f->answer, str_make(data, size * count)) != OK;
	return f->was_too_long ? 0 : size * count;
}

/* libcurl keeps the head for whoever asks (fetch_answer_field): it must end. */
static size_t on_head(unused_arg char *data, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;

	f->head_bytes += size * count;
	f->was_too_long |= f->head_bytes > FETCH_HEAD_MAX;
	return f->was_too_long ? 0 : size * count;
}

/* The one place through which every connection is made. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fetch *f = arg;
	const struct fetch_config *config = &f->fetcher->config;
	struct addr addr = addr_from_sockaddr(&to->addr, to->addrlen);
	bool is_plain = str_starts(f->url, STR("http://"));

	(void)purpose;
	if (!guard_allows(&addr, config->exceptions) ||
	    (is_plain && (!config->may_be_plain || !addr_nets_have(config->exceptions, &addr)))) {
		f->was_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void set_options(struct fetch *f, const char *ca_file)
{
	CURL *c = f->easy;

	curl_easy_setopt(c, CURLOPT_URL, arena_dup(&f->arena, f->url).ptr);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
			 f->fetcher->config.may_be_plain ? "https,http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(FETCH_CONNECT_USEC / USEC_PER_MSEC));
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(FETCH_TOTAL_USEC / USEC_PER_MSEC));
	curl_easy_setopt(c, CURLOPT_USERAGENT, "parley");
	curl_easy_setopt(c, CURLOPT_PRIVATE, f);
	if (ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
}

static void set_verb(struct fetch *f)
{
	CURL *c = f->easy;

	if (f->verb == FETCH_HEAD)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (f->verb != FETCH_POST)
		return;
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)f->body.len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->body.len ? f->body.ptr : "");
}

static void set_headers(struct fetch *f)
{
	/* libcurl would ask for leave before it sends a body, and add a type of its own. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; i < f->header_count; i++)
		list = curl_slist_append(list, f->headers[i].ptr);
	if (f->verb == FETCH_POST && !f->body.len)
		list = curl_slist_append(list, "Content-Type:");
	f->slist = list;
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, list);
}

/* ---- the thread: life of a request ---- */

static void on_done(struct letter *l)
{
	struct fetch *f = container_of(l, struct fetch, letter);

	metric_add(METRIC_FETCH_QUEUE, -1);
	f->done(f);
}

static void end(struct fetch *f)
{
	struct fetcher *fetcher = f->fetcher;

	pthread_mutex_lock(&fetcher->lock);
	fetcher->count--;
	pthread_mutex_unlock(&fetcher->lock);
	f->letter.fn = on_done;
	loop_post(f->home, &f->letter);
}

static void begin(struct run *r, struct fetch *f)
{
	f->easy = curl_easy_init();
	must(f->easy != NULL);
	f->answer = SBUF(f->answer_max);
	set_options(f, r->fetcher->ca_file);
	set_verb(f);
	set_headers(f);
	list_append(&r->running, &f->link);
	r->count++;
	must(curl_multi_add_handle(r->fetcher->multi, f->easy) == CURLM_OK);
}

static void judge(struct fetch *f, CURLcode code)
{
	curl_off_t wait = 0;
	long status = 0;

	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status); /* 0: none came */
	(void)curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &wait);
	if (status &&
	    (code == CURLE_OK || (!f->answer_max && f->answer_bytes > FETCH_ANSWER_MAX))) {
		f->end = FETCH_ANSWERED;
		f->status = (unsigned)status;
		f->retry_after = wait > 0 && wait < INT32_MAX ? wait * USEC_PER_SEC : 0;
		return;
	}
	f->end = f->was_refused ? FETCH_REFUSED : FETCH_FAILED;
	(void)snprintf(f->why, sizeof(f->why), "%s",
		       f->was_too_long ? "the answer is too long" : curl_easy_strerror(code));
}

static void take_ended(struct run *r)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(r->fetcher->multi, &left))) {
		CURLcode code = message->data.result;
		char *private;
		struct fetch *f;

		if (message->msg != CURLMSG_DONE)
			continue;
		must(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private) ==
		     CURLE_OK);
		f = (struct fetch *)(void *)private;
		judge(f, code);
		(void)curl_multi_remove_handle(r->fetcher->multi, f->easy); /* it has ended */
		list_remove(&f->link);
		r->count--;
		end(f);
	}
}

/* False: the thread is to end. */
static bool take_waiting(struct run *r)
{
	struct fetcher *fetcher = r->fetcher;
	bool is_stopping;

	do {
		struct fetch *f = NULL;

		pthread_mutex_lock(&fetcher->lock);
		is_stopping = fetcher->is_stopping;
		if (!is_stopping && r->count < FETCH_RUNNING_MAX &&
		    !list_is_empty(&fetcher->waiting)) {
			f = list_entry(fetcher->waiting.next, struct fetch, link);
			list_remove(&f->link);
		}
		pthread_mutex_unlock(&fetcher->lock);
		if (!f)
			break;
		begin(r, f);
	} while (!is_stopping);
	return !is_stopping;
}

static void free_all(struct list *list, CURLM *multi)
{
	list_each (link, list) {
		struct fetch *f = list_entry(link, struct fetch, link);

		if (f->easy)
			(void)curl_multi_remove_handle(multi, f->easy); /* all ends */
		list_remove(link);
		fetch_free(&f);
	}
}

static void *run(void *arg)
{
	struct run r = { .fetcher = arg };
	int running;

	list_init(&r.running);
	while (take_waiting(&r)) {
		(void)curl_multi_perform(r.fetcher->multi, &running); /* each tells by itself */
		take_ended(&r);
		(void)curl_multi_poll(r.fetcher->multi, NULL, 0, 1000, NULL);
	}
	free_all(&r.running, r.fetcher->multi);
	return NULL;
}

/* ---- life ---- */

enum err fetcher_new(const struct fetch_config *config, struct fetcher **ret_fetcher)
{
	struct fetcher *f = mem_zalloc(1, sizeof(*f));

	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	f->config = *config;
	f->config.ca_file = STR_NONE;
	if (config->ca_file.len)
		f->ca_file = str_dup(config->ca_file);
	list_init(&f->waiting);
	must(pthread_mutex_init(&f->lock, NULL) == 0);
	f->multi = curl_multi_init();
	must(f->multi != NULL);
	curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)FETCH_HOST_MAX);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)FETCH_RUNNING_MAX);
	if (pthread_create(&f->thread, NULL, run, f)) {
		(void)curl_multi_cleanup(f->multi); /* nothing was added */
		mem_free(f->ca_file);
		mem_free(f);
		return ERR_BUSY;
	}
	(void)pthread_setname_np(f->thread, "fetch"); /* for people only */
	*ret_fetcher = f;
	return OK;
}

void fetcher_free(struct fetcher **fetcher)
{
	struct fetcher *f = *fetcher;

	*fetcher = NULL;
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->is_stopping = true;
	pthread_mutex_unlock(&f->lock);
	(void)curl_multi_wakeup(f->multi);   /* else it looks after a second */
	(void)pthread_join(f->thread, NULL); /* it was started */
	free_all(&f->waiting, f->multi);
	(void)curl_multi_cleanup(f->multi); /* it is empty */
	pthread_mutex_destroy(&f->lock);
	mem_free(f->ca_file);
	mem_free(f);
}
