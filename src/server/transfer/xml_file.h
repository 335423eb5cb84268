/* SPDX-License-Identifier: Apache-2.0 */
/* An XML file of any size, tag by tag: where tags and whole elements begin and end, and on which
 * line. What is in them is xml/build's to judge. Comments and processing instructions may stand
 * between tags, a DTD nowhere. Blocking; one thread. */
#pragma once

#include "base/err.h"
#include "base/sbuf.h"

enum {
	XML_FILE_TAG_MAX = 64 * 1024,            /* bytes of one tag, comment or instruction */
	XML_FILE_ELEMENT_MAX = 16 * 1024 * 1024, /* bytes of an element that is taken whole */
};

enum xml_mark {
	XML_MARK_OPEN,  /* <name …> */
	XML_MARK_EMPTY, /* <name …/> */
	XML_MARK_CLOSE, /* </name> */
	XML_MARK_END,   /* of the file */
};

struct xml_file {
	int fd;
	struct sbuf buf;
	size_t at;     /* of buf: what is not yet taken */
	size_t marked; /* bytes of the tag that stands at at */
	unsigned line; /* of at, from 1 */
	bool is_begun, is_over;
	const char *fault; /* why ERR_INVALID, constant */
};

/* Takes fd. */
void xml_file_init(struct xml_file *f, int fd);
void xml_file_done(struct xml_file *f);

/* Goes to the next tag and says what it is, without taking it. ERR_INVALID (see fault): text, a
 * DTD, what is no XML, too long a tag; ERR_IO. */
must_check enum err xml_file_next(struct xml_file *f, enum xml_mark *ret_mark);

/* The tag that xml_file_next found, from '<' to '>'; valid until the next call. */
struct str xml_file_tag(const struct xml_file *f);

/* Goes behind that tag. */
void xml_file_pass(struct xml_file *f);

/* The whole element that the tag (OPEN, EMPTY) begins; goes behind it. The view is valid until the
 * next call. ERR_INVALID, ERR_IO as above. */
must_check enum err xml_file_take(struct xml_file *f, struct str *ret_text);

/* Goes behind such an element, however large it is. */
must_check enum err xml_file_skip(struct xml_file *f);
