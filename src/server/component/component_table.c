/* SPDX-License-Identifier: Apache-2.0 */
/* Components of the configuration, see component_table.h. */
#include "server/component/component_table.h"

#include "crypto/secret.h"
#include "xmpp/jid.h"

#include <limits.h>
#include <stdio.h>

#define ROW(key) "components.*." key

struct reader {
	const struct conf *conf;
	const char *name;
	struct services *services;
	struct blame *blame;
	size_t i; /* the group that is read */
};

static enum err wrong(const struct reader *r, const char *row, const char *why)
{
	struct str name = str_sub(conf_group_str(r->conf, ROW("name"), r->i), 0, 100);

	int line = conf_group_line(r->conf, row, r->i);

	if (!line)
		line = conf_line(r->conf, "components");
	(void)snprintf(r->blame->text, sizeof(r->blame->text), "%s:%d: component \"%.*s\": %s",
		       r->name, line, STR_ARG(name), why);
	return ERR_INVALID;
}

static enum err read_name(struct reader *r, struct service *s)
{
	struct str text = conf_group_str(r->conf, ROW("name"), r->i);

	if (!text.len)
		return wrong(r, ROW("name"), "it has no name");
	if (jid_prep_domain(&r->services->arena, text, &s->domain) || !str_eq(s->domain, text))
		return wrong(
			r, ROW("name"),
			"the name is not a domain like \"irc.chat.example\" in its normal form");
	if (str_eq(s->domain, conf_str(r->conf, "domain")))
		return wrong(r, ROW("name"), "the name is the server's own domain");
	for (size_t i = 0; i < r->i; i++) {
		if (str_eq(r->services->items[i].domain, s->domain))
			return wrong(r, ROW("name"), "there are two of this name");
	}
	s->domain = arena_dup(&r->services->arena, s->domain);
	return OK;
}

/* The first line of a file, in the arena. */
static enum err read_secret_file(struct reader *r, struct str path, struct str *ret_secret)
{
	char full[PATH_MAX], line[COMPONENT_SECRET_MAX + 2];
	struct str folder = conf_folder(r->conf);
	FILE *f;
	int len = str_starts(path, STR("/")) ? snprintf(full, sizeof(full), "%.*s", STR_ARG(path))
					     : snprintf(full, sizeof(full), "%.*s/%.*s",
							STR_ARG(folder), STR_ARG(path));
	bool is_read;

	f = len > 0 && len < (int)sizeof(full) ? fopen(full, "re") : NULL;
	if (!f)
		return wrong(r, ROW("secret_file"), "its secret_file cannot be opened");
	is_read = fgets(line, sizeof(line), f) != NULL;
	(void)fclose(f); /* it was only read */
	*ret_secret = arena_dup(&r->services->arena, is_read ? str_trim(str_from(line)) : STR(""));
	secret_wipe(line, sizeof(line));
	return OK;
}

static enum err read_secret(struct reader *r, struct service *s)
{
	struct str file = conf_group_str(r->conf, ROW("secret_file"), r->i);
	struct str secret = conf_group_str(r->conf, ROW("secret"), r->i);

	if (file.len && secret.len)
		return wrong(r, ROW("secret"), "it has both secret and secret_file");
	if (file.len && read_secret_file(r, file, &s->secret))
		return ERR_INVALID;
	if (!file.len)
		s->secret = arena_dup(&r->services->arena, secret);
	if (s->secret.len < COMPONENT_SECRET_MIN)
		return wrong(r, ROW("secret"), "its secret has fewer than 16 characters");
	if (s->secret.len > COMPONENT_SECRET_MAX)
		return wrong(r, ROW("secret"), "its secret has more than 1024 bytes");
	return OK;
}

/* ---- rights ---- */

/* Which of words the text is, or -1. */
static int word_of(struct str text, const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (str_eq(text, str_from(words[i])))
			return i;
	}
	return -1;
}

static const char *const roster_words[] = { "none", "get", "set", "both", NULL };

static enum err read_rights(struct reader *r, struct service *s)
{
	static const char *const messages[] = { "none", "outgoing", NULL };
	static const char *const presences[] = { "none", "managed_entity", "roster", NULL };
	int roster = word_of(conf_group_str(r->conf, ROW("roster"), r->i), roster_words);
	int message = word_of(conf_group_str(r->conf, ROW("message"), r->i), messages);
	int presence = word_of(conf_group_str(r->conf, ROW("presence"), r->i), presences);

	if (roster < 0)
		return wrong(r, ROW("roster"), "its roster must be none, get, set or both");
	if (message < 0)
		return wrong(r, ROW("message"), "its message must be none or outgoing");
	if (presence < 0)
		return wrong(r, ROW("presence"),
			     "its presence must be none, managed_entity or roster");
	if (presence == 2 && !(roster & SERVICE_ROSTER_GET)) /* XEP-0356 5.4 */
		return wrong(r, ROW("presence"),
			     "its presence is roster, but its roster is neither get nor both");
	s->rights = (unsigned)roster; /* the words stand in the order of the bits */
	if ((roster & SERVICE_ROSTER_GET) && conf_group_bool(r->conf, ROW("roster_push"), r->i))
		s->rights |= SERVICE_ROSTER_PUSH;
	if (message)
		s->rights |= SERVICE_MESSAGE;
	if (presence)
		s->rights |= SERVICE_PRESENCE;
	if (presence == 2)
		s->rights |= SERVICE_ROSTER_PRESENCE;
	return OK;
}

