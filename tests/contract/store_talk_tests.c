/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as every back end must show them (XEP-0430): the last message, what is unread in
 * them, and what does not count. */
#include "contract/store_bed.h"
#include "contract/store_suites.h"

#include <stdio.h>

#define ANNA STR("anna@here")
#define BELA STR("bela@here")
#define CARO STR("caro@far")
#define ROOM STR("room@rooms.here")

enum { IN = ARCHIVE_IN, OUT = ARCHIVE_OUT, TEXT = ARCHIVE_TEXT, COUNTED = ARCHIVE_COUNTED };

static void say(struct bed *b, struct str owner, int64_t seq, struct str peer, unsigned flags)
{
	struct archive_entry entry = { .owner = owner, .seq = seq, .peer = peer, .flags = flags };
	struct txn *t = txn_new();
	char text[64];
	int n = snprintf(text, sizeof(text), "<message><body>%ld</body></message>", (long)seq);

	txn_append(t, seq, str_make(text, (size_t)n), &entry, 1);
	assert_ok(bed_commit(b, t));
}

static int64_t number_of(const struct archive_row *row)
{
	int64_t n = 0;
	ptrdiff_t at = str_find(row->stanza, STR("<body>"));

	for (size_t i = (size_t)at + 6; at >= 0 && row->stanza.ptr[i] != '<'; i++)
		n = n * 10 + row->stanza.ptr[i] - '0';
	return n;
}

/* Compares what is found: "talk:newest/message/unread/places", those asked for first, the others in
 * any order (there is at most one). */
static void assert_talks(struct bed *b, const struct store_request *request, const char *wanted)
{
	struct store_answer a = bed_read(b, request);
	char found[512] = "";
	size_t n = 0;

	assert_ok(a.err);
	for (const struct talk_row *r = a.talks; r; r = r->next)
		n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%d:%ld/%ld/%lu/%u",
				      n ? " " : "", r->talk, (long)r->newest,
				      (long)number_of(r->message), (unsigned long)r->unread,
				      r->places);
	assert_string_equal(found, wanted);
	arena_done(&a.arena);
}

#define TALKS(...)                                                                                 \
	.talks = (const struct talk_query[]){ __VA_ARGS__ },                                       \
	.talk_count = array_len(((const struct talk_query[]){ __VA_ARGS__ }))

static void fill(struct bed *b)
{
	say(b, ANNA, 1, BELA, IN | TEXT | COUNTED);
	say(b, ANNA, 2, CARO, IN | TEXT | COUNTED);
	say(b, ANNA, 3, BELA, OUT | TEXT);
	say(b, ANNA, 4, BELA, IN | TEXT | COUNTED);
	say(b, ANNA, 5, BELA, IN); /* a receipt */
	say(b, ANNA, 6, STR(""), IN | ARCHIVE_HIDDEN | TEXT | COUNTED);
}

static void talks_have_a_last_message_and_a_count(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = ANNA,
					      .all_talks = true,
					      TALKS({ .owner = ANNA, .with = BELA }) },
		     "0:5/4/2/0 -1:2/2/1/0");
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = ANNA,
					      TALKS({ .owner = ANNA, .with = BELA, .after = 1 },
						    { .owner = ANNA, .with = CARO, .after = 2 },
						    { .owner = ANNA, .with = STR("x@y") }) },
		     "0:5/4/1/0 1:2/2/0/0");
	assert_talks(b,
		     &(struct store_request){
			     .kind = READ_TALKS, .owner = STR("nobody@here"), .all_talks = true },
		     "");
}

static void what_is_not_visible_is_not_there(void **state)
{
	struct bed *b = *state;

	fill(b);
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = ANNA,
					      .archive.visible = 3,
					      TALKS({ .owner = ANNA, .with = BELA }) },
		     "0:3/3/1/0");
}

static void rooms_count_for_all_but_the_sender(void **state)
{
	struct bed *b = *state;

	say(b, ROOM, 10, ANNA, OUT | TEXT | COUNTED);
	say(b, ROOM, 11, BELA, OUT | TEXT | COUNTED);
	say(b, ROOM, 12, BELA, OUT | TEXT | COUNTED);
	say(b, ROOM, 13, CARO, OUT); /* a reaction */
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = ANNA,
					      .archive.visible = 1,
					      TALKS({ .owner = ROOM, .not_from = ANNA }) },
		     "0:13/12/2/0");
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = CARO,
					      TALKS({ .owner = ROOM,
						      .not_from = CARO,
						      .after = 10,
						      .places = (const int64_t[]){ 11, 13, 14 },
						      .place_count = 3 }) },
		     "0:13/12/2/1");
}

static void what_was_taken_back_does_not_count(void **state)
{
	struct bed *b = *state;
	struct txn *t = txn_new();

	fill(b);
	txn_uncount(t, ANNA, 4);
	txn_uncount(t, ANNA, 77); /* there is none */
	txn_blank(t, ANNA, 2, STR("<message><body>0</body></message>"));
	assert_ok(bed_commit(b, t));
	assert_talks(b,
		     &(struct store_request){ .kind = READ_TALKS,
					      .owner = ANNA,
					      .all_talks = true,
					      TALKS({ .owner = ANNA, .with = BELA }) },
		     "0:5/3/1/0 -1:2/0/0/0");
}

#define TALK_TESTS(fixture)                                                                        \
	{                                                                                          \
		STORE_TEST(talks_have_a_last_message_and_a_count, fixture),                        \
			STORE_TEST(what_is_not_visible_is_not_there, fixture),                     \
			STORE_TEST(rooms_count_for_all_but_the_sender, fixture),                   \
			STORE_TEST(what_was_taken_back_does_not_count, fixture),                   \
	}

int run_talk_tests(void)
{
	const struct CMUnitTest memory[] = TALK_TESTS(bed_memory);
	const struct CMUnitTest sqlite[] = TALK_TESTS(bed_sqlite);
	const struct CMUnitTest young[] = TALK_TESTS(bed_young);

	return cmocka_run_group_tests_name("talks on memory", memory, NULL, NULL) +
	       cmocka_run_group_tests_name("talks on sqlite", sqlite, NULL, NULL) +
	       cmocka_run_group_tests_name("talks on sqlite, settling", young, NULL, NULL);
}
