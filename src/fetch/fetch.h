/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to web servers (push services that others have named, a certificate authority), by
 * libcurl in a thread of its own. HTTPS only, no redirects, no proxy of the environment; the
 * address is judged when the connection is made (fetch/guard.h), so that a name which changes its
 * mind gains nothing. All is bounded: what waits, what runs, how long, how much is read. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"
#include "loop/loop.h"
#include "net/addr.h"

enum {
	FETCH_QUEUE_MAX = 10000, /* requests that wait or run */
	FETCH_RUNNING_MAX = 64,
	FETCH_HOST_MAX = 8, /* connections to one host */
	FETCH_ANSWER_MAX =
		16 * 1024,          /* bytes of an answer that nobody keeps; the rest is not read */
	FETCH_HEAD_MAX = 64 * 1024, /* bytes of an answer's head */
	FETCH_ARENA_MAX = 64 * 1024, /* bytes of a request */
	FETCH_HEADERS_MAX = 8,
};
#define FETCH_CONNECT_USEC (10 * USEC_PER_SEC)
#define FETCH_TOTAL_USEC   (30 * USEC_PER_SEC)

struct fetcher;

struct fetch_config {
	const struct addr_nets *exceptions; /* addresses that are allowed although they are not
					       public; borrowed */
	bool may_be_plain;                  /* http to the exceptions */
	struct str ca_file;                 /* instead of the system's authorities; empty: those */
};

enum fetch_verb { FETCH_POST, FETCH_GET, FETCH_HEAD };

enum fetch_end {
	FETCH_ANSWERED, /* status is set */
	FETCH_REFUSED,  /* by us: the address is not public */
	FETCH_FAILED,   /* no connection, no TLS, no answer in time */
};

/* A request and its answer. From fetch_new until fetch_start the caller's, and again from
 * done on. */
struct fetch {
	/* set by the caller; strings in the arena */
	struct arena arena;
	struct str url;                        /* one that url_read has accepted */
	struct str headers[FETCH_HEADERS_MAX]; /* "Name: value" */
	size_t header_count;
	enum fetch_verb verb;
	struct str body;   /* of a POST */
	size_t answer_max; /* bytes of the answer's body to keep; more makes it fail. 0: none is
			      kept */
	void (*done)(struct fetch *f); /* on the loop that has started it */
	void *arg;

	/* the answer */
	enum fetch_end end;
	unsigned status;
	struct sbuf answer; /* the body, where it is kept */
	usec_t retry_after; /* 0: not said */
	char why[64];       /* of FETCH_FAILED, for people */

	/* of the fetcher */
	struct letter letter;
	struct list link;
	struct loop *home;
	struct fetcher *fetcher;
	void *easy, *slist;
	size_t answer_bytes, head_bytes;
	bool was_refused, was_too_long;
};

/* Starts the thread. ERR_BUSY. config is copied but for what it says is borrowed. */
must_check enum err fetcher_new(const struct fetch_config *config, struct fetcher **ret_fetcher);

/* Ends the thread; requests that have not ended are freed, and done is not called for them. */
void fetcher_free(struct fetcher **f);

struct fetch *fetch_new(void) __attribute__((returns_nonnull));
void fetch_free(struct fetch **f);

/* Adds "name: value"; value must hold no line ends. */
void fetch_header(struct fetch *f, struct str name, struct str value);

/* The value of a field of the answer's head, or unset; lives as long as f. After done only. */
struct str fetch_answer_field(const struct fetch *f, const char *name);

/* Hands f over. ERR_BUSY (f stays the caller's): too many wait. From any loop. */
must_check enum err fetch_start(struct fetcher *fetcher, struct fetch *f);

/* Whether a request there has a chance: ERR_INVALID: no URL, or not HTTPS; ERR_DENIED: it names an
 * address that is not public. Names are not looked up. Any thread. */
must_check enum err fetch_check(const struct fetcher *fetcher, struct str url);
