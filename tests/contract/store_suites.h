/* SPDX-License-Identifier: Apache-2.0 */
/* The further suites of the store's contract; each gives the number of failed tests. */
#pragma once

#define STORE_TEST(name, fixture)                                                                  \
	{                                                                                          \
#name, name, fixture, bed_end, NULL                                                \
	}

int run_archive_tests(void); /* paging, filters, blanking, removing, expiry: on both back ends */
int run_search_tests(void);  /* on both, and the index of SQLite */
int run_usage_tests(void);
int run_talk_tests(void);   /* conversations and what is unread in them */
int run_writer_tests(void); /* what needs the seams of the memory double */
int run_young_tests(void);  /* entries on their way to their table */
int run_sqlite_tests(void); /* files, migrations, backup, rows in the tables */
