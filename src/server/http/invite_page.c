/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of invitations and new passwords, see invite_page.h. */
#include "server/http/invite_page.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "server/http/html.h"
#include "server/http/page.h"
#include "server/http/qr_svg.h"
#include "xmpp/datetime.h"

/* Shows the button that copies; without it the field can be selected by hand. */
static const struct str script =
	STR_INIT("var b=document.getElementById('copy'),f=document.getElementById('link');"
		 "if(b&&f&&navigator.clipboard){b.hidden=false;b.onclick=function(){"
		 "navigator.clipboard.writeText(f.value).then(function(){"
		 "document.getElementById('copied').textContent='Copied.'})}}");

struct platform {
	const char *name, *sign; /* sign: what a User-Agent of it says */
	const char *clients;     /* HTML */
};

#define LINK(host, words) "<a rel=\"noreferrer\" href=\"https://" host "\">" words "</a>"

/* The first sign that fits decides: an Android says Linux, too, an iPhone Mac OS X. */
static const struct platform platforms[] = {
	{ "Android", "Android",
	  LINK("conversations.im", "Conversations") " from F&#8209;Droid or Google Play, or " LINK(
		  "cheogram.com", "Cheogram") " from F&#8209;Droid" },
	{ "iPhone, iPad", "iPhone",
	  LINK("monal-im.org", "Monal") " or " LINK("siskin.im",
						    "Siskin IM") " from the App Store" },
	{ "Windows", "Windows",
	  LINK("gajim.org", "Gajim") " from its web site or the Microsoft Store" },
	{ "Mac", "Macintosh",
	  LINK("monal-im.org", "Monal") " or " LINK("beagle.im",
						    "Beagle IM") " from the App Store" },
	{ "Linux", "Linux",
	  LINK("dino.im", "Dino") " or " LINK(
		  "gajim.org", "Gajim") " from the packages of your distribution, or "
					"from Flathub" },
};

static size_t platform_of(struct str user_agent)
{
	size_t i = 0;

	if (str_find(user_agent, STR("iPad")) >= 0)
		return 1;
	while (i < array_len(platforms) && str_find(user_agent, str_from(platforms[i].sign)) < 0)
		i++;
	return i;
}

static void write_platform(struct sbuf *out, size_t i, bool is_here)
{
	sbuf_printf(out, "<dt>%s%s</dt><dd>%s.</dd>", platforms[i].name,
		    is_here ? " (this device)" : "", platforms[i].clients);
}

static void write_clients(struct sbuf *out, struct str user_agent)
{
	size_t here = platform_of(user_agent);

	sbuf_lit(out, "<h2>1. Get a client</h2>\n<p>Any client that speaks XMPP will do; these are "
		      "well kept and free.</p>\n<dl>");
	if (here < array_len(platforms))
		write_platform(out, here, true);
	for (size_t i = 0; i < array_len(platforms); i++) {
		if (i != here)
			write_platform(out, i, false);
	}
	sbuf_lit(out, "</dl>\n");
}

/* ---- the link ---- */

static enum err write_link(struct sbuf *out, const struct invite_page *p)
{
	enum err err;

	sbuf_lit(out, "<h2>2. Open the invitation in it</h2>\n<div class=\"card\">");
	err = qr_write_svg(out, p->uri, STR("QR code of the invitation"));
	if (err)
		return err;
	sbuf_lit(out, "<div><p><a class=\"button\" href=\"");
	html_add(out, p->uri);
	sbuf_lit(out,
		 "\">Open the invitation</a></p>\n<p>Is the client on another device? Scan the "
		 "code with it.</p></div></div>\n<p class=\"field\"><label for=\"link\">Or copy "
		 "this link into the client:</label> <input id=\"link\" readonly value=\"");
	html_add(out, p->uri);
	sbuf_lit(out,
		 "\"> <button type=\"button\" id=\"copy\" class=\"quiet\" hidden>Copy</button> "
		 "<span id=\"copied\" role=\"status\"></span></p>\n"
		 "<p>If nothing happens, no client is installed yet: begin with step 1 and come "
		 "back to this page.</p>\n");
	return OK;
}

