/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the load tool's options, see options.h. */
#include "options.h"

#include <stdio.h>

struct option_row {
	const char *name;
	size_t offset;
	uint64_t min, max; /* both 0: text */
	const char *help;
};

#define TEXT(name, field, help)                                                                    \
	{                                                                                          \
		name, offsetof(struct options, field), 0, 0, help                                  \
	}
#define NUMBER(name, field, min, max, help)                                                        \
	{                                                                                          \
		name, offsetof(struct options, field), min, max, help                              \
	}

static const struct option_row rows[] = {
	TEXT("--host", host, "IPv4 address of the server, inside 127.0.0.0/8 (127.0.0.1)"),
	NUMBER("--port", port, 1, 65535, "its port (5222)"),
	TEXT("--domain", domain, "domain of the accounts (localhost)"),
	TEXT("--other-host", other_host,
	     "chat, register: server of the accounts with odd numbers, the same port"),
	TEXT("--other-domain", other_domain, "their domain: each pair talks between servers"),
	TEXT("--prefix", prefix, "accounts are PREFIX0, PREFIX1, ... (bee)"),
	TEXT("--password", password, "of all accounts (a fixed one: test accounts only)"),
	TEXT("--sasl", sasl, "scram (SHA-1) or plain (scram)"),
	TEXT("--tls", tls, "starttls or direct (starttls)"),
	TEXT("--wire", wire, "xmpp or relay: lines for the bare relay (xmpp)"),
	TEXT("--keys", keys, "file that keeps hashed passwords from run to run"),
	NUMBER("--users", users, 1, USERS_MAX, "accounts, one connection each (200)"),
	NUMBER("--window", window, 1, 1000, "chat, closed loop: messages in flight a pair (1)"),
	NUMBER("--rate", rate, 0, 1000000,
	       "chat, open loop: messages a second; 0: closed loop (0)"),
	NUMBER("--body", body, 64, 16384, "bytes of a message's body (100)"),
	NUMBER("--concurrency", concurrency, 1, 1000, "logins at a time (32)"),
	NUMBER("--from-addr", from_addr, 1, 60000, "source addresses from 127.0.0.1 upward (1)"),
	NUMBER("--total", total, 1, 1000000, "login: logins in all (1000)"),
	NUMBER("--messages", messages, 2, 1000000, "archive: messages in each archive (1000)"),
	NUMBER("--page", page, 1, 250, "archive: messages a page (50)"),
	NUMBER("--readers", readers, 1, USERS_MAX, "archive: clients that page at a time (8)"),
	NUMBER("--rooms", rooms, 1, USERS_MAX, "rooms: the users are spread over so many (1)"),
	NUMBER("--senders", senders, 1, 100, "rooms: occupants of each that speak (5)"),
	NUMBER("--pid", pid, 0, 4194304,
	       "process whose use is read, with its descendants (0: none)"),
	NUMBER("--other-pid", other_pid, 0, 4194304,
	       "process of that server: its use is added (0: none)"),
	NUMBER("--sm", sm, 0, 1, "1: enable stream management (0)"),
	NUMBER("--warmup", warmup_ms, 0, 60000,
	       "chat, archive, rooms: ms before the measured window (2000)"),
	NUMBER("--measure", measure_ms, 100, 120000,
	       "chat, archive, rooms: ms of the measured window (6000)"),
	NUMBER("--drain", drain_ms, 0, 60000,
	       "chat, archive, rooms: ms at the end to wait for what is under way (15000)"),
	NUMBER("--hold", hold_ms, 0, 120000,
	       "idle: ms between the last login and the reading (2000)"),
	NUMBER("--limit", limit_ms, 1000, 600000, "the whole run ends after so many ms (120000)"),
};

static const char *const modes[] = {
	[MODE_REGISTER] = "register", [MODE_IDLE] = "idle",       [MODE_CHAT] = "chat",
	[MODE_LOGIN] = "login",       [MODE_ARCHIVE] = "archive", [MODE_ROOMS] = "rooms",
};

static void usage(void)
{
	(void)fprintf(stderr,
		      "usage: swarm register|idle|chat|login|archive|rooms [OPTION VALUE]...\n");
	for (size_t i = 0; i < array_len(rows); i++)
		(void)fprintf(stderr, "  %-14s %s\n", rows[i].name, rows[i].help);
}

