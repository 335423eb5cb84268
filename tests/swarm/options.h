/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of the load tool does, from its command line. Every number has bounds, so every run
 * ends. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

#define USERS_MAX 20000

enum mode { MODE_REGISTER, MODE_IDLE, MODE_CHAT, MODE_LOGIN, MODE_ARCHIVE, MODE_ROOMS };

struct options {
	enum mode mode;
	const char *host, *domain, *prefix, *password;
	const char *sasl; /* "scram" or "plain" */
	const char *tls;  /* "starttls" or "direct" */
	const char *wire; /* "xmpp" or "relay" */
	const char *keys; /* file of hashed passwords from earlier runs, or NULL */
	const char *other_host, *other_domain; /* chat: of the odd accounts, or NULL */
	uint64_t port;
	uint64_t users;       /* accounts PREFIX0@domain, PREFIX1@domain, ... */
	uint64_t window;      /* closed loop: messages in flight a pair */
	uint64_t rate;        /* open loop: messages a second in all; 0: closed loop */
	uint64_t body;        /* bytes of a message's body */
	uint64_t concurrency; /* logins at a time */
	uint64_t from_addr;   /* source addresses 127.0.0.1 ... 127.x.y.z */
	uint64_t total;       /* logins of the login mode */
	uint64_t messages;    /* archive: of each account's archive, an even number */
	uint64_t page;        /* archive: messages a page */
	uint64_t readers;     /* archive: pages asked for at a time */
	uint64_t rooms;       /* rooms: the accounts are spread over so many */
	uint64_t senders;     /* rooms: occupants of each that speak */
	uint64_t pid;         /* of the server, 0: its use is not read */
	uint64_t other_pid;   /* chat: of the server of the odd accounts */
	uint64_t sm;          /* 1: XEP-0198 */
	uint64_t warmup_ms, measure_ms, drain_ms, hold_ms, limit_ms;
};

/* Reads argv. False: it is wrong, and stderr says how. */
bool options_read(int argc, char **argv, struct options *ret_o);

/* Where account number is, and its domain: every second one may be on another server. */
const char *options_host(const struct options *o, uint64_t number);
const char *options_domain(const struct options *o, uint64_t number);

bool options_is_relay(const struct options *o);
bool options_is_scram(const struct options *o);
bool options_is_direct(const struct options *o);
