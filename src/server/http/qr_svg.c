/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes as one SVG path: a run of dark modules is one rectangle of the path. Any thread. */
#include "server/http/qr_svg.h"

#include "server/http/html.h"

static void write_row(struct sbuf *out, const bool *row, int width, int y)
{
	for (int x = 0; x < width; x++) {
		int from = x;

		while (x < width && row[x])
			x++;
		if (x > from)
			sbuf_printf(out, "M%d %dh%dv1h-%dz", from + QR_QUIET, y + QR_QUIET,
				    x - from, x - from);
	}
}

enum err qr_write_svg(struct sbuf *out, struct str text, struct str label)
{
	struct qr qr;
	enum err err = qr_encode(text, &qr);
	int side;

	if (err)
		return err;
	side = qr.side + 2 * QR_QUIET;
	sbuf_lit(out, "<svg class=\"qr\" role=\"img\" aria-label=\"");
	html_add(out, label);
	sbuf_printf(out,
		    "\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		    "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
		    side, side, side, side);
	for (int y = 0; y < qr.side; y++)
		write_row(out, qr.is_dark + (ptrdiff_t)y * qr.side, qr.side, y);
	sbuf_lit(out, "\"/></svg>");
	return out->err;
}
