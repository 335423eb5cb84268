/* SPDX-License-Identifier: Apache-2.0 */
/* Delayed delivery (XEP-0203 2.0): when a stanza was really sent. Any thread. */
#pragma once

#include "base/clock.h"
#include "xml/tree.h"

/* Adds <delay/> to el: by whom (from, a JID, borrowed; STR_NONE: not said) it was held back, and
 * since when. Those that are there already stay. */
void delay_add(struct arena *a, struct xml *el, struct str from, usec_t wall);

/* Takes out the <delay/>s of el that say they are from this JID: nobody else may speak for it. */
void delay_strip(struct xml *el, struct str from);
