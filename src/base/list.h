/* SPDX-License-Identifier: Apache-2.0 */
/* Doubly linked list whose links live in the elements; the head is a link too. Owns nothing. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct list {
	struct list *prev, *next;
};

#define LIST_INIT(head)                                                                            \
	{                                                                                          \
		.prev = &(head), .next = &(head)                                                   \
	}

static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

/* True for an empty head and for an element that stands in no list (after list_init or
 * list_remove). */
static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts item in front of at; with the head as at: at the end. */
static inline void list_insert(struct list *at, struct list *item)
{
	item->prev = at->prev;
	item->next = at;
	at->prev->next = item;
	at->prev = item;
}

static inline void list_append(struct list *head, struct list *item)
{
	list_insert(head, item);
}

static inline void list_prepend(struct list *head, struct list *item)
{
	list_insert(head->next, item);
}

/* Takes item out; harmless on one that stands in no list. */
static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

/* The element of the link, as its type. */
#define list_entry(link, type, member) container_of(link, type, member)

/* Walks the list; the current element may be removed or freed, no other one. */
#define list_each(link, head)                                                                      \
	for (struct list *link = (head)->next, *link##_next = link->next; link != (head);          \
	     link = link##_next, link##_next = link->next)
