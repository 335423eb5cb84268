/* SPDX-License-Identifier: Apache-2.0 */
/* An uploaded file (XEP-0363): what is known of it, how that looks in the store, and the slot that
 * lets a client send it: a text that only we can write. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"

enum {
	UPLOAD_ID_LEN = 26,         /* characters of [a-z2-7]: that of its blob */
	UPLOAD_NAME_MAX = 255,      /* bytes */
	UPLOAD_TYPE_MAX = 127,      /* bytes of a media type, parameters included */
	UPLOAD_ROW_MAX = 4 * 1024,  /* bytes in the store */
	UPLOAD_SLOT_MAX = 8 * 1024, /* bytes of a slot as text */
	UPLOAD_KEY = 32,            /* bytes of the key that signs slots */
};

/* XEP-0363 4: what a file is for decides how long it is kept. */
enum upload_purpose {
	UPLOAD_MESSAGE,
	UPLOAD_PROFILE,
	UPLOAD_EPHEMERAL,
	UPLOAD_PERMANENT,
	UPLOAD_PURPOSES
};

struct upload {
	struct str id;
	struct str owner; /* bare JID of the account */
	struct str name;  /* as upload_clean_name gives it */
	struct str type;  /* media type as the client said; may be empty */
	struct str hash;  /* SHA-256 of the content in hex; empty: it is not whole yet */
	uint64_t size;    /* bytes, when it is whole */
	enum upload_purpose purpose;
	usec_t wall_made; /* in a slot: when that was given */
	usec_t wall_end;  /* it is not there any more from then on; 0: never */
};

/* Rows of all files, by id: their owner is the domain of the service. And those of an account, by
 * id, with the same values. */
#define UPLOAD_SPACE    STR("upload")
#define UPLOAD_OF_SPACE STR("uploads")

/* The word for a purpose; and the other way round: ERR_NOT_FOUND. */
struct str upload_purpose_name(enum upload_purpose purpose);
must_check enum err upload_purpose_parse(struct str word, enum upload_purpose *ret_purpose);

/* The name that a file gets: what stands behind the last path separator, without control and
 * direction characters, cut (in front of its ending) to UPLOAD_NAME_MAX. Never empty, "." or "..".
 * text is UTF-8. */
struct str upload_clean_name(struct arena *a, struct str text);

/* Whether text is a media type (RFC 9110 8.3.1) that can be kept. */
bool upload_is_type(struct str text);

/* Whether both are the same media type, parameters aside. */
bool upload_is_same_type(struct str a, struct str b);

/* How a file may be given out, so that nothing in it runs in a browser. */
struct upload_manner {
	struct str type;
	bool is_inline; /* it may be shown; otherwise it can only be saved */
};

struct upload_manner upload_manner(struct str type);

/* As it is stored, behind its id; and back: views into value. ERR_INVALID for what no version of
 * this program wrote. */
struct str upload_encode(struct arena *a, const struct upload *u);
must_check enum err upload_decode(struct str id, struct str value, struct upload *ret_upload);

/* The slot for u (hash is left out). */
struct str upload_slot_write(struct arena *a, const uint8_t key[UPLOAD_KEY],
			     const struct upload *u);

/* Back, in the arena. ERR_INVALID: we did not write it. Its age is not looked at. */
must_check enum err upload_slot_read(struct arena *a, const uint8_t key[UPLOAD_KEY],
				     struct str text, struct upload *ret_upload);
