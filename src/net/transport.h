/* SPDX-License-Identifier: Apache-2.0 */
/* A byte pipe to a peer: tcp, tls over tcp, websocket over either. All kinds present this one face
 * upward; filters stack. A transport belongs to the loop of the thread that made it; all calls and
 * events happen there.
 *
 * Output: transport_send queues counted bytes; they leave at the end of the loop's turn in as few
 * writes and TLS records as possible, and cost no buffer when the kernel takes them at once. Input
 * comes in the loop's own receive buffer: it is valid during the event only. An idle transport
 * therefore owns no buffers. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/str.h"
#include "loop/loop.h"

struct transport;

enum transport_end {
	TRANSPORT_CLOSED,   /* the peer ended it in order */
	TRANSPORT_BROKEN,   /* reset, timeout, TLS alert */
	TRANSPORT_OVERFLOW, /* more unsent output than allowed */
	TRANSPORT_PROTOCOL, /* the peer broke the rules of the pipe itself: TLS records, websocket
			       frames */
};

/* What the owner wants to hear. Events come from the loop, never from inside a call of the owner to
 * the transport. */
struct transport_events {
	/* data arrived; valid during the call. For a websocket: exactly one message. The owner may
	 * call transport_free from inside. */
	void (*on_data)(void *owner, struct str data);
	/* A handshake (TLS, websocket upgrade) is done; optional. */
	void (*on_ready)(void *owner);
	/* The pipe ended; nothing more comes. The owner still has to call transport_free. */
	void (*on_end)(void *owner, enum transport_end why);
	/* All output has left, after transport_unsent was above 0; optional. */
	void (*on_drained)(void *owner);
};

enum channel_binding { CB_TLS_EXPORTER, CB_TLS_SERVER_END_POINT };

enum { CHANNEL_BINDING_MAX = 64 /* bytes */ };

struct transport_ops {
	void (*send)(struct transport *t, struct bytes *data);
	void (*write)(struct transport *t, struct str data);
	void (*pause)(struct transport *t, bool is_paused);
	void (*close)(struct transport *t);
	void (*free)(struct transport *t);
	size_t (*unsent)(const struct transport *t);
	bool (*is_secure)(const struct transport *t);
	bool (*is_framed)(const struct transport *t);
	size_t (*binding)(const struct transport *t, enum channel_binding kind, uint8_t *buf);
	struct str (*peer_name)(const struct transport *t);
	/* NULL: never any */
	size_t (*addresses)(const struct transport *t, struct arena *a, struct str *ret_addresses,
			    size_t max);
};

struct transport {
	const struct transport_ops *ops;
	const struct transport_events *events;
	void *owner;
};

/* (Re)sets who hears the events. */
static inline void transport_own(struct transport *t, const struct transport_events *events,
				 void *owner)
{
	t->events = events;
	t->owner = owner;
}

/* Queues data (takes a count of its own). With more than the listener's output limit waiting, the
 * transport ends with TRANSPORT_OVERFLOW. After the end it does nothing. For a websocket: data is
 * one message. */
static inline void transport_send(struct transport *t, struct bytes *data)
{
	t->ops->send(t, data);
}

/* For filters: passes data on at once and copies only what does not leave now. What waits this way
 * is not held to the output limit: the filter bounds it, by looking at transport_unsent before it
 * makes more. Never calls an event. */
static inline void transport_write(struct transport *t, struct str data)
{
	t->ops->write(t, data);
}

/* Stops and restarts reading (flow control). What was received already may still come after a stop:
 * at most one receive buffer (64 KiB). */
static inline void transport_pause(struct transport *t, bool is_paused)
{
	t->ops->pause(t, is_paused);
}

/* Ends the pipe in order once all output has left (close_notify, close frame, FIN), at the latest
 * after CLOSE_LINGER_USEC. on_end follows; on_data does not come any more. */
static inline void transport_close(struct transport *t)
{
	t->ops->close(t);
}
#define CLOSE_LINGER_USEC (5 * USEC_PER_SEC)

/* Ends at once and frees; output that has not left is lost. The pointer is NULL then. No event
 * follows. */
static inline void transport_free(struct transport **t)
{
	if (*t)
		(*t)->ops->free(*t);
	*t = NULL;
}

/* Bytes queued and not yet taken by the kernel. */
static inline size_t transport_unsent(const struct transport *t)
{
	return t->ops->unsent(t);
}

/* Whether the bytes are encrypted between the peer and this process. */
static inline bool transport_is_secure(const struct transport *t)
{
	return t->ops->is_secure(t);
}

/* Whether each on_data is one whole message (websocket) and each send becomes one. */
static inline bool transport_is_framed(const struct transport *t)
{
	return t->ops->is_framed(t);
}

/* Channel binding data (RFC 9266, RFC 5929) into buf (CHANNEL_BINDING_MAX bytes); 0 if there is
 * none of that kind. */
static inline size_t transport_binding(const struct transport *t, enum channel_binding kind,
				       uint8_t *buf)
{
	return t->ops->binding(t, kind, buf);
}

/* The peer's address without port, as text, for limits and logs; as a trusted proxy gave it. Lives
 * as long as the transport. */
static inline struct str transport_peer(const struct transport *t)
{
	return t->ops->peer_name(t);
}

/* What the client's certificate, verified, says who it is: its id-on-xmppAddr (RFC 6120, 13.7.1.4)
 * as they stand there, at most max, in the arena; how many. The subject is not looked at. */
static inline size_t transport_addresses(const struct transport *t, struct arena *a,
					 struct str *ret_addresses, size_t max)
{
	return t->ops->addresses ? t->ops->addresses(t, a, ret_addresses, max) : 0;
}
