/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about what is implemented, see docs.h. */
#include "server/docs.h"

#include "server/feature/features.h"
#include "server/pubsub/pubsub.h"
#include "server/room/rooms.h"
#include "server/route/feature.h"
#include "server/upload/features.h"

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

/* What stands below the features. Paths are from the root of the repository. */
struct part {
	const char *what;
	const char *spec; /* as in struct feature */
	const char *source;
	const char *test; /* more than one separated by ", " */
};

static const struct part parts[] = {
	{ "streams and their errors", "RFC 6120 4", "src/server/session/c2s.c",
	  "tests/talk/core/stream-errors.talk" },
	{ "STARTTLS", "RFC 6120 5", "src/server/session/c2s.c",
	  "tests/talk/core/starttls.talk, tests/talk/core/starttls-strict.talk" },
	{ "login", "RFC 6120 6, RFC 4616, RFC 5802, RFC 7677", "src/server/session/auth.c",
	  "tests/talk/core/mechanisms.talk, tests/talk/core/sasl-errors.talk, "
	  "tests/unit/xmpp/scram_test.c" },
	{ "login without a stream restart", "XEP-0388 1.0.4", "src/server/session/auth.c",
	  "tests/talk/session/sasl2.talk" },
	{ "login by token", "XEP-0484 0.2.0", "src/server/session/fast.c",
	  "tests/talk/session/fast.talk, tests/talk/web/fast.talk, tests/unit/server/model/token_test.c" },
	{ "channel binding", "RFC 5929, RFC 9266, XEP-0440 1.0.0", "src/server/session/channel.c",
	  "tests/talk/core/channel-binding.talk" },
	{ "protection of what was announced", "XEP-0474 0.5.0", "src/xmpp/announced.c",
	  "tests/talk/core/downgrade.talk, tests/unit/xmpp/announced_test.c" },
	{ "upgrade of verifiers", "XEP-0480 0.2.0", "src/server/session/upgrade.c",
	  "tests/unit/server/model/account_test.c, tests/ops/check_upgrade.py" },
	{ "resource binding", "RFC 6120 7", "src/server/session/binding.c",
	  "tests/talk/core/binding.talk" },
	{ "binding inside the login", "XEP-0386 1.1.0", "src/server/session/binding.c",
	  "tests/talk/session/bind2.talk, tests/talk/session/bind2-clients.talk" },
	{ "stream management", "XEP-0198 1.6.3", "src/server/session/sm.c",
	  "tests/talk/session/sm-acks.talk, tests/talk/session/sm-resume.talk, "
	  "tests/talk/session/sm-crash.talk" },
	{ "inactive clients", "XEP-0352 1.0.0", "src/server/session/csi.c",
	  "tests/talk/session/csi.talk" },
	{ "registration before login", "XEP-0077 2.4", "src/server/session/register.c",
	  "tests/talk/im/register.talk, tests/talk/im/register-closed.talk" },
	{ "external components", "XEP-0114 1.6", "src/server/component/component_conn.c",
	  "tests/talk/component/stream.talk, tests/talk/component/stanzas.talk, "
	  "tests/talk/component/contacts.talk" },
	{ "other servers", "RFC 6120, XEP-0220 1.1.1, XEP-0185 1.0, XEP-0178 1.2, XEP-0198 1.6.3",
	  "src/server/s2s/s2s_in.c",
	  "tests/ops/check_federation.py, tests/ops/check_foe.py, tests/unit/xep/dialback_test.c" },
	{ "limits that are told", "XEP-0478 0.2.0", "src/server/session/offer.c",
	  "tests/talk/bad/limits-before-login.talk, tests/talk/bad/limits-after-login.talk" },
	{ "iq rules", "RFC 6120 8, RFC 6121 8.5", "src/server/route/router.c",
	  "tests/talk/im/iq-rules.talk, tests/talk/bad/stanzas.talk" },
	{ "XML", "RFC 6120 11", "src/xml/scan.c",
	  "tests/talk/bad/xml-before-login.talk, tests/talk/bad/xml-after-login.talk, "
	  "tests/unit/xml/mutant_test.c" },
	{ "addresses", "RFC 7622", "src/xmpp/jid.c", "tests/unit/xmpp/jid_test.c" },
	{ "TLS", "RFC 7590, RFC 9525", "src/net/tls_context.c",
	  "tests/unit/net/tls_test.c, tests/unit/net/tls_context_test.c" },
	{ "login with a certificate", "XEP-0178 1.2", "src/server/session/certificate.c",
	  "tests/ops/check_certificate.py" },
	{ "TLS from the first byte", "XEP-0368 1.1.0", "src/server/session/c2s.c",
	  "tests/talk/core/direct-tls.talk" },
	{ "XMPP over WebSocket", "RFC 7395", "src/stream/stream.c",
	  "tests/talk/web/websocket.talk, tests/talk/web/websocket-upgrade.talk, "
	  "tests/talk/web/websocket-bad.talk" },
	{ "WebSocket", "RFC 6455, RFC 7692", "src/net/websocket.c",
	  "tests/unit/net/websocket_test.c" },
	{ "HTTP/1.1", "RFC 9112", "src/net/http_head.c",
	  "tests/unit/net/http_head_test.c, tests/unit/net/http_test.c" },
	{ "forwarding proxies", "RFC 7239", "src/net/http_forward.c",
	  "tests/unit/net/http_head_test.c" },
	{ "where the WebSocket is", "XEP-0156 1.4.0", "src/server/http/well_known.c",
	  "tests/unit/server/http/well_known_test.c" },
	{ "data forms", "XEP-0004 2.13.2, XEP-0068 1.3.0", "src/xep/form.c",
	  "tests/unit/xep/form_test.c" },
	{ "result sets", "XEP-0059 1.0", "src/xep/rsm.c", "tests/unit/xep/rsm_test.c" },
	{ "archive queries", "XEP-0313 1.1.3, XEP-0122 1.0.2", "src/xep/mam.c",
	  "tests/unit/xep/mam_test.c" },
	{ "dates", "XEP-0082 1.1.1", "src/xmpp/datetime.c", "tests/unit/xmpp/datetime_test.c" },
	{ "private data in nodes", "XEP-0223 1.1.1", "src/server/pep/pep_publish.c",
	  "tests/talk/pep/private.talk" },
	{ "forwarded stanzas", "XEP-0297 1.0", "src/xep/forward.c",
	  "tests/unit/xep/payload_test.c" },
};

