/* SPDX-License-Identifier: Apache-2.0 */
/* What a bee says and hears from the first byte until it is ready. */
#pragma once

#include "bee.h"

/* The TCP connection stands: the first words. */
must_check enum err login_begin(struct bee *b);

/* The TLS handshake is through: the first words inside. */
must_check enum err login_secured(struct bee *b);

/* One piece while b is not ready yet. */
must_check enum err login_piece(struct bee *b, struct str piece);
