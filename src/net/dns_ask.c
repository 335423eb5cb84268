/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS, see dns_ask.h. */
#include "net/dns_ask.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

enum { ANSWER_MAX = 4096 /* bytes */, SRV_FIXED = 6 /* priority, weight, port */ };

struct question {
	struct __res_state state;
	char name[DNS_NAME_MAX + 1];
	unsigned char answer[ANSWER_MAX];
	int len;
};

static enum err prepare(struct question *q, const struct addr *resolver, struct str name)
{
	struct sockaddr_storage ss;

	memset(q, 0, sizeof(*q));
	if (name.len == 0 || name.len > DNS_NAME_MAX || memchr(name.ptr, '\0', name.len))
		return ERR_INVALID;
	memcpy(q->name, name.ptr, name.len);
	if (res_ninit(&q->state) != 0)
		return ERR_CLOSED;
	q->state.retrans = 1; /* seconds, doubled for the second try */
	q->state.retry = 2;
	if (!resolver->is_set)
		return OK;
	must(addr_is_v4(resolver) && addr_to_sockaddr(resolver, &ss) == sizeof(struct sockaddr_in));
	q->state.nscount = 1;
	memcpy(&q->state.nsaddr_list[0], &ss, sizeof(struct sockaddr_in));
	return OK;
}

static enum err ask(struct question *q, int type)
{
	q->len = res_nquery(&q->state, q->name, ns_c_in, type, q->answer, sizeof(q->answer));
	if (q->len >= 0)
		return q->len > (int)sizeof(q->answer) ? ERR_INVALID : OK;
	switch (q->state.res_h_errno) {
	case HOST_NOT_FOUND:
	case NO_DATA:
		return ERR_NOT_FOUND;
	default:
		return ERR_CLOSED;
	}
}

static enum err read_srv(const ns_msg *msg, const ns_rr *rr, struct dns_srv *ret_row)
{
	const unsigned char *data = ns_rr_rdata(*rr);
	struct dns_srv row = { 0 };

	if (ns_rr_rdlen(*rr) <= SRV_FIXED)
		return ERR_INVALID;
	row.port = (uint16_t)(data[4] << 8 | data[5]);
	if (dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), data + SRV_FIXED, row.target,
		      (int)sizeof(row.target)) < 0)
		return ERR_INVALID;
	*ret_row = row;
	return OK;
}

static enum err read_rows(const struct question *q, struct dns_srv *rows, size_t *ret_count)
{
	size_t count = 0;
	ns_msg msg;
	ns_rr rr;

	if (ns_initparse(q->answer, q->len, &msg) != 0)
		return ERR_INVALID;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && count < DNS_SRV_MAX; i++) {
		if (ns_parserr(&msg, ns_s_an, i, &rr) != 0)
			return ERR_INVALID;
		if (ns_rr_type(rr) != ns_t_srv) /* an alias on the way */
			continue;
		if (read_srv(&msg, &rr, &rows[count]))
			return ERR_INVALID;
		count++;
	}
	*ret_count = count;
	return count ? OK : ERR_NOT_FOUND;
}

enum err dns_ask_srv(const struct addr *resolver, struct str name,
		     struct dns_srv ret_rows[DNS_SRV_MAX], size_t *ret_count)
{
	struct question q;
	enum err e = prepare(&q, resolver, name);

	if (!e)
		e = ask(&q, ns_t_srv);
	res_nclose(&q.state);
	return e ? e : read_rows(&q, ret_rows, ret_count);
}

enum err dns_ask_address(const struct addr *resolver, struct str name)
{
	struct question q;
	enum err e = prepare(&q, resolver, name);

	if (!e)
		e = ask(&q, ns_t_a);
	if (e == ERR_NOT_FOUND)
		e = ask(&q, ns_t_aaaa);
	res_nclose(&q.state);
	return e;
}

enum err dns_ask_rows(const struct addr *resolver, struct str name, enum dns_kind kind,
		      struct dns_row ret_rows[DNS_ROWS_MAX], size_t *ret_count)
{
	struct question q;
	size_t count = 0;
	ns_msg msg;
	ns_rr rr;
	enum err e = prepare(&q, resolver, name);

	if (!e)
		e = ask(&q, (int)kind);
	res_nclose(&q.state);
	if (e)
		return e;
	if (ns_initparse(q.answer, q.len, &msg) != 0)
		return ERR_INVALID;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && count < DNS_ROWS_MAX; i++) {
		struct dns_row *row = &ret_rows[count];

		if (ns_parserr(&msg, ns_s_an, i, &rr) != 0)
			return ERR_INVALID;
		if ((int)ns_rr_type(rr) != (int)kind) /* an alias on the way */
			continue;
		row->len = ns_rr_rdlen(rr) < DNS_ROW_MAX ? ns_rr_rdlen(rr) : DNS_ROW_MAX;
		memcpy(row->data, ns_rr_rdata(rr), row->len);
		count++;
	}
	*ret_count = count;
	return count ? OK : ERR_NOT_FOUND;
}
