/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log lines: a constant message, typed fields, and the fields of a context chain. No
 * format strings. Message bodies and secrets are never fields. Any thread; a line is written whole.
 */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };
enum log_form { LOG_TEXT, LOG_JSON };

enum log_kind { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_BOOL };

struct log_field {
	const char *key;
	enum log_kind kind;
	union {
		struct str s;
		int64_t i;
		bool b;
	};
};

#define F_STR(k, v)  ((struct log_field){ .key = (k), .kind = LOG_FIELD_STR, .s = (v) })
#define F_INT(k, v)  ((struct log_field){ .key = (k), .kind = LOG_FIELD_INT, .i = (int64_t)(v) })
#define F_BOOL(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_BOOL, .b = (v) })
#define F_ERR(v)     F_STR("error", str_from(err_text(v)))

/* What a line is about; contexts are chained (worker, connection, session), each owned by whom it
 * describes. */
struct log_ctx {
	const struct log_ctx *parent; /* or NULL */
	struct log_field field;
};

/* Lines above this level are dropped. Default LOG_INFO; may be changed at any time. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Names "error", "warn", "info", "debug", "trace". ERR_INVALID for anything else. */
must_check enum err log_level_parse(struct str name, enum log_level *ret_level);
struct str log_level_name(enum log_level level);

/* Text for people or one JSON object a line. Set at start, before other threads run. */
void log_set_form(enum log_form form);

/* Where lines go: default is stderr. Tests put their own; NULL goes back. */
void log_set_sink(void (*sink)(struct str line));

/* Writes a line; use the macros. ctx may be NULL. */
void log_write(enum log_level level, const struct log_ctx *ctx, const char *message,
	       const struct log_field *fields, size_t count);

#define LOG_LINE(level, ctx, message, ...)                                                         \
	do {                                                                                       \
		if ((level) <= log_get_level())                                                    \
			log_write((level), (ctx), "" message,                                      \
				  (const struct log_field[]){ __VA_ARGS__ },                       \
				  sizeof((const struct log_field[]){ __VA_ARGS__ }) /              \
					  sizeof(struct log_field));                               \
	} while (0)

#define log_error(ctx, message, ...) LOG_LINE(LOG_ERROR, ctx, message, __VA_ARGS__)
#define log_warn(ctx, message, ...)  LOG_LINE(LOG_WARN, ctx, message, __VA_ARGS__)
#define log_info(ctx, message, ...)  LOG_LINE(LOG_INFO, ctx, message, __VA_ARGS__)
#define log_debug(ctx, message, ...) LOG_LINE(LOG_DEBUG, ctx, message, __VA_ARGS__)
#define log_trace(ctx, message, ...) LOG_LINE(LOG_TRACE, ctx, message, __VA_ARGS__)
