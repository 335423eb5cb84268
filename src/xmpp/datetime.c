/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as text (XEP-0082), see datetime.h. Any thread. */
#include "xmpp/datetime.h"

enum { DATETIME_LEN = sizeof("2026-11-22T01:02:03.123456Z") - 1 };

/* Days since 1970-01-01 of a day of the proleptic Gregorian calendar. The year is taken to begin in
 * March, so that the leap day is its last, and 400 of them have 146,097 days. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
	int64_t shifted = days + 719468; /* since 0000-03-01, never negative from year 1 on */
	int64_t era = shifted / 146097, of_era = shifted % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static int64_t month_days(int64_t year, int64_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* Appends count digits of n, and the character behind them. printf was an eighth of what a page of
 * an archive cost. */
static char *put_number(char *at, int64_t n, size_t count, char end)
{
	for (size_t i = count; i-- > 0; n /= 10)
		at[i] = (char)('0' + n % 10);
	at[count] = end;
	return at + count + 1;
}

struct str datetime_format(struct arena *a, usec_t wall)
{
	usec_t t = wall < DATETIME_MIN ? DATETIME_MIN : wall > DATETIME_MAX ? DATETIME_MAX : wall;
	usec_t of_day = (t % USEC_PER_DAY + USEC_PER_DAY) % USEC_PER_DAY;
	char *text = arena_alloc(a, DATETIME_LEN), *at = text;
	int64_t year, month, day;

	date_of((t - of_day) / USEC_PER_DAY, &year, &month, &day);
	at = put_number(at, year, 4, '-');
	at = put_number(at, month, 2, '-');
	at = put_number(at, day, 2, 'T');
	at = put_number(at, of_day / USEC_PER_HOUR, 2, ':');
	at = put_number(at, of_day / USEC_PER_MIN % 60, 2, ':');
	at = put_number(at, of_day / USEC_PER_SEC % 60, 2, '.');
	at = put_number(at, of_day % USEC_PER_SEC, 6, 'Z');
	return str_make(text, (size_t)(at - text));
}

static bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = str_from_at(*s, 1);
	return true;
}

/* Exactly count digits, a number between low and high. */
static bool take_number(struct str *s, size_t count, int64_t low, int64_t high, int64_t *ret_n)
{
	int64_t n = 0;

	if (s->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		n = n * 10 + (s->ptr[i] - '0');
	}
	*s = str_from_at(*s, count);
	*ret_n = n;
	return n >= low && n <= high;
}

static bool take_date(struct str *s, usec_t *ret_t)
{
	int64_t year, month, day;

	if (!take_number(s, 4, 1, 9999, &year) || !take_char(s, '-') ||
	    !take_number(s, 2, 1, 12, &month) || !take_char(s, '-') ||
	    !take_number(s, 2, 1, month_days(year, month), &day))
		return false;
	*ret_t = days_of(year, month, day) * USEC_PER_DAY;
	return true;
}

static bool take_fraction(struct str *s, usec_t *ret_t)
{
	usec_t scale = USEC_PER_SEC, t = 0;

	if (!take_char(s, '.'))
		return true;
	if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
		return false;
	while (s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		scale /= 10;
		t += scale * (s->ptr[0] - '0');
		*s = str_from_at(*s, 1);
	}
	*ret_t += t;
	return true;
}

static bool take_time(struct str *s, usec_t *ret_t)
{
	int64_t hour, minute, second;

	if (!take_number(s, 2, 0, 23, &hour) || !take_char(s, ':') ||
	    !take_number(s, 2, 0, 59, &minute) || !take_char(s, ':') ||
	    !take_number(s, 2, 0, 59, &second))
		return false;
	*ret_t += hour * USEC_PER_HOUR + minute * USEC_PER_MIN + second * USEC_PER_SEC;
	return take_fraction(s, ret_t);
}

static bool take_zone(struct str *s, usec_t *ret_t)
{
	int64_t hour, minute;
	bool is_east;

	if (take_char(s, 'Z'))
		return true;
	is_east = take_char(s, '+');
	if (!is_east && !take_char(s, '-'))
		return false;
	if (!take_number(s, 2, 0, 23, &hour) || !take_char(s, ':') ||
	    !take_number(s, 2, 0, 59, &minute))
		return false;
	*ret_t += (is_east ? -1 : 1) * (hour * USEC_PER_HOUR + minute * USEC_PER_MIN);
	return true;
}

enum err datetime_parse(struct str s, usec_t *ret_wall)
{
	usec_t t = 0;

	if (s.len > DATETIME_TEXT_MAX)
		return ERR_INVALID;
	if (!take_date(&s, &t) || !take_char(&s, 'T') || !take_time(&s, &t) || !take_zone(&s, &t) ||
	    s.len > 0)
		return ERR_INVALID;
	if (t < DATETIME_MIN || t > DATETIME_MAX)
		return ERR_INVALID;
	*ret_wall = t;
	return OK;
}
