/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the server's own pages. Colours and type are the tokens of the web client, as sRGB
 * so that old browsers have them, too. Any thread. */
#include "server/http/page.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "server/http/html.h"

#define LIGHT                                                                                      \
	"--ground:#ecf2f3;--sheet:#fdfefe;--sunken:#f3f7f8;--line:#dee3e4;--text:#192227;"         \
	"--text2:#485358;--accent:#03677b;--link:#006073;--soft:#e3f1f3;--focus:#007897;--on-accent:#fff;--fault:#a3262a;"
#define DARK                                                                                       \
	"--ground:#0e1316;--sheet:#171c1f;--sunken:#111619;--line:#292f32;--text:#e8eced;"         \
	"--text2:#b6bec0;--accent:#6fbcc8;--link:#86cfd9;--soft:#202f33;--focus:#6ccfdd;--on-accent:#0e1316;--fault:#f2a3a0;"

/* Its hash stands in the Content-Security-Policy. */
static const struct str style = STR_INIT(
	":root{color-scheme:light dark;" LIGHT "}"
	"@media (prefers-color-scheme:dark){:root{" DARK "}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--ground);color:var(--text);overflow-wrap:anywhere;"
	"font:0.9375rem/1.5 -apple-system,BlinkMacSystemFont,\"Segoe UI\",Roboto,Ubuntu,Cantarell,"
	"\"Noto Sans\",system-ui,sans-serif}"
	"header,main,footer{max-width:44rem;margin:0 auto;padding:0 1rem}"
	"header{display:flex;gap:.625rem;align-items:center;padding-top:1.5rem;"
	"padding-bottom:1rem;font-weight:600}"
	"header svg{flex:none;width:1.75rem;height:1.75rem;color:var(--accent)}"
	"main{background:var(--sheet);border:1px solid var(--line);border-radius:.875rem;"
	"padding:1.5rem 1rem 1rem;width:calc(100% - 1rem)}"
	"@media (min-width:40rem){main{padding:2.5rem 3rem 1.5rem}}"
	"footer{color:var(--text2);font-size:.8125rem;padding-top:1rem;padding-bottom:2rem}"
	"h1{font-size:2rem;line-height:1.2;font-weight:600;margin:0 0 .5rem}"
	"h2{font-size:1.0625rem;line-height:1.4;font-weight:600;margin:2rem 0 .5rem}"
	"p{margin:0 0 .75rem}.lead{color:var(--text2);font-size:1.0625rem}"
	"code{font:0.9375em ui-monospace,\"SF Mono\",Menlo,Consolas,\"DejaVu Sans "
	"Mono\",monospace;"
	"background:var(--sunken);border:1px solid var(--line);border-radius:.25rem;padding:0 "
	".25rem}"
	"a{color:var(--link)}:focus-visible{outline:2px solid var(--focus);outline-offset:2px}"
	".card{display:flex;flex-wrap:wrap;gap:1.25rem;align-items:center;background:var(--soft);"
	"border-radius:.625rem;padding:1rem}"
	".card div{flex:1 1 14rem;min-width:0}.card p:last-child{margin:0}"
	".qr{flex:none;width:9.5rem;height:9.5rem;border-radius:.375rem}"
	"dl{display:grid;grid-template-columns:minmax(0,10rem) minmax(0,1fr);gap:.375rem "
	"1rem;margin:0}"
	"dt{color:var(--text2)}dd{margin:0}"
	"@media (max-width:30rem){dl{display:block}dd{margin:0 0 .5rem}h1{font-size:1.625rem}}"
	"ul{margin:0;padding:0 0 0 1.25rem}"
	"[hidden]{display:none!important}"
	".button,button{display:inline-block;font:inherit;font-weight:600;line-height:1.5;border:1px "
	"solid var(--accent);border-radius:.5rem;padding:.5rem 1.125rem;min-height:2.75rem;"
	"background:var(--accent);color:var(--on-accent);text-decoration:none;cursor:pointer}"
	"button.quiet{background:none;color:var(--link)}"
	".card+.field{margin-top:1rem}.field label{display:block;font-weight:600;margin:0 0 .25rem}"
	"input{font:inherit;color:inherit;background:var(--sheet);border:1px solid var(--text2);"
	"border-radius:.5rem;padding:.5rem .625rem;min-height:2.75rem;width:20rem;max-width:100%}"
	"#link{width:100%;margin:0 0 .5rem}input[readonly]{background:var(--sunken)}"
	".address{display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:center}"
	".fault{border-inline-start:.25rem solid var(--fault);padding:.25rem 0 .25rem .75rem;"
	"color:var(--fault);font-weight:600}");

static const struct str logo =
	STR_INIT("<path d=\"M5.25 17V9.25a5.75 5.75 0 1 1 5.75 5.75H8.75\" fill=\"none\" "
		 "stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" "
		 "stroke-linejoin=\"round\"/><circle cx=\"11\" cy=\"9.25\" r=\"1.5\" "
		 "fill=\"currentColor\"/>");

void page_begin(struct sbuf *out, struct str title, struct str domain)
{
	sbuf_lit(out, "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta "
		      "charset=\"utf-8\">\n<meta name=\"viewport\" "
		      "content=\"width=device-width,initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_add(out, title);
	sbuf_lit(out, " · ");
	html_add(out, domain);
	sbuf_lit(out, "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>");
	sbuf_add(out, style);
	sbuf_lit(out, "</style>\n</head>\n<body>\n<header><svg viewBox=\"0 0 20 20\" "
		      "aria-hidden=\"true\">");
	sbuf_add(out, logo);
	sbuf_lit(out, "</svg><span>Parley</span></header>\n<main>\n");
}

enum err page_end(struct sbuf *out)
{
	sbuf_lit(out, "</main>\n<footer>This server runs Parley, a free messenger that speaks "
		      "XMPP.</footer>\n</body>\n</html>\n");
	return out->err;
}

void page_write_style_src(struct sbuf *out)
{
	uint8_t hash[DIGEST_MAX];

	digest_of(DIGEST_SHA256, style, hash);
	sbuf_lit(out, "style-src 'sha256-");
	base64_encode(out, str_make((const char *)hash, digest_len(DIGEST_SHA256)));
	sbuf_lit(out, "'");
}

enum err page_write_csp(struct sbuf *out)
{
	sbuf_lit(out, "default-src 'none'; ");
	page_write_style_src(out);
	sbuf_lit(out, "; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
		      "frame-ancestors 'none'");
	return out->err;
}

enum err page_write_error(struct sbuf *out, struct str domain, unsigned status, struct str headline,
			  struct str sentence)
{
	page_begin(out, headline, domain);
	sbuf_lit(out, "<h1>");
	html_add(out, headline);
	sbuf_lit(out, "</h1>\n<p class=\"lead\">");
	html_add(out, sentence);
	sbuf_printf(out, "</p>\n<p>Status %u. <a href=\"/\">To the start page</a></p>\n", status);
	return page_end(out);
}
