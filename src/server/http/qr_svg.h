/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes as inline SVG. Any thread. */
#pragma once

#include "codec/qr.h"

/* Appends an <svg> element that shows text as a QR code, dark on white in every theme, with label
 * (escaped) as its name. ERR_TOO_BIG: text longer than QR_TEXT_MAX, or out's limit. */
must_check enum err qr_write_svg(struct sbuf *out, struct str text, struct str label);
