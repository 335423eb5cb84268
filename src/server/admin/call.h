/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the control socket that is being carried out, and what a command is. Everything here
 * runs on the loop of the control socket. */
#pragma once

#include "base/clock.h"
#include "base/str.h"
#include "server/transfer/intake.h"

#include <jansson.h>

struct accounts;
struct admin_call;
struct home;
struct store;
struct transfer;

enum admin_arg_type {
	ADMIN_STR,    /* text */
	ADMIN_INT,    /* whole number */
	ADMIN_BOOL,   /* a switch: --name */
	ADMIN_PATH,   /* of a file: the tool makes it absolute */
	ADMIN_SECRET, /* text that the tool reads from stdin without echo, and that nobody logs */
};

struct admin_arg {
	const char *name; /* NULL ends the list */
	enum admin_arg_type type;
	bool is_required;
	bool is_positional; /* stands without --name, in the order of the list */
	const char *help;   /* one sentence */
};

/* A row of the table in commands.c. */
struct admin_command {
	const char *words; /* "user add"; NULL ends a list */
	const char *help;  /* one sentence */
	const struct admin_arg *args;
	/* Carries it out; answers now or later with admin_reply or admin_fail, exactly once. */
	void (*run)(struct admin_call *call);
};

/* A bound session as the administrator sees it. */
struct admin_session {
	struct str jid;    /* full */
	struct str peer;   /* address of the client; empty while detached */
	struct str client; /* name and version as the client told them, or empty */
	usec_t wall_since;
	bool is_secure;   /* TLS */
	bool is_detached; /* waits to be resumed (XEP-0198) */
};

/* An external component as the administrator sees it. */
struct admin_component {
	struct str domain;
	bool is_connected;
	struct str peer; /* its address; empty when it is not connected */
	usec_t wall_since;
	size_t unsent; /* bytes that wait for it */
};

/* A stream of another server, or to one, as the administrator sees it. */
struct admin_stream {
	struct str domain, ours; /* theirs, empty as long as nobody has logged in; ours */
	const char *direction, *state;
	struct str peer;       /* its address, where it has connected to us */
	usec_t wall_since;     /* since when it is open; 0: it is not */
	size_t waiting, bytes; /* stanzas for it */
	struct str trouble;    /* why it is not open; may be empty */
};

/* A client of an account as the administrator sees it: see route/clients.h. */
struct admin_client {
	struct str id, software, device;
	struct str mechanism; /* of the last login */
	usec_t wall_first, wall_last;
	bool is_connected, knows_password, has_token;
};

/* Where an account is told of what it misses, as the administrator sees it: see server/push. */
struct admin_push {
	struct str service, node, room, device, answer;
	usec_t wall_enabled, wall_pushed, wall_answered; /* 0: never */
	unsigned failures, waiting;
	bool is_web, is_disabled;
};

/* A backup that was made. */
struct admin_backup {
	uint64_t files, bytes, accounts, messages;
	usec_t took;
};

/* The server's certificate as the administrator sees it. Digests are hexadecimal. */
struct admin_certificate {
	const char *source;      /* "files", "acme" or "self-signed" */
	const struct str *names; /* host names */
	size_t name_count;
	struct str issuer, fingerprint, key_digest;
	usec_t wall_from, wall_until;
	bool is_renewed;                          /* by the server; the rest is about that */
	bool is_running;                          /* one is being got now */
	struct str directory, account_url, error; /* error: of the last failure, or empty */
	usec_t wall_renew, wall_tried;            /* 0: never */
	unsigned failures;
};

/* What one check of the installation has found. */
struct admin_finding {
	const char *check;  /* a word, a promise to scripts */
	char grade;         /* A: fine, to F: does not work, or is not safe */
	const char *advice; /* what to do; empty where it is fine */
	char text[256];
};

/* What the commands work with; made by the server, lives longer than the control socket. */
struct admin_config {
	struct str data_dir, domain, version;
	usec_t wall_started;
	struct store *store;
	struct accounts *accounts;
	struct transfer *transfer; /* NULL: none */
	struct home
		*home; /* of the loop that the socket is on; NULL: what needs it is unsupported */
	void *owner;   /* first argument of the functions below; a function that is NULL makes its
			  commands answer "unsupported" */

	/* Lists at most max sessions, of the bare JID user or (unset) of everybody. fn is called
	 * once on this loop, at once or later; the sessions are valid during the call. */
	void (*list_sessions)(void *owner, struct str user, unsigned max,
			      void (*fn)(void *arg, const struct admin_session *sessions,
					 size_t count),
			      void *arg);

	/* What an account may have, as the settings are now. */
	struct intake_limits (*import_limits)(void *owner);

	/* Removes an account that is disabled already, and all that it has: see
	 * route/removal.h. NULL: without its sessions and contacts. */
	void (*remove_account)(void *owner, struct str jid, void (*fn)(void *arg, enum err e),
			       void *arg);

