/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of a message archive, see mam.h. */
#include "xep/mam.h"

#include "xep/form.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

static bool refuse(enum condition why, enum condition *ret_why)
{
	*ret_why = why;
	return false;
}

/* ---- the form ---- */

static const struct {
	struct str var, type;
} fields[] = {
	{ STR_INIT("with"), STR_INIT("jid-single") },
	{ STR_INIT("start"), STR_INIT("text-single") },
	{ STR_INIT("end"), STR_INIT("text-single") },
	{ STR_INIT("before-id"), STR_INIT("text-single") },
	{ STR_INIT("after-id"), STR_INIT("text-single") },
	{ STR_INIT("ids"), STR_INIT("list-multi") },
	{ STR_INIT("include-groupchat"), STR_INIT("boolean") },
	{ STR_INIT("{urn:xmpp:fulltext:0}fulltext"), STR_INIT("text-single") },
	{ STR_INIT("{urn:parley:search:0}context"), STR_INIT("text-single") },
};

void mam_form_write(struct arena *a, struct xml *query)
{
	struct xml *form = form_new(a, STR("form"), NS_MAM);

	for (size_t i = 0; i < array_len(fields); i++) {
		struct xml *field = form_add(a, form, fields[i].var, fields[i].type, STR_NONE);

		if (str_eq(fields[i].type, STR("list-multi"))) {
			struct xml *rule =
				xml_add_new(a, field, NS_XDATA_VALIDATE, STR("validate"));

			xml_set(a, rule, STR("datatype"), STR("xs:string"));
			(void)xml_add_new(a, rule, NS_XDATA_VALIDATE, STR("open"));
		}
	}
	xml_add(query, form);
}

static bool is_known(struct str var)
{
	bool found = str_eq(var, STR("FORM_TYPE"));

	for (size_t i = 0; i < array_len(fields); i++)
		found |= str_eq(var, fields[i].var);
	return found;
}

/* 4.1.5: what is not known is not passed over. */
static bool knows_fields(const struct xml *form)
{
	xml_each (field, form) {
		struct str var = xml_attr(field, STR("var"));

		if (xml_is(field, NS_DATA, STR("field")) && str_is_set(var) && !is_known(var))
			return false;
	}
	return true;
}

static bool read_with(const struct xml *form, struct arena *a, struct mam_query *q)
{
	struct str text = form_value(form, STR("with"), a);

	return !str_is_set(text) || jid_parse(a, text, &q->with) == OK;
}

/* 4.1.2: XEP-0082. */
static bool read_time(const struct xml *form, struct str var, struct arena *a, bool *has_time,
		      usec_t *time)
{
	struct str text = form_value(form, var, a);

	*has_time = str_is_set(text);
	return !*has_time || datetime_parse(str_trim(text), time) == OK;
}

static bool read_groupchat(const struct xml *form, struct mam_query *q)
{
	bool is_wanted = true;
	enum err e = form_bool(form, STR("include-groupchat"), &is_wanted);

	q->has_groupchat = e == OK && is_wanted;
	return e == OK || e == ERR_NOT_FOUND;
}

/* 4.1.3. An id is never trimmed: it is opaque. */
static bool read_ids(const struct xml *form, struct arena *a, struct mam_query *q,
		     enum condition *ret_why)
{
	q->after_id = form_value(form, STR("after-id"), a);
	q->before_id = form_value(form, STR("before-id"), a);
	q->id_count = form_values(form, STR("ids"), a, &q->ids);
	if (!q->id_count)
		q->ids = NULL;
	if (q->id_count > MAM_IDS_MAX)
		return refuse(COND_POLICY_VIOLATION, ret_why);
	return true;
}

/* XEP-0431, and how much is wanted around what it finds. */
static bool read_search(const struct xml *form, struct arena *a, struct mam_query *q)
{
	struct str text = form_value(form, STR("{urn:parley:search:0}context"), a);
	uint64_t n = 0;

	q->fulltext = form_value(form, STR("{urn:xmpp:fulltext:0}fulltext"), a);
	if (str_is_set(text) && str_to_u64(str_trim(text), &n))
		return false;
	q->context = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

static bool read_form(const struct xml *form, struct arena *a, struct mam_query *q,
		      enum condition *ret_why)
{
	enum err e = form_check(form);

	if (e == ERR_TOO_BIG)
		return refuse(COND_POLICY_VIOLATION, ret_why);
	if (e || !str_eq(xml_attr(form, STR("type")), STR("submit")) ||
	    !str_eq(form_type_of(form, a), NS_MAM))
		return refuse(COND_BAD_REQUEST, ret_why);
	if (!knows_fields(form))
		return refuse(COND_FEATURE_NOT_IMPLEMENTED, ret_why);
	if (!read_with(form, a, q))
		return refuse(COND_JID_MALFORMED, ret_why);
	if (!read_time(form, STR("start"), a, &q->has_start, &q->wall_start) ||
	    !read_time(form, STR("end"), a, &q->has_end, &q->wall_end) ||
	    !read_groupchat(form, q) || !read_search(form, a, q))
		return refuse(COND_BAD_REQUEST, ret_why);
	return read_ids(form, a, q, ret_why);
}

/* ---- the query ---- */

static bool read_page(const struct xml *query, struct arena *a, struct rsm *rsm,
		      enum condition *ret_why)
{
	enum err e = rsm_read(query, a, rsm);

	if (e) /* no id of ours is so long */
		return refuse(e == ERR_TOO_BIG ? COND_ITEM_NOT_FOUND : COND_BAD_REQUEST, ret_why);
	return !rsm->has_index || refuse(COND_FEATURE_NOT_IMPLEMENTED, ret_why);
}

bool mam_query_read(const struct xml *query, struct arena *a, struct mam_query *ret_query,
		    enum condition *ret_why)
{
	struct mam_query q = { .id = xml_attr(query, STR("queryid")) };
	const struct xml *form = xml_child(query, NS_DATA, STR("x"));

	if (q.id.len > MAM_QUERY_ID_MAX)
		return refuse(COND_BAD_REQUEST, ret_why);
	if (str_is_set(xml_attr(query, STR("node")))) /* of pubsub */
		return refuse(COND_ITEM_NOT_FOUND, ret_why);
	q.is_flipped = xml_child(query, NS_MAM, STR("flip-page")) != NULL;
	if ((form && !read_form(form, a, &q, ret_why)) || !read_page(query, a, &q.rsm, ret_why))
		return false;
	*ret_query = q;
	return true;
}

/* ---- metadata ---- */

static void add_end(struct arena *a, struct xml *metadata, struct str name,
		    const struct mam_end *end)
{
	struct xml *x = xml_add_new(a, metadata, NS_MAM, name);

	xml_set(a, x, STR("id"), end->id);
	xml_set(a, x, STR("timestamp"), datetime_format(a, end->wall_time));
}

struct xml *mam_metadata_new(struct arena *a, const struct mam_end *first,
			     const struct mam_end *last)
{
	struct xml *metadata = xml_new(a, NS_MAM, STR("metadata"));

	if (first)
		add_end(a, metadata, STR("start"), first);
	if (last)
		add_end(a, metadata, STR("end"), last);
	return metadata;
}
