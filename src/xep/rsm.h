/* SPDX-License-Identifier: Apache-2.0 */
/* Result set management (XEP-0059 1.0): which page is asked for, and what the page says of itself.
 * Any thread. */
#pragma once

#include "xml/tree.h"

enum { RSM_ID_MAX = 1024 /* bytes of an id that a peer may send */ };

/* What is asked for. */
struct rsm {
	bool is_set;  /* there is a <set/> at all */
	bool has_max; /* 0 asks for the count alone */
	uint32_t max;
	struct str after;  /* set: the page behind this id */
	struct str before; /* set: the page in front of this id; set and empty: the last page */
	bool has_index;
	uint64_t index; /* of the page's first item */
};

/* Reads the <set/> inside parent; texts are views, or live in the arena. Without one everything is
 * unset. ERR_INVALID: numbers that are none, more than one <set/>, an empty <after/>, or more than
 * one of after, before and index. ERR_TOO_BIG: an id past RSM_ID_MAX. */
must_check enum err rsm_read(const struct xml *parent, struct arena *a, struct rsm *ret_rsm);

/* What a page says. */
struct rsm_page {
	struct str first, last; /* ids of its ends; unset: it is empty */
	bool has_index;
	uint64_t index; /* of first */
	bool has_count;
	uint64_t count; /* of the whole result */
};

/* Adds <set/> to parent; ids are borrowed. */
void rsm_write(struct arena *a, struct xml *parent, const struct rsm_page *page);
