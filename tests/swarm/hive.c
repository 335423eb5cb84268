/* SPDX-License-Identifier: Apache-2.0 */
/* The epoll loop of the load tool, see hive.h. */
#include "hive.h"

#include "base/mem.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define TURN_EVENTS    512
#define FAILURES_SHOWN 5
#define QUIT_USEC      (5 * USEC_PER_SEC)

static const char *const state_names[] = {
	[BEE_IDLE] = "idle",
	[BEE_CONNECTING] = "connecting",
	[BEE_TLS_FEATURES] = "waiting for features with STARTTLS",
	[BEE_TLS_ASKED] = "waiting for proceed",
	[BEE_SHAKING] = "in the TLS handshake",
	[BEE_AUTH_FEATURES] = "waiting for features with SASL",
	[BEE_REGISTERING] = "registering",
	[BEE_AUTH_FIRST] = "waiting for the SCRAM challenge",
	[BEE_AUTH_FINAL] = "waiting for success",
	[BEE_BIND_FEATURES] = "waiting for features with bind",
	[BEE_BINDING] = "binding",
	[BEE_PINGING] = "waiting for the first ping's answer",
	[BEE_HELLO] = "waiting for the relay's ok",
	[BEE_READY] = "ready",
	[BEE_CLOSING] = "closing",
};

static void bee_is_ready(struct bee *b)
{
	struct hive *h = b->rules->arg;

	h->busy--;
	h->ready++;
	if (h->on_ready)
		h->on_ready(h, b);
}

static void bee_has_message(struct bee *b, struct str piece)
{
	struct hive *h = b->rules->arg;

	if (h->on_message)
		h->on_message(h, b, piece);
}

static void bee_has_iq(struct bee *b, struct str piece)
{
	struct hive *h = b->rules->arg;

	if (h->on_iq)
		h->on_iq(h, b, piece);
}

static void bee_has_presence(struct bee *b, struct str piece)
{
	struct hive *h = b->rules->arg;

	if (h->on_presence)
		h->on_presence(h, b, piece);
}

static void bee_is_gone(struct bee *b, enum bee_state was, enum err why)
{
	struct hive *h = b->rules->arg;

	h->busy -= was < BEE_READY;
	if (why == OK) {
		h->left++;
		return;
	}
	if (h->failed++ < FAILURES_SHOWN)
		(void)fprintf(stderr, "swarm: account %llu, %s: %s\n",
			      (unsigned long long)b->number, state_names[was], err_text(why));
}

enum err hive_init(struct hive *h, const struct options *opt)
{
	*h = (struct hive){ .opt = opt,
			    .deadline = clock_now() + (usec_t)opt->limit_ms * USEC_PER_MSEC };
	h->rules = (struct bee_rules){
		.opt = opt,
		.epfd = epoll_create1(EPOLL_CLOEXEC),
		.ctx = wire_context(NULL, NULL),
		.arg = h,
		.on_ready = bee_is_ready,
		.on_message = bee_has_message,
		.on_iq = bee_has_iq,
		.on_presence = bee_has_presence,
		.on_gone = bee_is_gone,
	};
	h->bees = mem_zalloc(opt->users, sizeof(*h->bees));
	h->keys = mem_zalloc(opt->users, sizeof(*h->keys));
	for (size_t i = 0; i < opt->users; i++)
		h->bees[i] = (struct bee){
			.rules = &h->rules, .number = i, .key = &h->keys[i], .wire = WIRE_CLOSED
		};
	if (opt->keys)
		keys_load(opt->keys, h->keys, opt->users);
	return h->rules.epfd >= 0 && h->rules.ctx ? OK : ERR_IO;
}

void hive_done(struct hive *h)
{
	for (size_t i = 0; h->bees && i < h->opt->users; i++)
		bee_drop(&h->bees[i]);
	if (h->opt->keys && keys_save(h->opt->keys, h->keys, h->opt->users))
		(void)fprintf(stderr, "swarm: %s cannot be written\n", h->opt->keys);
	mem_free(h->bees);
	mem_free(h->keys);
	SSL_CTX_free(h->rules.ctx);
	if (h->rules.epfd >= 0)
		(void)close(h->rules.epfd); /* ends anyway */
}

static void flush_dirty(struct hive *h)
{
	while (h->rules.dirty) {
		struct bee *b = h->rules.dirty;

		h->rules.dirty = b->next_dirty;
		b->is_dirty = false;
		bee_flush(b);
	}
}

void hive_step(struct hive *h, usec_t until)
{
	struct epoll_event events[TURN_EVENTS];
	struct timespec wait = { .tv_sec = 0 };
	usec_t left;
	int n;

	flush_dirty(h);
	if (until > h->deadline)
		until = h->deadline;
	left = until - clock_now();
	if (left > 0)
		wait = (struct timespec){ .tv_sec = left / USEC_PER_SEC,
					  .tv_nsec = left % USEC_PER_SEC * 1000 };
	n = epoll_pwait2(h->rules.epfd, events, TURN_EVENTS, &wait, NULL);
	for (int i = 0; i < n; i++)
		bee_event(events[i].data.ptr, events[i].events);
	flush_dirty(h);
}

bool hive_is_late(const struct hive *h)
{
	return clock_now() >= h->deadline;
}

void hive_fill(struct hive *h, uint64_t total)
{
	uint64_t looked = 0;

	while (h->started < total && h->busy < h->opt->concurrency && looked < h->opt->users) {
		struct bee *b = &h->bees[h->cursor];

		h->cursor = (h->cursor + 1) % h->opt->users;
		looked++;
		if (b->state != BEE_IDLE)
			continue;
		h->started++;
		h->busy++;
		bee_start(b);
	}
}

bool hive_login(struct hive *h)
{
	while (h->ready < h->opt->users && !h->failed && !hive_is_late(h)) {
		hive_fill(h, h->opt->users);
		hive_step(h, clock_now() + USEC_PER_SEC);
	}
	return h->ready == h->opt->users && !h->failed;
}

static bool has_guests(const struct hive *h)
{
	for (size_t i = 0; i < h->opt->users; i++)
		if (h->bees[i].state != BEE_IDLE)
			return true;
	return false;
}

void hive_quit(struct hive *h)
{
	usec_t end = clock_now() + QUIT_USEC;

	for (size_t i = 0; i < h->opt->users; i++)
		bee_quit(&h->bees[i]);
	while (clock_now() < end && has_guests(h) && !hive_is_late(h))
		hive_step(h, end);
}
