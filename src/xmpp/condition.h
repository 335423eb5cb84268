/* SPDX-License-Identifier: Apache-2.0 */
/* Stanza and stream error conditions (RFC 6120 8.3.3 and 4.9.3), and replies. */
#pragma once

#include "xmpp/stanza.h"

enum condition {
	COND_BAD_REQUEST,
	COND_CONFLICT,
	COND_FEATURE_NOT_IMPLEMENTED,
	COND_FORBIDDEN,
	COND_GONE,
	COND_INTERNAL_SERVER_ERROR,
	COND_ITEM_NOT_FOUND,
	COND_JID_MALFORMED,
	COND_NOT_ACCEPTABLE,
	COND_NOT_ALLOWED,
	COND_NOT_AUTHORIZED,
	COND_POLICY_VIOLATION,
	COND_RECIPIENT_UNAVAILABLE,
	COND_REDIRECT,
	COND_REGISTRATION_REQUIRED,
	COND_REMOTE_SERVER_NOT_FOUND,
	COND_REMOTE_SERVER_TIMEOUT,
	COND_RESOURCE_CONSTRAINT,
	COND_SERVICE_UNAVAILABLE,
	COND_SUBSCRIPTION_REQUIRED,
	COND_UNDEFINED_CONDITION,
	COND_UNEXPECTED_REQUEST,
};

/* Element name, and the error type that RFC 6120 8.3.3 gives the condition ("cancel", "modify",
 * ...). */
struct str condition_name(enum condition c);
struct str condition_type(enum condition c);

/* The reply to an iq get or set: type result, to and from swapped, same id, no children. */
struct xml *reply_result(struct arena *a, const struct stanza *s);

/* The error that answers s: kind kept, type error, to and from swapped, id kept, <error/> with the
 * condition and, where text is set, a text. The original payload is not echoed. Never call it for a
 * stanza of type error or an iq result (must). */
struct xml *reply_error(struct arena *a, const struct stanza *s, enum condition c, struct str text);

/* Who has found the error (RFC 6120 8.3.1), in el that reply_error has made; by is borrowed. */
void reply_error_by(struct arena *a, struct xml *el, struct str by);

/* Gives it the type wait: the same may be tried again later. */
void reply_error_wait(struct arena *a, struct xml *el);

/* Whether s may be answered with an error at all: not for type error and iq result. */
bool reply_may_error(const struct stanza *s);

enum stream_condition {
	STREAM_BAD_FORMAT,
	STREAM_BAD_NAMESPACE_PREFIX,
	STREAM_CONFLICT,
	STREAM_CONNECTION_TIMEOUT,
	STREAM_HOST_GONE,
	STREAM_HOST_UNKNOWN,
	STREAM_IMPROPER_ADDRESSING,
	STREAM_INTERNAL_SERVER_ERROR,
	STREAM_INVALID_FROM,
	STREAM_INVALID_NAMESPACE,
	STREAM_INVALID_XML,
	STREAM_NOT_AUTHORIZED,
	STREAM_NOT_WELL_FORMED,
	STREAM_POLICY_VIOLATION,
	STREAM_REMOTE_CONNECTION_FAILED,
	STREAM_RESET,
	STREAM_RESOURCE_CONSTRAINT,
	STREAM_RESTRICTED_XML,
	STREAM_SEE_OTHER_HOST,
	STREAM_SYSTEM_SHUTDOWN,
	STREAM_UNDEFINED_CONDITION,
	STREAM_UNSUPPORTED_ENCODING,
	STREAM_UNSUPPORTED_FEATURE,
	STREAM_UNSUPPORTED_STANZA_TYPE,
	STREAM_UNSUPPORTED_VERSION,
};

struct str stream_condition_name(enum stream_condition c);

/* <stream:error> with the condition and an optional text. */
struct xml *stream_error_new(struct arena *a, enum stream_condition c, struct str text);