	/* Lists the clients of an account; and signs one of them out (ERR_DENIED: it can come back,
	 * it knows the password; ERR_NOT_FOUND). Both answer later. */
	void (*list_clients)(void *owner, struct str user,
			     void (*fn)(void *arg, enum err e, const struct admin_client *clients,
					size_t count),
			     void *arg);
	void (*remove_client)(void *owner, struct str user, struct str id,
			      void (*fn)(void *arg, enum err e), void *arg);

	/* Lists where an account has pushes sent. As list_clients. */
	void (*list_pushes)(void *owner, struct str user,
			    void (*fn)(void *arg, enum err e, const struct admin_push *pushes,
				       size_t count),
			    void *arg);

	/* Ends the session of a full JID, or all of a bare one, the detached ones too. fn gets
	 * their number, once, on this loop, when they can send and receive nothing more. */
	void (*end_sessions)(void *owner, struct str jid, void (*fn)(void *arg, size_t count),
			     void *arg);

	/* Makes a backup at path (server/backup/backup.h). fn is called once; text says what went
	 * wrong. backups is its first argument. */
	void *backups;
	void (*make_backup)(void *backups, struct str path,
			    void (*fn)(void *arg, enum err e, const char *text,
				       const struct admin_backup *made),
			    void *arg);

	/* Examines the installation. fn is called once; ERR_BUSY: it is being examined. doctor is
	 * its first argument. */
	void *doctor;
	void (*examine)(void *doctor,
			void (*fn)(void *arg, enum err e, const struct admin_finding *findings,
				   size_t count),
			void *arg);

	/* The lines of the DNS zone that the server needs; address: of this machine, or empty. fn
	 * is called at once. doctor is the first argument. */
	void (*list_zone)(void *doctor, struct str address,
			  void (*fn)(void *arg, const struct str *lines, size_t count), void *arg);

	/* Adds (why: the reason, may be empty) or removes an address that is blocked for everybody,
	 * prepared (model/banlist.h). fn is called when it holds everywhere. bans is its first
	 * argument. */
	void *bans;
	void (*change_bans)(void *bans, struct str address, struct str why, bool is_added,
			    void (*fn)(void *arg, enum err e), void *arg);

	/* Lists streams of other servers, and to them. As list_sessions. */
	void (*list_streams)(void *owner,
			     void (*fn)(void *arg, const struct admin_stream *streams,
					size_t count),
			     void *arg);

	/* Tries to reach the server of a domain, prepared; why is empty if it has worked, else a
	 * sentence. fn is called once. */
	void (*test_server)(void *owner, struct str domain, void (*fn)(void *arg, struct str why),
			    void *arg);

	/* Shows the certificate. fn is called at once. certifier is the first argument of both. */
	void *certifier;
	void (*show_certificate)(void *certifier,
				 void (*fn)(void *arg, const struct admin_certificate *certificate),
				 void *arg);

	/* Gets a new one. fn is called once, later; ERR_UNSUPPORTED: that is not set up; ERR_BUSY:
	 * one is being got; else why is a sentence. */
	void (*renew_certificate)(void *certifier,
				  void (*fn)(void *arg, enum err e, struct str why), void *arg);

	/* Lists the external components. As list_sessions. */
	void (*list_components)(void *owner,
				void (*fn)(void *arg, const struct admin_component *components,
					   size_t count),
				void *arg);
};

struct admin_call {
	const struct admin_command *command;
	const struct admin_config *config;
	json_t *args; /* object; checked against the command's list */
	void *state;  /* of the command, between its steps */
	/* Set by who made the call: takes the answer {"ok":…}; the call may be gone afterwards. */
	void (*answer)(struct admin_call *call, json_t *answer);
};

/* An argument, or STR_NONE, false, otherwise. Views live as long as the call. */
struct str admin_arg_str(const struct admin_call *call, const char *name);
bool admin_arg_bool(const struct admin_call *call, const char *name);
int64_t admin_arg_int(const struct admin_call *call, const char *name, int64_t otherwise);

/* The argument "jid" as an account of this server, prepared, in a; or false: the call is answered.
 */
bool admin_owner(struct admin_call *call, struct arena *a, struct str *ret_owner);

/* Answers {"ok":true,"result":result}; takes result (NULL: null). The call must not be used
 * afterwards. */
void admin_reply(struct admin_call *call, json_t *result);

/* Answers {"ok":false,"error":{"code":code,"text":…}}. Codes are short words with '-', a promise to
 * scripts; the text is for people. */
void admin_fail(struct admin_call *call, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* admin_fail with the code that stands for e. */
void admin_fail_err(struct admin_call *call, enum err e, struct str what);

/* A JSON string of s. Bytes that are no UTF-8 give an empty one, a character cut at the end goes.
 */
json_t *admin_json_str(struct str s);

/* Time as "2026-11-22T01:02:03Z". */
json_t *admin_json_time(usec_t wall);
