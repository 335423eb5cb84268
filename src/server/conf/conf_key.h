/* SPDX-License-Identifier: Apache-2.0 */
/* What a module says about its settings: rows of a table. And the sentence that tells people what
 * is wrong. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

enum conf_type {
	CONF_STR,      /* "text" */
	CONF_INT,      /* 12; bounds apply */
	CONF_BOOL,     /* true, false */
	CONF_SIZE,     /* "64KiB", "2MiB", or plain bytes; bounds in bytes */
	CONF_DURATION, /* "30s", "5m", "2h", "7d", "250ms"; bounds in usec */
	CONF_ADDR,     /* "host:port", "[v6]:port", "" for off */
	CONF_LIST,     /* [ "a", "b" ] of strings */
	CONF_GROUPS,   /* ( { ... }, { ... } ) of groups; bounds: how many */
};

/* One setting. path has dots between groups: "listen.xmpp". def is the text of the default as it
 * would stand in the file. What the groups of a CONF_GROUPS key "rows" have are rows of the same
 * table behind it, "rows.*.name": their def is that of a group which leaves them out. */
struct conf_key {
	const char *path;
	enum conf_type type;
	const char *def;
	int64_t min, max; /* INT, SIZE (bytes), DURATION (usec); both 0: any */
	const char *help; /* one sentence */
};

/* A module's keys, ended by a row without path. */
struct conf_table {
	const char *module; /* heading in docs/config.md */
	const struct conf_key *keys;
};

/* What is wrong, for people: "parley.conf:12: unknown key 'limtis', did you mean 'limits'?" */
struct blame {
	char text[512];
};
