/* SPDX-License-Identifier: Apache-2.0 */
/* An XML stream over a transport: framing (RFC 6120 4, or RFC 7395 on a framed transport), opening
 * and closing tags, errors. Knows no stanzas: it hands out the text of whole elements. Runs on the
 * transport's loop. An idle stream owns no buffers. */
#pragma once

#include "base/sbuf.h"
#include "net/transport.h"
#include "xml/build.h"
#include "xmpp/condition.h"

struct stream;

/* What the owner hears. A function that gives false has freed the stream, or replaced its
 * transport: nothing more of this input is used. */
struct stream_events {
	/* The peer opened (or reopened) the stream; the default namespace is content_ns. open's
	 * attributes are valid during the call. */
	bool (*on_open)(void *owner, const struct xml *open);
	/* One element, whole; text is valid during the call. */
	bool (*on_element)(void *owner, struct str text);
	/* The peer closed the stream in order. */
	bool (*on_close)(void *owner);
	/* The peer broke the rules: the owner sends the error with stream_error. */
	bool (*on_fault)(void *owner, enum stream_condition why);
};

struct stream {
	struct transport *transport; /* the owner's */
	const struct stream_events *events;
	void *owner;
	const struct xml_limits *limits; /* may be changed between elements */
	struct str
		content_ns; /* jabber:client; an owner may set another one before the stream opens.
			       Its elements are read and written as if they were jabber:client. A
			       stream of jabber:server declares the prefix db (XEP-0220) */
	struct sbuf half;   /* what has come of an element that is not whole yet */
	struct sbuf held;   /* input that came while is_held */
	bool is_held;
	struct xml_scan scan;
	struct xml_scope *scope; /* owned: what the peer's opening tag declares; NULL: what every
				    stream does */
	struct str lang;         /* owned: xml:lang of the peer's opening tag; empty: none */
	bool is_framed;
	bool is_open_in, is_open_out; /* opening tag seen, sent */
	bool is_closed_out;
};

/* Prepares s on transport, whose events stay with the owner: it calls stream_feed from on_data. */
void stream_init(struct stream *s, struct transport *transport, const struct stream_events *events,
		 void *owner);
void stream_done(struct stream *s);

/* Input from the transport. */
void stream_feed(struct stream *s, struct str data);

/* While held, input is kept and not looked at: the owner waits for something. At most
 * STREAM_HELD_MAX bytes: pause the transport, too. Going on uses what was kept; the stream may be
 * gone afterwards. */
void stream_hold(struct stream *s);
void stream_go_on(struct stream *s);
enum { STREAM_HELD_MAX = 128 * 1024 };

/* A new stream begins on the same transport (after SASL), or on another one (after STARTTLS). */
void stream_restart(struct stream *s, struct transport *transport);

/* Sends the opening tag (with version 1.0 and xml:lang). to and id may be unset. */
void stream_send_open(struct stream *s, struct str from, struct str to, struct str id);

/* Sends an element; and one that is serialised for a stream whose default namespace is
 * jabber:client. */
void stream_send(struct stream *s, const struct xml *el);
void stream_send_bytes(struct stream *s, struct bytes *bytes);

/* Sends the error (opening the stream first if need be: from), closes the stream and the transport.
 */
void stream_error(struct stream *s, struct str from, enum stream_condition c, struct str text);

/* Closes the stream and the transport in order. */
void stream_close(struct stream *s);

/* The scope in which elements of such a stream are parsed; and of one that declares own is own (RFC
 * 6120 4.8.5). */
const struct xml_scope *stream_scope(bool is_framed);
static inline const struct xml_scope *stream_scope_or(const struct xml_scope *own, bool is_framed)
{
	return own ? own : stream_scope(is_framed);
}

/* A copy in one block, which the caller frees with mem_free; NULL of NULL. */
struct xml_scope *stream_scope_dup(const struct xml_scope *scope);

enum { STREAM_LANG_MAX = 64 /* bytes: a longer xml:lang is none */ };

/* Which stream error a fault of the XML is. */
enum stream_condition stream_condition_of(enum xml_fault fault);
