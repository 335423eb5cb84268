/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes (ISO/IEC 18004, libqrencode): as modules, and as text for a terminal. Any thread. */
#pragma once

#include "base/sbuf.h"

enum {
	QR_TEXT_MAX = 1024, /* bytes */
	QR_SIDE_MAX = 177,  /* modules */
	QR_QUIET = 4,       /* modules of white around the code */
};

struct qr {
	int side; /* modules, without the quiet ones */
	bool is_dark[QR_SIDE_MAX * QR_SIDE_MAX];
};

/* ERR_TOO_BIG: text is longer than QR_TEXT_MAX. */
must_check enum err qr_encode(struct str text, struct qr *ret_qr);

/* Appends it as lines of half blocks, black on white by escape sequences, whatever the colours of
 * the terminal. ERR_TOO_BIG also past out's limit. */
must_check enum err qr_write_terminal(struct sbuf *out, struct str text);