/* What clients say to one another: nothing of it is lost or changed on the way, into the archive
 * and out of it. No claim of ours to clients (doap.xml). */
static const struct part passed_on[] = {
	{ "reactions", "XEP-0444 0.2.1", "src/server/feature/message.c",
	  "tests/talk/relay/reactions.talk" },
	{ "replies", "XEP-0461 0.2.1", "src/server/feature/message.c",
	  "tests/talk/relay/replies.talk" },
	{ "corrections", "XEP-0308 1.2.1", "src/server/feature/message.c",
	  "tests/talk/relay/corrections.talk" },
	{ "receipts", "XEP-0184 1.4.0", "src/server/feature/message.c",
	  "tests/talk/relay/receipts.talk" },
	{ "chat states", "XEP-0085 2.1", "src/server/feature/message.c",
	  "tests/talk/relay/chat-states.talk" },
	{ "displayed markers", "XEP-0333 1.0.0", "src/server/feature/message.c",
	  "tests/talk/relay/chat-markers.talk" },
	{ "marks of encryption", "XEP-0380 0.4.0", "src/server/feature/message.c",
	  "tests/talk/relay/encryption-marks.talk" },
	{ "OMEMO messages", "XEP-0384 0.9.1", "src/server/feature/message.c",
	  "tests/talk/relay/omemo.talk" },
	{ "retractions", "XEP-0424 0.4.2", "src/server/feature/message.c",
	  "tests/talk/relay/retractions.talk" },
	{ "files by URL", "XEP-0447 0.3.1", "src/server/feature/message.c",
	  "tests/talk/relay/file-sharing.talk" },
	{ "calls, proposed", "XEP-0353 0.8.0", "src/server/feature/message.c",
	  "tests/talk/relay/calls.talk" },
	{ "Jingle sessions", "XEP-0166 1.1.2, XEP-0176 1.1.1, XEP-0320 1.0.0",
	  "src/server/route/router.c", "tests/talk/relay/jingle.talk" },
};

