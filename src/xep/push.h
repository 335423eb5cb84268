/* SPDX-License-Identifier: Apache-2.0 */
/* Push notifications (XEP-0357 0.4.1): what a client asks for, and what is published to its app
 * server. With the priority that clients of Tigase's family ask for (tigase:push:priority:0). Any
 * thread. */
#pragma once

#include "xmpp/condition.h"

enum {
	PUSH_NODE_MAX = 1024,     /* bytes of a node's name */
	PUSH_FORM_MAX = 4 * 1024, /* bytes of the publish options, as they are written */
	PUSH_WEB_KEY = 65,        /* bytes of a browser's key (RFC 8291 3.1): a point */
	PUSH_WEB_AUTH = 16,       /* bytes of its secret */
};

/* How much of a message a browser is told: what goes there is encrypted from here to it. */
enum push_content { PUSH_CONTENT_BODY, PUSH_CONTENT_SENDER, PUSH_CONTENT_NONE };

/* A form of the type urn:parley:webpush:0 (docs/push.md): a push service of the web (RFC 8030), or
 * one that UnifiedPush knows. */
struct push_web {
	struct str endpoint; /* empty: there is no such form */
	struct str key;      /* PUSH_WEB_KEY bytes; empty: nothing is told, it is only woken */
	struct str auth;     /* PUSH_WEB_AUTH bytes; the same */
	enum push_content content;
	bool is_anonymous; /* without the server's signature (RFC 8292) */
};

/* <enable/>; in the arena, or views of what was read. */
struct push_enable {
	struct jid jid;         /* of the app server */
	struct str node;        /* empty: none was named */
	const struct xml *form; /* publish options that go with every notification; NULL: none */
	bool has_priority;      /* it wants to be told how urgent a notification is */
	struct push_web web;
};

/* <disable/> */
struct push_disable {
	struct jid jid;
	struct str node; /* without pointer: all of the app server's */
};

/* Why a request was refused. */
struct push_fault {
	enum condition condition;
	struct str text; /* a literal */
};

/* Reads {urn:xmpp:push:0}enable and disable. False: *ret_fault says why not. */
must_check bool push_enable_read(const struct xml *el, struct arena *a,
				 struct push_enable *ret_enable, struct push_fault *ret_fault);
must_check bool push_disable_read(const struct xml *el, struct arena *a,
				  struct push_disable *ret_disable, struct push_fault *ret_fault);

/* What a notification says. */
struct push_summary {
	unsigned messages; /* that the device has not seen */
	unsigned requests; /* subscription requests, the same; 0: not told */
	struct str sender; /* empty: not told */
	struct str body;   /* empty: not told, or nothing that people read */
	bool is_urgent;
};

/* To whom, from whom. */
struct push_address {
	struct str from, to, id;
	struct str node;
	const struct xml *form; /* publish options as the client gave them; NULL: none */
	bool has_priority;
};

/* The iq that publishes it; strings are borrowed. */
struct xml *push_publish_new(struct arena *a, const struct push_address *address,
			     const struct push_summary *summary);

/* What an app server's error means (XEP-0357 7.1): whether to publish there again is no use. */
bool push_is_final(enum condition c, struct str type);

/* The node from which the app server to has taken the right to publish of the account jid (XEP-0357
 * 8), or without pointer: el is no such message. */
struct str push_withdrawn(const struct xml *message, struct jid account, struct arena *a);
