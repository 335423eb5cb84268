/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a room, see room_config.h. */
#include "server/model/room_config.h"

#include "base/mem.h"
#include "base/sbuf.h"
#include "server/model/room_pins.h"

enum {
	NAME_MAX_BYTES = 1024,
	TEXT_MAX_BYTES = 4096,
	USERS_MAX = 100000,
	HISTORY_MAX = 100,
	HISTORY_FIRST = 20,
	SLOW_MODE_MAX = 24 * 3600,
	REACTIONS_MAX = 100,
	MENTIONS_MAX = 100,
	MENTIONS_FIRST = 20,
};
enum { SEPARATOR = 0x1f, END = 0x1e }; /* no characters of XML */

static const struct room_option whois[] = {
	{ STR_INIT("moderators"), STR_INIT("Moderators only"), WHOIS_MODERATORS },
	{ STR_INIT("anyone"), STR_INIT("Anyone"), WHOIS_ANYONE },
	{ .label = { .ptr = NULL } },
};
static const struct room_option allow_pm[] = {
	{ STR_INIT("anyone"), STR_INIT("Anyone"), PM_ANYONE },
	{ STR_INIT("participants"), STR_INIT("Anyone with voice"), PM_PARTICIPANTS },
	{ STR_INIT("moderators"), STR_INIT("Moderators only"), PM_MODERATORS },
	{ STR_INIT("none"), STR_INIT("Nobody"), PM_NOBODY },
	{ .label = { .ptr = NULL } },
};
static const struct room_option mention[] = {
	{ STR_INIT("participants"), STR_INIT("Participants"), MENTION_PARTICIPANTS },
	{ STR_INIT("moderators"), STR_INIT("Moderators Only"), MENTION_MODERATORS },
	{ STR_INIT("none"), STR_INIT("Nobody"), MENTION_NOBODY },
	{ .label = { .ptr = NULL } },
};
static const struct room_option pins[] = {
	{ STR_INIT("moderators"), STR_INIT("Moderators only"), PIN_MODERATORS },
	{ STR_INIT("members"), STR_INIT("Members with voice"), PIN_MEMBERS },
	{ STR_INIT("participants"), STR_INIT("Anyone with voice"), PIN_PARTICIPANTS },
	{ .label = { .ptr = NULL } },
};
static const struct room_option registration[] = {
	{ STR_INIT("auto"), STR_INIT("At once where everybody may enter and speak"),
	  REGISTER_AUTO },
	{ STR_INIT("approve"), STR_INIT("An admin decides"), REGISTER_APPROVE },
	{ STR_INIT("closed"), STR_INIT("Nobody"), REGISTER_CLOSED },
	{ .label = { .ptr = NULL } },
};
static const struct room_option roles[] = {
	{ STR_INIT("moderator"), STR_INIT("Moderator"), 1 << ROLE_MODERATOR },
	{ STR_INIT("participant"), STR_INIT("Participant"), 1 << ROLE_PARTICIPANT },
	{ STR_INIT("visitor"), STR_INIT("Visitor"), 1 << ROLE_VISITOR },
	{ .label = { .ptr = NULL } },
};
static const struct room_option users[] = {
	{ STR_INIT("0"), STR_INIT("None"), 0 },
	{ STR_INIT("10"), STR_INIT("10"), 10 },
	{ STR_INIT("50"), STR_INIT("50"), 50 },
	{ STR_INIT("100"), STR_INIT("100"), 100 },
	{ STR_INIT("1000"), STR_INIT("1000"), 1000 },
	{ STR_INIT("10000"), STR_INIT("10000"), 10000 },
	{ .label = { .ptr = NULL } },
};

#define FIELD(name) offsetof(struct room_config, name)

