/* SPDX-License-Identifier: Apache-2.0 */
/* Result set management, see rsm.h. */
#include "xep/rsm.h"

#include "xmpp/ns.h"

static enum err read_number(const struct xml *x, struct arena *a, uint64_t *ret_n)
{
	return str_to_u64(str_trim(xml_text(x, a)), ret_n) ? ERR_INVALID : OK;
}

/* An id is never trimmed: it is opaque. */
static enum err read_id(const struct xml *x, struct arena *a, struct str *ret_id)
{
	struct str id = xml_text(x, a);

	if (str_is_set(*ret_id))
		return ERR_INVALID;
	if (id.len > RSM_ID_MAX)
		return ERR_TOO_BIG;
	*ret_id = id.len ? id : STR("");
	return OK;
}

static enum err read_max(const struct xml *x, struct arena *a, struct rsm *r)
{
	uint64_t n;
	enum err err = r->has_max ? ERR_INVALID : read_number(x, a, &n);

	if (err)
		return err;
	r->has_max = true;
	r->max = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	return OK;
}

static enum err read_index(const struct xml *x, struct arena *a, struct rsm *r)
{
	enum err err = r->has_index ? ERR_INVALID : read_number(x, a, &r->index);

	if (!err)
		r->has_index = true;
	return err;
}

static enum err read_part(const struct xml *x, struct arena *a, struct rsm *r)
{
	if (xml_is(x, NS_RSM, STR("max")))
		return read_max(x, a, r);
	if (xml_is(x, NS_RSM, STR("index")))
		return read_index(x, a, r);
	if (xml_is(x, NS_RSM, STR("after")))
		return read_id(x, a, &r->after);
	if (xml_is(x, NS_RSM, STR("before")))
		return read_id(x, a, &r->before);
	return OK;
}

enum err rsm_read(const struct xml *parent, struct arena *a, struct rsm *ret_rsm)
{
	const struct xml *set = xml_child(parent, NS_RSM, STR("set"));
	struct rsm r = { .is_set = set != NULL };

	if (set) {
		for (const struct xml *x = xml_next(set); x; x = xml_next(x)) {
			if (xml_is(x, NS_RSM, STR("set")))
				return ERR_INVALID;
		}
		xml_each (part, set) {
			enum err err = read_part(part, a, &r);

			if (err)
				return err;
		}
		if (str_is_set(r.after) + str_is_set(r.before) + r.has_index > 1 ||
		    (str_is_set(r.after) && str_is_empty(r.after)))
			return ERR_INVALID;
	}
	*ret_rsm = r;
	return OK;
}

static struct str number(struct arena *a, uint64_t n)
{
	return arena_printf(a, "%llu", (unsigned long long)n);
}

void rsm_write(struct arena *a, struct xml *parent, const struct rsm_page *page)
{
	struct xml *set = xml_add_new(a, parent, NS_RSM, STR("set"));
	struct xml *first;

	if (str_is_set(page->first)) {
		first = xml_add_text_el(a, set, NS_RSM, STR("first"), page->first);
		if (page->has_index)
			xml_set(a, first, STR("index"), number(a, page->index));
		(void)xml_add_text_el(a, set, NS_RSM, STR("last"), page->last);
	}
	if (page->has_count)
		(void)xml_add_text_el(a, set, NS_RSM, STR("count"), number(a, page->count));
}
