/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings, see http_coding.h. */
#include "net/http_coding.h"

enum { WEIGHT_MAX = 1000, UNNAMED = -1 };

/* What a client says, in thousandths. */
struct wishes {
	int weights[HTTP_CODINGS]; /* or UNNAMED */
	int others;                /* "*", or UNNAMED */
};

struct str http_coding_name(enum http_coding coding)
{
	static const struct str names[HTTP_CODINGS] = {
		[HTTP_CODING_GZIP] = STR_INIT("gzip"),
		[HTTP_CODING_BR] = STR_INIT("br"),
	};

	return names[coding];
}

/* A qvalue (RFC 9110, 12.4.2): 0 or 1, with up to three digits behind a point. What is none counts
 * as 0: better the whole than what cannot be read. */
static int read_weight(struct str text)
{
	int weight = 0, unit = WEIGHT_MAX;

	if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
	    (text.len > 1 && text.ptr[1] != '.'))
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (i == 1)
			continue;
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		weight += unit * (text.ptr[i] - '0');
		unit /= 10;
	}
	return weight <= WEIGHT_MAX ? weight : 0;
}

static int *place_of(struct wishes *w, struct str name)
{
	if (str_eq(name, STR("*")))
		return &w->others;
	if (str_eq_nocase(name, STR("br")))
		return &w->weights[HTTP_CODING_BR];
	if (str_eq_nocase(name, STR("gzip")) || str_eq_nocase(name, STR("x-gzip")))
		return &w->weights[HTTP_CODING_GZIP];
	if (str_eq_nocase(name, STR("identity")))
		return &w->weights[HTTP_CODING_NONE];
	return NULL;
}

/* "gzip", "br;q=0.5" */
static void read_item(struct wishes *w, struct str item)
{
	struct str rest = item, name = STR_NONE;
	int *place, weight = WEIGHT_MAX;

	(void)str_split(&rest, ';', &name); /* false: empty, and no name of ours */
	place = place_of(w, str_trim(name));
	if (!place)
		return;
	if (str_is_set(rest)) {
		rest = str_trim(rest);
		weight = str_eq_nocase(str_sub(rest, 0, 2), STR("q="))
				 ? read_weight(str_from_at(rest, 2))
				 : 0;
	}
	*place = weight;
}

static bool read_wishes(const struct http_head *head, struct wishes *w)
{
	bool is_there = false;

	*w = (struct wishes){ .weights = { UNNAMED, UNNAMED, UNNAMED }, .others = UNNAMED };
	for (unsigned i = 0; i < head->count; i++) {
		struct str rest = head->fields[i].value, item;

		if (!str_eq_nocase(head->fields[i].name, STR("Accept-Encoding")))
			continue;
		is_there = true;
		while (str_split(&rest, ',', &item))
			read_item(w, item);
	}
	return is_there;
}

static int weight_of(const struct wishes *w, enum http_coding coding)
{
	int weight = w->weights[coding] != UNNAMED ? w->weights[coding] : w->others;

	/* Acceptable unless it is ruled out, but behind all that is asked for. */
	return weight == UNNAMED ? 0 : weight;
}

enum http_coding http_coding_pick(const struct http_head *head, unsigned has)
{
	enum http_coding best = HTTP_CODING_NONE;
	struct wishes w;

	if (!read_wishes(head, &w))
		return best;
	for (enum http_coding c = HTTP_CODING_GZIP; c < HTTP_CODINGS; c++) {
		int weight = weight_of(&w, c);

		if ((has & HTTP_CODING_BIT(c)) && weight > 0 && weight >= weight_of(&w, best))
			best = c;
	}
	return best;
}
