/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of an account between its nodes (XEP-0084) and its card (XEP-0153), as XEP-0398 has
 * it. There is one picture only: that of the nodes. A card that is set gives its picture to them,
 * and one that is read gets it from there, so that nothing can go round in circles. On the entity's
 * loop. */
#pragma once

#include "server/route/dispatch.h"

/* A card is about to be stored: publishes its picture if it is another one, and takes it out of the
 * card. One that has none, or none that can be published, ends what is shown. ERR_NO_SPACE,
 * ERR_TOO_BIG: the account's nodes have no room; the card is as it was. */
must_check enum err pep_avatar_take(struct dispatch *d, struct xml *card);

/* Where in PEP_DATA_SPACE the picture is that the sender of d may see, in the arena; empty: none.
 */
struct str pep_avatar_key(struct dispatch *d);

/* Puts the picture of a row of PEP_DATA_SPACE into the card, instead of what it has. The text must
 * live as long as the card, and is changed. */
void pep_avatar_give(struct dispatch *d, struct xml *card, struct str data);