/* What XEP-0479 0.1.0 (2023) asks of servers; rows that ask nothing of them are
 * left out. ROW_SERVER: of every server; else of advanced ones. */
enum compliance_level { ROW_SERVER, ROW_ADVANCED };

struct compliance {
	const char *suite, *what;
	enum compliance_level level;
	const char *spec; /* as above, without versions */
	const char *how;  /* "yes", or what is missing */
	const char *test;
};

static const struct compliance compliance[] = {
	{ "Core", "core features", ROW_SERVER, "RFC 6120", "yes",
	  "tests/talk/core/stream-errors.talk, tests/talk/core/binding.talk, "
	  "tests/talk/core/mechanisms.talk" },
	{ "Core", "TLS", ROW_SERVER, "RFC 7590", "yes",
	  "tests/talk/core/starttls.talk, tests/unit/net/tls_test.c" },
	{ "Core", "direct TLS", ROW_ADVANCED, "XEP-0368", "yes",
	  "tests/talk/core/direct-tls.talk" },
	{ "Core", "feature discovery", ROW_SERVER, "XEP-0030", "yes", "tests/talk/im/disco.talk" },
	{ "Core", "feature broadcasts", ROW_ADVANCED, "XEP-0115", "yes",
	  "tests/talk/im/caps.talk" },
	{ "Core", "server extensibility", ROW_SERVER, "XEP-0114", "yes",
	  "tests/talk/component/stream.talk, tests/talk/component/stanzas.talk" },
	{ "Core", "event publishing", ROW_ADVANCED, "XEP-0163", "yes",
	  "tests/talk/pep/publish.talk, tests/talk/pep/notify.talk" },
	{ "Web", "web connections", ROW_SERVER, "RFC 7395, XEP-0206, XEP-0124",
	  "WebSocket; BOSH is left out", "tests/talk/web/websocket.talk" },
	{ "Web", "discovery of the connection", ROW_ADVANCED, "XEP-0156",
	  "yes (asked of clients only)", "tests/unit/server/http/well_known_test.c" },
	{ "IM", "core features", ROW_SERVER, "RFC 6121", "yes",
	  "tests/talk/im/roster.talk, tests/talk/im/subscribe.talk, tests/talk/im/presence.talk, "
	  "tests/talk/im/message-bare.talk" },
	{ "IM", "avatars in both worlds", ROW_ADVANCED, "XEP-0398, XEP-0153", "yes",
	  "tests/talk/pep/avatar.talk, tests/talk/pep/avatar-card.talk" },
	{ "IM", "vcard-temp", ROW_SERVER, "XEP-0054", "yes", "tests/talk/im/vcard.talk" },
	{ "IM", "copies of what was sent", ROW_SERVER, "XEP-0280", "yes",
	  "tests/talk/session/carbons.talk" },
	{ "IM", "blocking", ROW_ADVANCED, "XEP-0191", "yes",
	  "tests/talk/im/blocking.talk, tests/talk/im/blocking-matrix.talk" },
	{ "IM", "group chat", ROW_SERVER, "XEP-0045, XEP-0249", "yes",
	  "tests/talk/rooms/enter.talk, tests/talk/rooms/message.talk" },
	{ "IM", "advanced group chat", ROW_ADVANCED, "XEP-0048, XEP-0313, XEP-0402, XEP-0410",
	  "yes",
	  "tests/talk/pep/bookmarks.talk, tests/talk/pep/bookmarks-copy.talk, "
	  "tests/talk/rooms/archive.talk, tests/talk/rooms/iq.talk" },
	{ "IM", "private data in nodes", ROW_ADVANCED, "XEP-0223", "yes",
	  "tests/talk/pep/private.talk" },
	{ "IM", "private XML storage", ROW_ADVANCED, "XEP-0049", "yes",
	  "tests/talk/im/private-data.talk" },
	{ "IM", "stream management", ROW_ADVANCED, "XEP-0198", "yes",
	  "tests/talk/session/sm-acks.talk, tests/talk/session/sm-resume.talk" },
	{ "IM", "history", ROW_ADVANCED, "XEP-0313", "yes", "tests/talk/history/mam-query.talk" },
	{ "IM", "uploads", ROW_SERVER, "XEP-0363", "yes", "tests/talk/upload/slot.talk" },
	{ "Mobile", "stream management", ROW_SERVER, "XEP-0198", "yes",
	  "tests/talk/session/sm-acks.talk, tests/talk/session/sm-resume.talk" },
	{ "Mobile", "inactive clients", ROW_SERVER, "XEP-0352", "yes",
	  "tests/talk/session/csi.talk" },
	{ "Mobile", "push", ROW_ADVANCED, "XEP-0357", "yes", "tests/talk/push/enable.talk" },
	{ "Calls", "STUN and TURN servers", ROW_SERVER, "XEP-0215", "not yet", NULL },
};

