/* SPDX-License-Identifier: Apache-2.0 */
/* The page at "/". Plain HTML, WCAG 2.2 AA, nothing from another host, not even a link to one. Any
 * thread. */
#include "server/http/landing.h"

#include "server/http/html.h"
#include "server/http/page.h"
#include "server/http/qr_svg.h"

struct clients {
	const char *platform, *names;
};

static const struct clients clients[] = {
	{ "Android", "Conversations, Cheogram" },
	{ "iPhone, iPad", "Monal, Siskin IM" },
	{ "Mac", "Monal, Beagle IM" },
	{ "Linux", "Dino, Gajim" },
	{ "Windows", "Gajim" },
	{ "Terminal", "Profanity, Poezio" },
	{ "Browser", "Converse, Movim" },
};

static void write_domain(struct sbuf *out, const struct landing *l)
{
	sbuf_lit(out, "<code>");
	html_add(out, l->domain);
	sbuf_lit(out, "</code>");
}

/* The address that a phone's camera opens: with registration the client offers to make an account
 * (XEP-0147, XEP-0077). */
static enum err write_card(struct sbuf *out, const struct landing *l)
{
	struct sbuf uri scoped(sbuf_done) = SBUF(4 * KIB);
	enum err err;

	sbuf_lit(&uri, "xmpp:");
	html_add_uri(&uri, l->domain);
	if (l->is_registration_open)
		sbuf_lit(&uri, "?register");
	if (uri.err)
		return uri.err;
	sbuf_lit(out, "<div class=\"card\">");
	err = qr_write_svg(out, sbuf_str(&uri), STR("QR code of the address of this server"));
	if (err)
		return err;
	sbuf_lit(out, "<div><p>Point a phone at the code, or open this address in a client:</p>"
		      "<p><a href=\"");
	html_add(out, sbuf_str(&uri));
	sbuf_lit(out, "\">");
	html_add(out, sbuf_str(&uri));
	sbuf_lit(out, "</a></p></div></div>\n");
	return OK;
}

static void write_connect(struct sbuf *out, const struct landing *l)
{
	sbuf_lit(out, "<h2>Connect</h2>\n<p>Your address here looks like <code>name@");
	html_add(out, l->domain);
	sbuf_lit(out, "</code>. A client needs only that address and your password; it finds the "
		      "rest by itself and encrypts the connection.</p>\n<dl><dt>Server</dt><dd>");
	write_domain(out, l);
	sbuf_lit(out, "</dd>");
	if (str_is_set(l->websocket_url)) {
		sbuf_lit(out, "<dt>WebSocket</dt><dd><code>");
		html_add(out, l->websocket_url);
		sbuf_lit(out, "</code></dd>");
	}
	sbuf_lit(out, "</dl>\n");
}

static void write_account(struct sbuf *out, const struct landing *l)
{
	sbuf_lit(out, "<h2>Get an account</h2>\n");
	if (l->is_registration_open) {
		sbuf_lit(out, "<p>Registration is open. Choose “create account” in your client and "
			      "give ");
		write_domain(out, l);
		sbuf_lit(out, " as the server.</p>\n");
	} else {
		sbuf_lit(out, "<p>Registration is closed: the people who run this server make the "
			      "accounts.</p>\n");
	}
	if (l->contact_count == 0)
		return;
	sbuf_lit(out, "<p>Questions and help:</p>\n<ul>");
	for (size_t i = 0; i < l->contact_count; i++) {
		sbuf_lit(out, "<li><code>");
		html_add(out, l->contacts[i]);
		sbuf_lit(out, "</code></li>");
	}
	sbuf_lit(out, "</ul>\n");
}

static void write_clients(struct sbuf *out)
{
	sbuf_lit(out, "<h2>Clients</h2>\n<p>Any XMPP client works. These are well kept; find them "
		      "by name in the store or package list of your system.</p>\n<dl>");
	for (size_t i = 0; i < array_len(clients); i++)
		sbuf_printf(out, "<dt>%s</dt><dd>%s</dd>", clients[i].platform, clients[i].names);
	sbuf_lit(out, "</dl>\n");
}

enum err landing_write(struct sbuf *out, const struct landing *l)
{
	enum err err;

	page_begin(out, STR("Messenger"), l->domain);
	sbuf_lit(out, "<h1>");
	html_add(out, l->domain);
	sbuf_lit(out, "</h1>\n<p class=\"lead\">A messenger for the people of this domain, open to "
		      "everybody who speaks XMPP.</p>\n");
	err = write_card(out, l);
	if (err)
		return err;
	write_connect(out, l);
	write_account(out, l);
	write_clients(out);
	return page_end(out);
}
