/* SPDX-License-Identifier: Apache-2.0 */
/* Elements as Prosody keeps them in Lua tables. Any thread. */
#pragma once

#include "server/transfer/lua_data.h"
#include "xml/tree.h"

/* The element that a table {name=, attr={}, children…} is; NULL if it is none. An element that
 * names no namespace has that of its parent, the first one ns. Names are not looked at. */
struct xml *prosody_stanza(struct arena *a, const struct lua *v, struct str ns);

/* <configure/> (XEP-0060) of a node: v's key is its name, v true or its table. */
struct xml *prosody_node(struct arena *a, const struct lua *v);

/* The card (XEP-0054) that says what a vCard 4 (XEP-0292) does, which is all that Prosody keeps of
 * one; NULL if payload is none. Names, addresses in words and pictures do not come along. */
struct xml *prosody_card(struct arena *a, const struct xml *payload);