const struct room_field room_fields[] = {
	{ STR_INIT("muc#roomconfig_roomname"), STR_INIT("Name"), ROOM_FIELD_TEXT, FIELD(name),
	  NAME_MAX_BYTES, NULL },
	{ STR_INIT("muc#roomconfig_roomdesc"), STR_INIT("Description"), ROOM_FIELD_TEXT,
	  FIELD(description), TEXT_MAX_BYTES, NULL },
	{ STR_INIT("muc#roomconfig_lang"), STR_INIT("Language of the discussions"), ROOM_FIELD_TEXT,
	  FIELD(lang), 64, NULL },
	{ STR_INIT("muc#roomconfig_persistentroom"),
	  STR_INIT("Stays when the last occupant has left"), ROOM_FIELD_BOOL, FIELD(is_persistent),
	  0, NULL },
	{ STR_INIT("muc#roomconfig_publicroom"), STR_INIT("Listed in the directory"),
	  ROOM_FIELD_BOOL, FIELD(is_public), 0, NULL },
	{ STR_INIT("muc#roomconfig_membersonly"), STR_INIT("Only members may enter"),
	  ROOM_FIELD_BOOL, FIELD(is_members_only), 0, NULL },
	{ STR_INIT("muc#roomconfig_allowinvites"), STR_INIT("Occupants may invite others"),
	  ROOM_FIELD_BOOL, FIELD(allow_invites), 0, NULL },
	{ STR_INIT("muc#roomconfig_passwordprotectedroom"),
	  STR_INIT("A password is needed to enter"), ROOM_FIELD_BOOL, FIELD(has_password), 0,
	  NULL },
	{ STR_INIT("muc#roomconfig_roomsecret"), STR_INIT("The password"), ROOM_FIELD_SECRET,
	  FIELD(secret), NAME_MAX_BYTES, NULL },
	{ STR_INIT("muc#roomconfig_whois"), STR_INIT("Who may see the addresses of occupants"),
	  ROOM_FIELD_CHOICE, FIELD(whois), 0, whois },
	{ STR_INIT("muc#roomconfig_moderatedroom"),
	  STR_INIT("Only those with voice may send messages"), ROOM_FIELD_BOOL, FIELD(is_moderated),
	  0, NULL },
	{ STR_INIT("muc#roomconfig_changesubject"), STR_INIT("Occupants may change the subject"),
	  ROOM_FIELD_BOOL, FIELD(change_subject), 0, NULL },
	{ STR_INIT("muc#roomconfig_allowpm"), STR_INIT("Who may send private messages"),
	  ROOM_FIELD_CHOICE, FIELD(allow_pm), 0, allow_pm },
	{ STR_INIT("muc#roomconfig_presencebroadcast"),
	  STR_INIT("Roles whose presence everybody sees"), ROOM_FIELD_CHOICES, FIELD(broadcast), 0,
	  roles },
	{ STR_INIT("muc#roomconfig_getmemberlist"), STR_INIT("Roles that may read the member list"),
	  ROOM_FIELD_CHOICES, FIELD(get_members), 0, roles },
	{ STR_INIT("muc#roomconfig_maxusers"), STR_INIT("Most occupants at once"),
	  ROOM_FIELD_NUMBER, FIELD(max_users), USERS_MAX, users },
	{ STR_INIT("muc#maxhistoryfetch"), STR_INIT("Messages shown to one who enters"),
	  ROOM_FIELD_NUMBER, FIELD(max_history), HISTORY_MAX, NULL },
	{ STR_INIT("muc#roomconfig_enablelogging"),
	  STR_INIT("Everybody may read what was said, without entering"), ROOM_FIELD_BOOL,
	  FIELD(has_public_log), 0, NULL },
	{ STR_INIT("muc#roomconfig_pubsub"), STR_INIT("Address of a publish-subscribe node"),
	  ROOM_FIELD_TEXT, FIELD(pubsub), TEXT_MAX_BYTES, NULL },
	{ STR_INIT("mentions#count"), STR_INIT("How many mentions are allowed in a message?"),
	  ROOM_FIELD_COUNT, FIELD(mention_count), MENTIONS_MAX, NULL },
	{ STR_INIT("mentions#individual"), STR_INIT("Who can mention individual users?"),
	  ROOM_FIELD_CHOICE, FIELD(mention_one), 0, mention },
	{ STR_INIT("mentions#channel"), STR_INIT("Who can mention the whole room?"),
	  ROOM_FIELD_CHOICE, FIELD(mention_all), 0, mention },
	{ STR_INIT("mentions#associations"), STR_INIT("Who can mention roles and affiliations?"),
	  ROOM_FIELD_CHOICE, FIELD(mention_groups), 0, mention },
	{ STR_INIT("mentions#hats"), STR_INIT("Who can mention hats?"), ROOM_FIELD_CHOICE,
	  FIELD(mention_hats), 0, mention },
	{ STR_INIT("{urn:xmpp:spaces:0}parent"), STR_INIT("Address of the space it belongs to"),
	  ROOM_FIELD_TEXT, FIELD(parent), TEXT_MAX_BYTES, NULL },
	{ STR_INIT("muc#roomconfig_slow_mode_duration"),
	  STR_INIT("Seconds between two messages of one user (0: no slow mode)"), ROOM_FIELD_COUNT,
	  FIELD(slow_mode), SLOW_MODE_MAX, NULL },
	{ STR_INIT("{urn:parley:room:0}visitor-reactions"),
	  STR_INIT("Those without voice may react to messages"), ROOM_FIELD_BOOL,
	  FIELD(visitors_react), 0, NULL },
	{ STR_INIT("{urn:parley:room:0}max-reactions"),
	  STR_INIT("Most reactions of one user to a message (0: any)"), ROOM_FIELD_COUNT,
	  FIELD(max_reactions), REACTIONS_MAX, NULL },
	{ STR_INIT("{urn:parley:room:0}reactions"),
	  STR_INIT("The only reactions that are allowed (none: any)"), ROOM_FIELD_LINES,
	  FIELD(reactions), TEXT_MAX_BYTES, NULL },
	{ STR_INIT("{urn:parley:room:0}registration"),
	  STR_INIT("Who may become a member by asking"), ROOM_FIELD_CHOICE, FIELD(registration), 0,
	  registration },
	{ STR_INIT("{urn:parley:room:0}pins"), STR_INIT("Who may pin messages"), ROOM_FIELD_CHOICE,
	  FIELD(pins), 0, pins },
	{ STR_INIT("muc#roominfo_contactjid"), STR_INIT("Contact address"), ROOM_FIELD_TEXT,
	  FIELD(contact), NAME_MAX_BYTES, NULL },
	{ .var = { .ptr = NULL } },
};

