/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding fields, see http_forward.h. */
#include "net/http_forward.h"

static const struct str fields[] = {
	STR_INIT("Forwarded"),        STR_INIT("X-Forwarded-For"),  STR_INIT("X-Forwarded-Proto"),
	STR_INIT("X-Forwarded-Host"), STR_INIT("X-Forwarded-Port"), STR_INIT("X-Real-IP"),
};

static bool has_any(const struct http_head *head)
{
	for (unsigned i = 0; i < array_len(fields); i++) {
		if (str_is_set(http_head_field(head, fields[i])))
			return true;
	}
	return false;
}

/* "1.2.3.4", "1.2.3.4:5", "::1", "[::1]", "[::1]:5" */
static enum err parse_node(struct str s, struct addr *ret_addr)
{
	ptrdiff_t end;

	if (!addr_parse_ip(s, ret_addr))
		return OK;
	if (!addr_parse(s, ret_addr) && ret_addr->is_set)
		return OK;
	end = str_index(s, ']');
	if (!str_starts(s, STR("[")) || end < 0 || (size_t)end + 1 != s.len)
		return ERR_INVALID;
	return addr_parse_ip(str_sub(s, 1, (size_t)end - 1), ret_addr);
}

static struct str unquote(struct str s)
{
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		return str_sub(s, 1, s.len - 2);
	return s;
}

/* The value of one parameter of an element of Forwarded. */
static struct str parameter(struct str element, struct str name)
{
	struct str pair, key;

	while (str_split(&element, ';', &pair)) {
		if (str_split(&pair, '=', &key) && str_is_set(pair) &&
		    str_eq_nocase(str_trim(key), name))
			return unquote(str_trim(pair));
	}
	return STR_NONE;
}

/* Takes the last element off a comma-separated list. */
static struct str last_element(struct str *list)
{
	size_t at = list->len;
	struct str element;

	while (at && list->ptr[at - 1] != ',')
		at--;
	element = str_trim(str_from_at(*list, at));
	*list = str_sub(*list, 0, at ? at - 1 : 0);
	return element;
}

/* One field from its end, up to the client. True when the client was found, or *ret_status is set.
 */
static bool walk(struct str list, bool is_rfc7239, const struct addr_nets *proxies,
		 struct http_client *client, unsigned *ret_status)
{
	while (!str_is_empty(list)) {
		struct str node = last_element(&list);
		struct addr addr;

		if (is_rfc7239)
			node = parameter(node, STR("for"));
		/* A proxy may hide the address (RFC 7239, 6.2 and 6.3): then it stands for its
		 * client. */
		if (is_rfc7239 && (!str_is_set(node) || str_starts(node, STR("_")) ||
				   str_eq_nocase(node, STR("unknown"))))
			return true;
		if (parse_node(node, &addr)) {
			*ret_status = 400;
			return true;
		}
		addr.port = 0;
		client->addr = addr;
		client->is_forwarded = true;
		if (!addr_nets_have(proxies, &addr))
			return true;
	}
	return false;
}

static bool is_https(const struct http_head *head)
{
	struct str forwarded = http_head_field(head, STR("Forwarded"));
	struct str proto = http_head_field(head, STR("X-Forwarded-Proto"));

	if (str_is_set(forwarded))
		return str_eq_nocase(parameter(last_element(&forwarded), STR("proto")),
				     STR("https"));
	return str_is_set(proto) && str_eq_nocase(last_element(&proto), STR("https"));
}

unsigned http_forward_client(const struct http_head *head, const struct addr *peer,
			     const struct addr_nets *proxies, struct http_client *ret_client)
{
	struct http_client client = { .addr = *peer };
	bool is_rfc7239 = str_is_set(http_head_field(head, STR("Forwarded")));
	struct str name = is_rfc7239 ? STR("Forwarded") : STR("X-Forwarded-For");
	unsigned status = 0;

	*ret_client = client;
	if (!has_any(head))
		return 0;
	if (!addr_nets_have(proxies, peer))
		return 400;
	if (is_rfc7239 && str_is_set(http_head_field(head, STR("X-Forwarded-For"))))
		return 400;
	for (unsigned i = head->count; i > 0; i--) {
		const struct http_field *field = &head->fields[i - 1];

		if (str_eq_nocase(field->name, name) &&
		    walk(field->value, is_rfc7239, proxies, &client, &status))
			break;
	}
	if (status)
		return status;
	client.is_secure = is_https(head);
	*ret_client = client;
	return 0;
}