/* ---- forms ---- */

static void write_form_begin(struct sbuf *out, struct str path, struct str token, struct str fault)
{
	sbuf_lit(out, "<form method=\"post\" action=\"");
	html_add(out, path);
	sbuf_lit(out, "\">");
	if (fault.len) {
		sbuf_lit(out, "<p class=\"fault\" role=\"alert\" id=\"fault\">");
		html_add(out, fault);
		sbuf_lit(out, "</p>");
	}
	sbuf_lit(out, "<input type=\"hidden\" name=\"form\" value=\"");
	html_add(out, token);
	sbuf_lit(out, "\">");
}

static void write_password(struct sbuf *out, const char *id, const char *label)
{
	sbuf_printf(out,
		    "<p class=\"field\"><label for=\"%s\">%s</label> <input id=\"%s\" name=\"%s\" "
		    "type=\"password\" autocomplete=\"new-password\" required></p>",
		    id, label, id, id);
}

static void write_account(struct sbuf *out, const struct invite_page *p)
{
	const struct invite *i = p->invite;
	struct str name = i->name.len ? i->name : p->name;

	sbuf_lit(out,
		 "<h2>3. Choose a name and a password</h2>\n<p>The client asks for them. Or make "
		 "the account here, and log in with it:</p>\n");
	write_form_begin(out, p->path, p->form_token, p->fault);
	sbuf_lit(out,
		 "<p class=\"field\"><label for=\"name\">Name</label> <span "
		 "class=\"address\"><input id=\"name\" name=\"name\" autocomplete=\"username\" "
		 "autocapitalize=\"none\" spellcheck=\"false\" required");
	if (i->name.len)
		sbuf_lit(out, " readonly");
	if (p->fault.len)
		sbuf_lit(out, " aria-describedby=\"fault\"");
	sbuf_lit(out, " value=\"");
	html_add(out, name);
	sbuf_lit(out, "\"> <span>@");
	html_add(out, p->domain);
	sbuf_lit(out, "</span></span></p>");
	write_password(out, "password", "Password");
	sbuf_lit(out, "<p><button>Make the account</button></p></form>\n");
}

static void write_add(struct sbuf *out, const struct invite_page *p)
{
	sbuf_lit(out, "<h2>3. Add the contact</h2>\n<p>The client asks whether <code>");
	html_add(out, p->invite->contact);
	sbuf_lit(out, "</code> shall be a contact. You need an account, at any server that speaks "
		      "XMPP; the client helps you to get one.</p>\n");
}

/* ---- the page ---- */

static struct str node_of(struct str jid)
{
	ptrdiff_t at = str_index(jid, '@');

	return at < 0 ? jid : str_sub(jid, 0, (size_t)at);
}

static void write_head(struct sbuf *out, const struct invite_page *p)
{
	const struct invite *i = p->invite;
	struct arena a scoped(arena_done) = { 0 };
	struct str until;

	arena_init(&a, KIB);
	until = str_sub(datetime_format(&a, i->wall_end), 0, 10);
	page_begin(out, STR("Invitation"), p->domain);
	sbuf_lit(out, "<h1>");
	if (i->contact.len) {
		html_add(out, node_of(i->contact));
		sbuf_lit(out, " invites you to chat</h1>\n<p class=\"lead\">");
	} else {
		sbuf_lit(out, "You are invited</h1>\n<p class=\"lead\">");
	}
	if (i->may_register) {
		sbuf_lit(out, "With this page you get an account at <code>");
		html_add(out, p->domain);
		sbuf_lit(out, "</code>.");
	} else {
		sbuf_lit(out, "With this page you become a contact of <code>");
		html_add(out, i->contact);
		sbuf_lit(out, "</code>.");
	}
	sbuf_printf(out, " It is good until %.*s", STR_ARG(until));
	if (i->uses > 1)
		sbuf_printf(out, ", for %u more", i->left);
	sbuf_lit(out, ". If you do not know who sent you here, there is nothing that you need to "
		      "do.</p>\n");
}