/* ---- documents ---- */

static bool next_of(struct str *list, struct str *ret_item)
{
	while (str_split(list, ',', ret_item)) {
		*ret_item = str_trim(*ret_item);
		if (ret_item->len)
			return true;
	}
	return false;
}

/* "XEP-0280 1.0.1" and "RFC 6121 8.5": the number, and what stands behind it. */
static bool read_spec(struct str spec, bool *ret_is_xep, struct str *ret_number,
		      struct str *ret_rest)
{
	bool is_xep = str_starts(spec, STR("XEP-"));

	if ((!is_xep && !str_starts(spec, STR("RFC "))) || spec.len < 8)
		return false;
	*ret_is_xep = is_xep;
	*ret_number = str_sub(spec, 4, 4);
	*ret_rest = str_trim(str_from_at(spec, 8));
	return true;
}

static void add_url(struct sbuf *out, bool is_xep, struct str number)
{
	if (is_xep)
		(void)sbuf_printf(out, "https://xmpp.org/extensions/xep-%.*s.html",
				  STR_ARG(number));
	else
		(void)sbuf_printf(out, "https://www.rfc-editor.org/rfc/rfc%.*s", STR_ARG(number));
}

/* ---- the page ---- */

static void add_specs(struct sbuf *out, const char *specs)
{
	struct str rest = str_from(specs), spec, number, behind;
	bool is_xep, is_first = true;

	while (next_of(&rest, &spec)) {
		if (!is_first)
			(void)sbuf_lit(out, "<br>");
		is_first = false;
		if (!read_spec(spec, &is_xep, &number, &behind)) {
			(void)sbuf_add(out, spec);
			continue;
		}
		(void)sbuf_printf(out, "[%s%.*s](", is_xep ? "XEP-" : "RFC ", STR_ARG(number));
		add_url(out, is_xep, number);
		(void)sbuf_lit(out, ")");
		if (behind.len)
			(void)sbuf_printf(out, " %s%.*s", is_xep ? "" : "section ",
					  STR_ARG(behind));
	}
}

