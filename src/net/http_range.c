/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and ranges, see http_range.h. */
#include "net/http_range.h"

#include <stdio.h>
#include <time.h>

/* ---- dates ---- */

static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct str http_date_write(usec_t wall, char buf[HTTP_DATE_LEN + 1])
{
	time_t t = (time_t)(wall / USEC_PER_SEC);
	struct tm tm = { 0 };

	(void)gmtime_r(&t, &tm); /* fails past the year 2^31 */
	(void)snprintf(buf, HTTP_DATE_LEN + 1, "%s, %02u %s %04u %02u:%02u:%02u GMT",
		       days[tm.tm_wday], (unsigned)tm.tm_mday % 100, months[tm.tm_mon],
		       (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
		       (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	return str_from(buf);
}

static bool read_number(struct str text, size_t at, size_t len, int *ret_n)
{
	int n = 0;

	for (size_t i = at; i < at + len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		n = 10 * n + (text.ptr[i] - '0');
	}
	*ret_n = n;
	return true;
}

static bool read_month(struct str name, int *ret_n)
{
	for (int i = 0; i < (int)array_len(months); i++) {
		if (str_eq(name, str_from(months[i]))) {
			*ret_n = i;
			return true;
		}
	}
	return false;
}

enum err http_date_read(struct str text, usec_t *ret_wall)
{
	struct tm tm = { 0 };
	char again[HTTP_DATE_LEN + 1];
	usec_t wall;

	if (text.len != HTTP_DATE_LEN || !read_number(text, 5, 2, &tm.tm_mday) ||
	    !read_month(str_sub(text, 8, 3), &tm.tm_mon) ||
	    !read_number(text, 12, 4, &tm.tm_year) || !read_number(text, 17, 2, &tm.tm_hour) ||
	    !read_number(text, 20, 2, &tm.tm_min) || !read_number(text, 23, 2, &tm.tm_sec))
		return ERR_INVALID;
	tm.tm_year -= 1900;
	wall = (usec_t)timegm(&tm) * USEC_PER_SEC;
	if (!str_eq(http_date_write(wall, again), text))
		return ERR_INVALID;
	*ret_wall = wall;
	return OK;
}

/* ---- ranges ---- */

/* The last size bytes of a file. */
static enum http_range read_suffix(struct str text, uint64_t size, uint64_t *ret_first,
				   uint64_t *ret_last)
{
	uint64_t n;
	enum err e = str_to_u64(text, &n);

	if (e == ERR_TOO_BIG)
		n = UINT64_MAX;
	else if (e)
		return HTTP_RANGE_NONE;
	if (n == 0 || size == 0)
		return HTTP_RANGE_WRONG;
	*ret_first = n < size ? size - n : 0;
	*ret_last = size - 1;
	return HTTP_RANGE_PART;
}

/* Digits alone: as large as it gets. */
static enum err read_place(struct str text, uint64_t *ret_n)
{
	enum err e = str_to_u64(text, ret_n);

	if (e != ERR_TOO_BIG)
		return e;
	*ret_n = UINT64_MAX;
	return OK;
}

enum http_range http_range_read(struct str value, uint64_t size, uint64_t *ret_first,
				uint64_t *ret_last)
{
	struct str rest = value, unit, from;
	uint64_t first, last = UINT64_MAX;

	if (!str_split(&rest, '=', &unit) || !str_is_set(rest) ||
	    !str_eq_nocase(str_trim(unit), STR("bytes")))
		return HTTP_RANGE_NONE;
	rest = str_trim(rest);
	if (str_index(rest, ',') >= 0 || !str_split(&rest, '-', &from) || !str_is_set(rest))
		return HTTP_RANGE_NONE;
	if (str_is_empty(from))
		return read_suffix(rest, size, ret_first, ret_last);
	if (read_place(from, &first) || (rest.len && read_place(rest, &last)) || last < first)
		return HTTP_RANGE_NONE;
	if (first >= size)
		return HTTP_RANGE_WRONG;
	*ret_first = first;
	*ret_last = last < size ? last : size - 1;
	return HTTP_RANGE_PART;
}

/* ---- conditions ---- */

bool http_tag_is_among(struct str list, struct str tag, bool is_weak)
{
	struct str item;

	if (str_eq(str_trim(list), STR("*")))
		return true;
	while (str_split(&list, ',', &item)) { /* our tags have no comma in them */
		item = str_trim(item);
		if (is_weak && str_starts(item, STR("W/")))
			item = str_from_at(item, 2);
		if (str_eq(item, tag))
			return true;
	}
	return false;
}

/* Whether the file is newer than the date in the field; without a date that can be read: otherwise.
 */
static bool is_newer(struct str field, usec_t wall_made, bool otherwise)
{
	usec_t wall;

	if (http_date_read(field, &wall))
		return otherwise;
	return wall_made / USEC_PER_SEC > wall / USEC_PER_SEC;
}

static bool has_failed(const struct http_head *head, struct str tag, usec_t wall_made)
{
	struct str tags = http_head_field(head, STR("If-Match"));

	if (str_is_set(tags))
		return !http_tag_is_among(tags, tag, false);
	return is_newer(http_head_field(head, STR("If-Unmodified-Since")), wall_made, false);
}

static bool is_known(const struct http_head *head, struct str tag, usec_t wall_made)
{
	struct str tags = http_head_field(head, STR("If-None-Match"));

	if (str_is_set(tags))
		return http_tag_is_among(tags, tag, true);
	return !is_newer(http_head_field(head, STR("If-Modified-Since")), wall_made, true);
}

/* If-Range: a part only of what the client has begun with. */
static bool may_have_part(const struct http_head *head, struct str tag, usec_t wall_made)
{
	struct str field = http_head_field(head, STR("If-Range"));
	usec_t wall;

	if (!str_is_set(field) || str_eq(field, tag))
		return true;
	return http_date_read(field, &wall) == OK &&
	       wall / USEC_PER_SEC == wall_made / USEC_PER_SEC;
}

enum http_wish http_wish_read(const struct http_head *head, struct str tag, usec_t wall_made,
			      uint64_t size, uint64_t *ret_first, uint64_t *ret_last)
{
	struct str range = http_head_field(head, STR("Range"));

	if (has_failed(head, tag, wall_made))
		return HTTP_WISH_FAILED;
	if (is_known(head, tag, wall_made))
		return HTTP_WISH_NOT_MODIFIED;
	if (!str_is_set(range) || head->verb != HTTP_VERB_GET ||
	    !may_have_part(head, tag, wall_made))
		return HTTP_WISH_WHOLE;
	switch (http_range_read(range, size, ret_first, ret_last)) {
	case HTTP_RANGE_PART:
		return HTTP_WISH_PART;
	case HTTP_RANGE_WRONG:
		return HTTP_WISH_NO_RANGE;
	case HTTP_RANGE_NONE:
		break;
	}
	return HTTP_WISH_WHOLE;
}
