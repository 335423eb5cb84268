/* SPDX-License-Identifier: Apache-2.0 */
/* QR codes, see qr.h. */
#include "codec/qr.h"

#include <qrencode.h>

enum err qr_encode(struct str text, struct qr *ret_qr)
{
	QRcode *code = text.len <= QR_TEXT_MAX
			       ? QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr,
						   0, QR_ECLEVEL_M)
			       : NULL;

	if (!code)
		return ERR_TOO_BIG;
	must(code->width <= QR_SIDE_MAX);
	ret_qr->side = code->width;
	for (int i = 0; i < code->width * code->width; i++)
		ret_qr->is_dark[i] = code->data[i] & 1;
	QRcode_free(code);
	return OK;
}

static bool is_dark(const struct qr *qr, int x, int y)
{
	return x >= 0 && y >= 0 && x < qr->side && y < qr->side && qr->is_dark[y * qr->side + x];
}

/* Two rows of modules are one line: a character is about twice as high as it is wide. */
static void write_line(struct sbuf *out, const struct qr *qr, int y)
{
	sbuf_lit(out, "\033[30;107m");
	for (int x = -QR_QUIET; x < qr->side + QR_QUIET; x++) {
		bool upper = is_dark(qr, x, y), lower = is_dark(qr, x, y + 1);

		sbuf_add(out, upper && lower ? STR("█")
			      : upper        ? STR("▀")
			      : lower        ? STR("▄")
					     : STR(" "));
	}
	sbuf_lit(out, "\033[0m\n");
}

enum err qr_write_terminal(struct sbuf *out, struct str text)
{
	struct qr qr;
	enum err err = qr_encode(text, &qr);

	if (err)
		return err;
	for (int y = -QR_QUIET; y < qr.side + QR_QUIET; y += 2)
		write_line(out, &qr, y);
	return out->err;
}