static void *at(const struct room_config *c, const struct room_field *f)
{
	return (char *)(uintptr_t)c + f->offset;
}

static bool is_text(const struct room_field *f)
{
	return f->kind == ROOM_FIELD_TEXT || f->kind == ROOM_FIELD_LINES ||
	       f->kind == ROOM_FIELD_JIDS || f->kind == ROOM_FIELD_SECRET;
}

static void set_text(struct str *to, struct str from)
{
	mem_free((void *)(uintptr_t)to->ptr);
	*to = from.len ? str_make(str_dup(from), from.len) : STR_NONE;
}

void room_config_init(struct room_config *c)
{
	int everybody = 1 << ROLE_MODERATOR | 1 << ROLE_PARTICIPANT | 1 << ROLE_VISITOR;

	*c = (struct room_config){ .is_persistent = true,
				   .whois = WHOIS_MODERATORS,
				   .broadcast = everybody,
				   .get_members = everybody,

				   .mention_all = MENTION_MODERATORS,
				   .mention_count = MENTIONS_FIRST,
				   .max_history = HISTORY_FIRST };
}

void room_config_done(struct room_config *c)
{
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		if (is_text(f))
			set_text(at(c, f), STR_NONE);
	}
}

void room_config_copy(struct room_config *to, const struct room_config *from)
{
	*to = *from;
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		struct str *text = at(to, f);

		if (is_text(f) && text->len)
			*text = str_make(str_dup(*text), text->len);
	}
}

const struct room_field *room_field_find(struct str var)
{
	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		if (str_eq(f->var, var))
			return f;
	}
	return NULL;
}

static const struct room_option *option_of(const struct room_field *f, struct str value)
{
	for (const struct room_option *o = f->options; o && o->label.ptr; o++) {
		if (str_eq(o->value, value))
			return o;
	}
	return NULL;
}

static bool set_bool(bool *b, struct str value)
{
	bool is_true = str_eq(value, STR("1")) || str_eq(value, STR("true"));

	if (!is_true && !str_eq(value, STR("0")) && !str_eq(value, STR("false")))
		return false;
	*b = is_true;
	return true;
}

static bool set_number(int64_t *n, const struct room_field *f, struct str value)
{
	uint64_t number;

	if (!value.len || str_eq(value, STR("none"))) {
		*n = 0;
		return true;
	}
	if (str_to_u64(str_trim(value), &number) || number > (uint64_t)f->max)
		return false;
	*n = (int64_t)number;
	return true;
}

static bool set_choices(int *bits, const struct room_field *f, const struct str *values,
			size_t count)
{
	int all = 0;

	for (size_t i = 0; i < count; i++) {
		const struct room_option *o = option_of(f, values[i]);

		if (!o && values[i].len)
			return false;
		all |= o ? o->number : 0;
	}
	*bits = all;
	return true;
}

static bool set_count(int64_t *n, const struct room_field *f, struct str value)
{
	uint64_t number;

	if (str_to_u64(str_trim(value), &number) || number > (uint64_t)f->max)
		return false;
	*n = (int64_t)number;
	return true;
}

static bool set_lines(struct str *lines, const struct room_field *f, const struct str *values,
		      size_t count)
{
	struct sbuf out scoped(sbuf_done) = SBUF((size_t)f->max);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct str line = str_trim(values[i]);

		if (!line.len)
			continue;
		if (str_index(line, '\n') >= 0 || ++kept > ROOM_LINES_MAX)
			return false;
		if (out.len)
			(void)sbuf_add_char(&out, '\n');
		(void)sbuf_add(&out, line);
	}
	if (out.err)
		return false;
	set_text(lines, sbuf_str(&out));
	return true;
}

