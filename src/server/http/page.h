/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the pages that the server itself writes: head, embedded style, landmarks. No script,
 * nothing from another host. Any thread. */
#pragma once

#include "base/sbuf.h"

enum { PAGE_MAX = 64 * 1024 /* bytes of a page */ };

/* Appends everything up to the inside of <main>. title and domain are escaped; the page's title is
 * "title · domain". */
void page_begin(struct sbuf *out, struct str title, struct str domain);

/* Appends the end of <main> and of the page. ERR_TOO_BIG: out's limit was passed somewhere. */
must_check enum err page_end(struct sbuf *out);

/* Appends the value of Content-Security-Policy that these pages need: nothing but the embedded
 * style (by its hash) and images of this host or inside the page. */
enum err page_write_csp(struct sbuf *out);

/* Appends the part of it that lets the embedded style through: "style-src 'sha256-…'". */
void page_write_style_src(struct sbuf *out);

/* A page that says one thing: "404", "Page not found", a sentence. */
must_check enum err page_write_error(struct sbuf *out, struct str domain, unsigned status,
				     struct str headline, struct str sentence);
