/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes as one SVG path: a run of dark modules is one rectangle of the path. Any thread. */
#include "server/http/qr.h"

#include "server/http/html.h"

#include <qrencode.h>

enum { QUIET = 4 /* modules of white around the code, ISO/IEC 18004 */ };

static void write_row(struct sbuf *out, const unsigned char *row, int width, int y)
{
	for (int x = 0; x < width; x++) {
		int from = x;

		while (x < width && (row[x] & 1))
			x++;
		if (x > from)
			sbuf_printf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from,
				    x - from);
	}
}

enum err qr_write_svg(struct sbuf *out, struct str text, struct str label)
{
	QRcode *code;
	int side;

	if (text.len > QR_TEXT_MAX)
		return ERR_TOO_BIG;
	code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
	if (!code)
		return ERR_TOO_BIG;
	side = code->width + 2 * QUIET;
	sbuf_lit(out, "<svg class=\"qr\" role=\"img\" aria-label=\"");
	html_add(out, label);
	sbuf_printf(out,
		    "\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		    "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
		    side, side, side, side);
	for (int y = 0; y < code->width; y++)
		write_row(out, code->data + (ptrdiff_t)y * code->width, code->width, y);
	sbuf_lit(out, "\"/></svg>");
	QRcode_free(code);
	return out->err;
}