static enum err read_iqs(struct reader *r, struct service *s)
{
	size_t count = conf_group_list_count(r->conf, ROW("iq"), r->i);

	if (count > COMPONENT_NAMESPACES_MAX)
		return wrong(r, ROW("iq"), "its iq has more than 64 namespaces");
	s->iqs = arena_zalloc(&r->services->arena, (count + 1) * sizeof(*s->iqs));
	for (size_t i = 0; i < count; i++) {
		struct str rest = conf_group_list_at(r->conf, ROW("iq"), r->i, i), ns = STR_NONE;
		int type = str_split(&rest, ' ', &ns) ? word_of(str_trim(rest), roster_words) : -1;

		if (type <= 0 || !ns.len)
			return wrong(
				r, ROW("iq"),
				"its iq must have entries like \"NAMESPACE get\", set or both");
		s->iqs[s->iq_count++] =
			(struct service_iq){ .ns = arena_dup(&r->services->arena, ns),
					     .may_get = type & SERVICE_ROSTER_GET,
					     .may_set = type & SERVICE_ROSTER_SET };
	}
	return OK;
}

/* ---- delegated namespaces ---- */

/* XEP-0355 8 names the first; without the others nobody would find anything, or act safely. */
static bool may_be_delegated(struct str ns)
{
	static const struct str never[] = { STR_INIT("urn:xmpp:delegation:2"),
					    STR_INIT("urn:xmpp:privilege:2"),
					    STR_INIT("http://jabber.org/protocol/disco#info"),
					    STR_INIT("http://jabber.org/protocol/disco#items"),
					    STR_INIT("urn:ietf:params:xml:ns:xmpp-bind"),
					    STR_INIT("urn:ietf:params:xml:ns:xmpp-session") };

	for (size_t i = 0; i < array_len(never); i++) {
		if (str_eq(ns, never[i]))
			return false;
	}
	return ns.len > 0 && !str_starts(ns, STR("urn:xmpp:delegation:"));
}

static bool is_delegated_already(const struct reader *r, struct str ns)
{
	for (size_t i = 0; i <= r->i; i++) {
		const struct service *s = &r->services->items[i];

		for (size_t k = 0; k < s->delegation_count; k++) {
			if (str_eq(s->delegations[k].ns, ns))
				return true;
		}
	}
	return false;
}

static enum err read_delegation(struct reader *r, struct service *s, struct str text)
{
	struct arena *a = &r->services->arena;
	struct service_delegation *x = &s->delegations[s->delegation_count];
	struct str rest = arena_dup(a, text), attr;

	if (!str_split(&rest, ' ', &x->ns) || !may_be_delegated(x->ns))
		return wrong(r, ROW("delegate"), "its delegate has a namespace that cannot be");
	if (is_delegated_already(r, x->ns))
		return wrong(r, ROW("delegate"), "its delegate has a namespace that is taken");
	x->attrs = arena_zalloc(a, COMPONENT_ATTRS_MAX * sizeof(*x->attrs));
	while (str_split(&rest, ' ', &attr)) {
		if (!attr.len)
			continue;
		if (x->attr_count == COMPONENT_ATTRS_MAX)
			return wrong(r, ROW("delegate"), "its delegate has more than 8 attributes");
		x->attrs[x->attr_count++] = attr;
	}
	s->delegation_count++;
	return OK;
}

static enum err read_delegations(struct reader *r, struct service *s)
{
	size_t count = conf_group_list_count(r->conf, ROW("delegate"), r->i);

	if (count > COMPONENT_NAMESPACES_MAX)
		return wrong(r, ROW("delegate"), "its delegate has more than 64 namespaces");
	s->delegations = arena_zalloc(&r->services->arena, (count + 1) * sizeof(*s->delegations));
	for (size_t i = 0; i < count; i++) {
		if (read_delegation(r, s, conf_group_list_at(r->conf, ROW("delegate"), r->i, i)))
			return ERR_INVALID;
	}
	return OK;
}

static void write_terms(struct reader *r, struct service *s)
{
	static const char *const lists[] = { ROW("iq"), ROW("delegate") };
	struct arena *a = &r->services->arena;

	s->terms = arena_printf(a, "%u", s->rights);
	for (size_t k = 0; k < array_len(lists); k++) {
		for (size_t i = 0; i < conf_group_list_count(r->conf, lists[k], r->i); i++)
			s->terms = ARENA_JOIN(a, s->terms, str_from(k ? "\nd " : "\ni "),
					      conf_group_list_at(r->conf, lists[k], r->i, i));
	}
}

enum err component_table_read(const struct conf *conf, const char *name,
			      struct services **ret_services, struct blame *blame)
{
	size_t count = conf_groups_count(conf, "components");
	struct reader r = {
		.conf = conf, .name = name, .services = services_new(count), .blame = blame
	};

	for (; r.i < count; r.i++) {
		struct service *s = &r.services->items[r.i];
		enum err e = read_name(&r, s);

		if (!e)
			e = read_secret(&r, s);
		if (!e)
			e = read_rights(&r, s);
		if (!e)
			e = read_iqs(&r, s);
		if (!e)
			e = read_delegations(&r, s);
		if (!e)
			write_terms(&r, s);
		if (e) {
			(void)services_unref(r.services);
			return e;
		}
	}
	*ret_services = r.services;
	return OK;
}