/* Links to files, shown without their folder prefix. */
static void add_files(struct sbuf *out, const char *files, const char *prefix)
{
	struct str rest = str_from(files), file;
	bool is_first = true;

	while (next_of(&rest, &file)) {
		if (!is_first)
			(void)sbuf_lit(out, "<br>");
		is_first = false;
		(void)sbuf_printf(out, "[%.*s](../%s%.*s)", STR_ARG(file), prefix, STR_ARG(file));
	}
}

/* prefix: the folder. Names of features that are not the users' begin with it, too. */
static void add_feature(struct sbuf *out, const struct feature *f, const char *prefix)
{
	size_t n = strlen(prefix);
	bool has_prefix = !strncmp(f->name, prefix, n) && f->name[n] == '_';
	const char *file = has_prefix ? f->name + n + 1 : f->name;

	(void)sbuf_printf(out, "| %s | ", f->name);
	add_specs(out, f->spec);
	(void)sbuf_printf(out, " | [%s/%s.c](../src/server/%s/%s.c) | ", prefix, file, prefix,
			  file);
	add_files(out, f->test, "tests/talk/");
	(void)sbuf_lit(out, " |\n");
}

static void add_part(struct sbuf *out, const struct part *p)
{
	(void)sbuf_printf(out, "| %s | ", p->what);
	add_specs(out, p->spec);
	(void)sbuf_lit(out, " | ");
	add_files(out, p->source, "");
	(void)sbuf_lit(out, " | ");
	add_files(out, p->test, "");
	(void)sbuf_lit(out, " |\n");
}

static void add_compliance(struct sbuf *out)
{
	(void)sbuf_lit(
		out,
		"\n## Compliance\n\nWhat [XEP-0479](https://xmpp.org/extensions/xep-0479.html) "
		"(2023) asks of servers, row by row. Each suite includes Core.\n\n"
		"| suite | feature | asked of | documents | there | tests |\n"
		"| --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < array_len(compliance); i++) {
		const struct compliance *c = &compliance[i];

		(void)sbuf_printf(out, "| %s | %s | %s | ", c->suite, c->what,
				  c->level == ROW_SERVER ? "servers" : "advanced servers");
		add_specs(out, c->spec);
		(void)sbuf_printf(out, " | %s | ", c->how);
		if (c->test)
			add_files(out, c->test, "");
		else
			(void)sbuf_lit(out, "none");
		(void)sbuf_lit(out, " |\n");
	}
}