static bool set_value(struct options *o, const struct option_row *row, const char *value)
{
	char *field = (char *)o + row->offset;
	uint64_t number;

	if (row->max == 0) {
		memcpy(field, &value, sizeof(value));
		return true;
	}
	if (str_to_u64(str_from(value), &number) || number < row->min || number > row->max) {
		(void)fprintf(stderr, "%s takes a number from %llu to %llu\n", row->name,
			      (unsigned long long)row->min, (unsigned long long)row->max);
		return false;
	}
	memcpy(field, &number, sizeof(number));
	return true;
}

static bool set_option(struct options *o, const char *name, const char *value)
{
	for (size_t i = 0; i < array_len(rows); i++)
		if (strcmp(rows[i].name, name) == 0 && value)
			return set_value(o, &rows[i], value);
	(void)fprintf(stderr, "%s: no such option, or no value\n", name);
	return false;
}

static bool set_mode(struct options *o, const char *word)
{
	for (size_t i = 0; i < array_len(modes); i++) {
		if (word && strcmp(modes[i], word) == 0) {
			o->mode = (enum mode)i;
			return true;
		}
	}
	usage();
	return false;
}

static bool is_one_of(const char *what, const char *value, const char *a, const char *b)
{
	if (strcmp(value, a) == 0 || strcmp(value, b) == 0)
		return true;
	(void)fprintf(stderr, "%s is %s or %s\n", what, a, b);
	return false;
}

static bool fits_mode(const struct options *o)
{
	bool is_archive = o->mode == MODE_ARCHIVE;

	if ((o->mode == MODE_CHAT || is_archive) && o->users % 2) {
		(void)fprintf(stderr, "an even number of users is needed: they come in pairs\n");
		return false;
	}
	if (is_archive && (o->messages % 2 || strcmp(o->wire, "relay") == 0)) {
		(void)fprintf(stderr, "archive needs XMPP and an even number of messages\n");
		return false;
	}
	if (!o->other_host != !o->other_domain ||
	    (o->other_host && o->mode != MODE_CHAT && o->mode != MODE_REGISTER)) {
		(void)fprintf(
			stderr,
			"--other-host and --other-domain come together, with chat or register\n");
		return false;
	}
	if (o->mode == MODE_ROOMS &&
	    (o->rooms * o->senders > o->users || strcmp(o->wire, "relay") == 0)) {
		(void)fprintf(stderr, "rooms needs XMPP, and users enough to speak in each\n");
		return false;
	}
	return true;
}

bool options_read(int argc, char **argv, struct options *ret_o)
{
	struct options o = {
		.host = "127.0.0.1",
		.domain = "localhost",
		.prefix = "bee",
		.password = "only-for-load-tests",
		.sasl = "scram",
		.tls = "starttls",
		.wire = "xmpp",
		.port = 5222,
		.users = 200,
		.window = 1,
		.body = 100,
		.concurrency = 32,
		.from_addr = 1,
		.total = 1000,
		.messages = 1000,
		.page = 50,
		.readers = 8,
		.rooms = 1,
		.senders = 5,
		.warmup_ms = 2000,
		.measure_ms = 6000,
		.drain_ms = 15000,
		.hold_ms = 2000,
		.limit_ms = 120000,
	};

	if (!set_mode(&o, argc > 1 ? argv[1] : NULL))
		return false;
	for (int i = 2; i < argc; i += 2)
		if (!set_option(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
			return false;
	if (!is_one_of("--sasl", o.sasl, "scram", "plain") ||
	    !is_one_of("--tls", o.tls, "starttls", "direct") ||
	    !is_one_of("--wire", o.wire, "xmpp", "relay"))
		return false;
	if (!fits_mode(&o))
		return false;
	*ret_o = o;
	return true;
}

const char *options_host(const struct options *o, uint64_t number)
{
	return o->other_host && number % 2 ? o->other_host : o->host;
}

const char *options_domain(const struct options *o, uint64_t number)
{
	return o->other_domain && number % 2 ? o->other_domain : o->domain;
}

bool options_is_relay(const struct options *o)
{
	return strcmp(o->wire, "relay") == 0;
}

bool options_is_scram(const struct options *o)
{
	return strcmp(o->sasl, "scram") == 0;
}

bool options_is_direct(const struct options *o)
{
	return options_is_relay(o) || strcmp(o->tls, "direct") == 0;
}