static void write_open(struct sbuf *out, struct str path)
{
	sbuf_lit(out, "<p><a class=\"button\" href=\"");
	html_add(out, path);
	sbuf_lit(out, "\">Open in the browser</a></p>\n");
}

enum err invite_page_write(struct sbuf *out, const struct invite_page *p)
{
	enum err err;

	write_head(out, p);
	if (str_is_set(p->open_path)) {
		write_open(out, p->open_path);
		sbuf_lit(out, "<p>That is all: nothing has to be installed. Or use an app, in "
			      "three steps:</p>\n");
	}
	write_clients(out, p->user_agent);
	err = write_link(out, p);
	if (err)
		return err;
	if (p->invite->may_register)
		write_account(out, p);
	else
		write_add(out, p);
	sbuf_lit(out, "<script>");
	sbuf_add(out, script);
	sbuf_lit(out, "</script>\n");
	return page_end(out);
}

enum err invite_page_write_done(struct sbuf *out, struct str domain, struct str jid,
				struct str contact, struct str login_path)
{
	page_begin(out, STR("Welcome"), domain);
	sbuf_lit(out, "<h1>Welcome</h1>\n<p class=\"lead\">Your account is ready. Its address is "
		      "<code>");
	html_add(out, jid);
	sbuf_lit(out, "</code>.</p>\n");
	if (str_is_set(login_path))
		write_open(out, login_path);
	sbuf_lit(out, "<p>Open your client, choose to log in with an existing account, "
		      "and give it this address and your password.</p>\n");
	if (contact.len) {
		sbuf_lit(out, "<p><code>");
		html_add(out, contact);
		sbuf_lit(out, "</code> is in your contact list already.</p>\n");
	}
	return page_end(out);
}

enum err reset_page_write(struct sbuf *out, struct str domain, struct str jid, struct str path,
			  struct str form_token, struct str fault)
{
	page_begin(out, STR("New password"), domain);
	sbuf_lit(out, "<h1>New password</h1>\n<p class=\"lead\">For the account <code>");
	html_add(out, jid);
	sbuf_lit(out, "</code>. The link works once; the old password ends with it.</p>\n");
	write_form_begin(out, path, form_token, fault);
	sbuf_lit(out, "<input type=\"text\" name=\"username\" autocomplete=\"username\" hidden "
		      "value=\"");
	html_add(out, jid);
	sbuf_lit(out, "\">");
	write_password(out, "password", "New password");
	write_password(out, "again", "Once more");
	sbuf_lit(out, "<p><button>Set the password</button></p></form>\n");
	return page_end(out);
}

enum err invite_page_write_note(struct sbuf *out, struct str domain, struct str headline,
				struct str sentence)
{
	page_begin(out, headline, domain);
	sbuf_lit(out, "<h1>");
	html_add(out, headline);
	sbuf_lit(out, "</h1>\n<p class=\"lead\">");
	html_add(out, sentence);
	sbuf_lit(out, "</p>\n<p><a href=\"/\">To the start page</a></p>\n");
	return page_end(out);
}

enum err invite_page_write_csp(struct sbuf *out)
{
	uint8_t hash[DIGEST_MAX];

	sbuf_lit(out, "default-src 'none'; ");
	page_write_style_src(out);
	digest_of(DIGEST_SHA256, script, hash);
	sbuf_lit(out, "; script-src 'sha256-");
	base64_encode(out, str_make((const char *)hash, digest_len(DIGEST_SHA256)));
	return sbuf_lit(out, "'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
			     "frame-ancestors 'none'");
}