enum err docs_write_features(struct sbuf *out)
{
	(void)sbuf_lit(out, "# Features\n\n"
			    "Made by `./dev docs` from the tables of the program itself. "
			    "The number behind a XEP is the version that was read.\n\n"
			    "## Features of entities\n\n"
			    "One file each, all listed in "
			    "[features.c](../src/server/feature/features.c). "
			    "Conversations are below [tests/talk](../tests/talk/README.md).\n\n"
			    "| feature | documents | source | conversations |\n"
			    "| --- | --- | --- | --- |\n");
	for (const struct feature *const *f = features; *f; f++)
		add_feature(out, *f, "feature");
	for (const struct feature *const *f = room_features; *f; f++)
		add_feature(out, *f, "room");
	for (const struct feature *const *f = pubsub_features; *f; f++)
		add_feature(out, *f, "pubsub");
	for (const struct feature *const *f = upload_features; *f; f++)
		add_feature(out, *f, "upload");
	(void)sbuf_lit(out,
		       "\n## Below the features\n\n"
		       "Streams, login, sessions, the wire, and payloads that features share.\n\n"
		       "| what | documents | source | tests |\n"
		       "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < array_len(parts); i++)
		add_part(out, &parts[i]);
	(void)sbuf_lit(out,
		       "\n## Passed on untouched\n\n"
		       "Between clients: live, as copies, in the archive, and for who was away.\n\n"
		       "| what | documents | source | tests |\n"
		       "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < array_len(passed_on); i++)
		add_part(out, &passed_on[i]);
	add_compliance(out);
	return out->err;
}

/* ---- the same for machines ---- */

/* XEPs of which a part is left out, and which; the others are there as far as they ask a server. */
static const struct {
	struct str number;
	const char *note;
} partial[] = {
	{ STR_INIT("0060"), "personal eventing, and a service without collections" },
	{ STR_INIT("0355"), "administrator mode, without disco nesting" },
	{ STR_INIT("0494"), "list and sign-out" },
};

/* The document of the lowest number above the last one. */
struct walk {
	bool is_xep;
	struct str last, number, version;
};

static void look_at(struct walk *w, const char *specs)
{
	struct str rest = str_from(specs), spec, number, behind;
	bool is_xep;

	while (next_of(&rest, &spec)) {
		if (!read_spec(spec, &is_xep, &number, &behind) || is_xep != w->is_xep ||
		    str_cmp(number, w->last) <= 0)
			continue;
		if (!w->number.ptr || str_cmp(number, w->number) < 0) {
			w->number = number;
			w->version = behind;
		}
	}
}

static bool walk_on(struct walk *w)
{
	w->last = w->number.ptr ? w->number : STR("");
	w->number = STR_NONE;
	for (const struct feature *const *f = features; *f; f++)
		look_at(w, (*f)->spec);
	for (const struct feature *const *f = room_features; *f; f++)
		look_at(w, (*f)->spec);
	for (const struct feature *const *f = pubsub_features; *f; f++)
		look_at(w, (*f)->spec);
	for (const struct feature *const *f = upload_features; *f; f++)
		look_at(w, (*f)->spec);
	for (size_t i = 0; i < array_len(parts); i++)
		look_at(w, parts[i].spec);
	return w->number.ptr != NULL;
}

static const char *note_of(struct str number)
{
	for (size_t i = 0; i < array_len(partial); i++) {
		if (str_eq(partial[i].number, number))
			return partial[i].note;
	}
	return NULL;
}

static void add_xep(struct sbuf *out, const struct walk *w)
{
	const char *note = note_of(w->number);

	(void)sbuf_lit(out, "    <implements>\n      <xmpp:SupportedXep>\n"
			    "        <xmpp:xep rdf:resource=\"");
	add_url(out, true, w->number);
	(void)sbuf_printf(out, "\"/>\n        <xmpp:status>%s</xmpp:status>\n",
			  note ? "partial" : "complete");
	(void)sbuf_printf(out, "        <xmpp:version>%.*s</xmpp:version>\n", STR_ARG(w->version));
	if (note)
		(void)sbuf_printf(out, "        <xmpp:note>%s</xmpp:note>\n", note);
	(void)sbuf_lit(out, "      </xmpp:SupportedXep>\n    </implements>\n");
}

enum err docs_write_doap(struct sbuf *out)
{
	struct walk rfcs = { .is_xep = false }, xeps = { .is_xep = true };

	(void)sbuf_lit(
		out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!-- Made by ./dev docs from the tables of the program itself (XEP-0453). -->\n"
		"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n"
		"         xmlns=\"http://usefulinc.com/ns/doap#\"\n"
		"         xmlns:xmpp=\"https://linkmauve.fr/ns/xmpp-doap#\">\n"
		"  <Project>\n"
		"    <name>Parley</name>\n"
		"    <shortdesc xml:lang=\"en\">XMPP server in C</shortdesc>\n"
		"    <programming-language>C</programming-language>\n"
		"    <os>Linux</os>\n"
		"    <license rdf:resource=\"https://spdx.org/licenses/Apache-2.0\"/>\n");
	while (walk_on(&rfcs)) {
		(void)sbuf_lit(out, "    <implements rdf:resource=\"");
		add_url(out, false, rfcs.number);
		(void)sbuf_lit(out, "\"/>\n");
	}
	while (walk_on(&xeps))
		add_xep(out, &xeps);
	(void)sbuf_lit(out, "  </Project>\n</rdf:RDF>\n");
	return out->err;
}