bool room_field_set(struct room_config *c, const struct room_field *f, const struct str *values,
		    size_t count)
{
	struct str value = count ? values[0] : STR("");
	const struct room_option *o;

	if (f->kind == ROOM_FIELD_CHOICES)
		return set_choices(at(c, f), f, values, count);
	if (f->kind == ROOM_FIELD_LINES || f->kind == ROOM_FIELD_JIDS)
		return set_lines(at(c, f), f, values, count);
	if (count > 1)
		return false;
	switch (f->kind) {
	case ROOM_FIELD_BOOL:
		return set_bool(at(c, f), value);
	case ROOM_FIELD_COUNT:
		return set_count(at(c, f), f, value);
	case ROOM_FIELD_NUMBER:
		return set_number(at(c, f), f, value);
	case ROOM_FIELD_CHOICE:
		o = option_of(f, value);
		if (o)
			*(int *)at(c, f) = o->number;
		return o != NULL;
	default:
		if (value.len > (size_t)f->max)
			return false;
		set_text(at(c, f), value);
		return true;
	}
}

static struct str choice(const struct room_field *f, int number)
{
	for (const struct room_option *o = f->options; o->label.ptr; o++) {
		if (o->number == number)
			return o->value;
	}
	return STR("");
}

static size_t choices(const struct room_field *f, int bits, struct str *values)
{
	size_t n = 0;

	for (const struct room_option *o = f->options; o->label.ptr; o++) {
		if (bits & o->number)
			values[n++] = o->value;
	}
	return n;
}

static size_t split_lines(struct str lines, struct str *values)
{
	size_t n = 0;

	while (n < ROOM_LINES_MAX && str_split(&lines, '\n', &values[n]))
		n++;
	return n;
}

size_t room_field_values(const struct room_config *c, const struct room_field *f, struct arena *a,
			 const struct str **ret_values)
{
	struct str *values = arena_zalloc(a, ROOM_LINES_MAX * sizeof(*values));

	*ret_values = values;
	switch (f->kind) {
	case ROOM_FIELD_BOOL:
		values[0] = *(bool *)at(c, f) ? STR("1") : STR("0");
		return 1;
	case ROOM_FIELD_COUNT:
	case ROOM_FIELD_NUMBER:
		values[0] = arena_printf(a, "%lld", (long long)*(int64_t *)at(c, f));
		return 1;
	case ROOM_FIELD_CHOICE:
		values[0] = choice(f, *(int *)at(c, f));
		return 1;
	case ROOM_FIELD_CHOICES:
		return choices(f, *(int *)at(c, f), values);
	case ROOM_FIELD_JIDS:
	case ROOM_FIELD_LINES:
		return split_lines(*(struct str *)at(c, f), values);
	default:
		values[0] = *(struct str *)at(c, f);
		return values[0].len ? 1 : 0;
	}
}

/* ---- reactions ---- */

static const struct str coloured = STR_INIT("\xef\xb8\x8f"); /* U+FE0F */

/* Equal, but for that sign. */
static bool is_same_emoji(struct str a, struct str b)
{
	while (a.len || b.len) {
		if (str_starts(a, coloured)) {
			a = str_from_at(a, coloured.len);
			continue;
		}
		if (str_starts(b, coloured)) {
			b = str_from_at(b, coloured.len);
			continue;
		}
		if (!a.len || !b.len || a.ptr[0] != b.ptr[0])
			return false;
		a = str_from_at(a, 1);
		b = str_from_at(b, 1);
	}
	return true;
}

bool room_config_allows_reaction(const struct room_config *c, struct str reaction)
{
	struct str values[ROOM_LINES_MAX];
	size_t count = split_lines(c->reactions, values);

	for (size_t i = 0; i < count; i++) {
		if (is_same_emoji(values[i], reaction))
			return true;
	}
	return count == 0;
}

/* ---- in the store: var value... END, for each field ---- */

struct str room_config_encode(const struct room_config *c, struct arena *a)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	for (const struct room_field *f = room_fields; f->var.ptr; f++) {
		const struct str *values;
		size_t count = room_field_values(c, f, a, &values);

		(void)sbuf_add(&out, f->var);
		for (size_t i = 0; i < count; i++) {
			(void)sbuf_add_char(&out, SEPARATOR);
			(void)sbuf_add(&out, values[i]);
		}
		(void)sbuf_add_char(&out, END);
	}
	must(out.err == OK);
	return arena_dup(a, sbuf_str(&out));
}

void room_config_decode(struct room_config *c, struct str value)
{
	struct str line;

	while (str_split(&value, END, &line)) {
		struct str values[ROOM_LINES_MAX], var;
		size_t count = 0;
		const struct room_field *f;

		if (!str_split(&line, SEPARATOR, &var))
			continue;
		while (count < ROOM_LINES_MAX && str_split(&line, SEPARATOR, &values[count]))
			count++;
		f = room_field_find(var);
		if (f)
			(void)!room_field_set(c, f, values, count);
	}
}
