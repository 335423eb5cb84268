/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs on a disk: written once, found by their id only. */
#include "server/store/blob.h"

#include "base/mem.h"
#include "server/store/blob_copy.h"
#include "support/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct ground {
	char dir[32];
	struct blob_store *blobs;
};

static int set_up(void **state)
{
	struct ground *g = mem_zalloc(1, sizeof(*g));

	*state = g;
	(void)snprintf(g->dir, sizeof(g->dir), "/tmp/parley-blob-XXXXXX");
	return mkdtemp(g->dir) && !blob_store_open(str_from(g->dir), &g->blobs) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct ground *g = *state;

	blob_store_close(&g->blobs);
	(void)nftw(g->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	mem_free(g);
	return 0;
}

static void make(struct ground *g, struct blob_file *f, struct str bytes)
{
	assert_int_equal(blob_create(g->blobs, f), OK);
	assert_int_equal(blob_write(f, str_sub(bytes, 0, 2)), OK);
	assert_int_equal(blob_write(f, str_from_at(bytes, 2)), OK);
	assert_int_equal(f->size, bytes.len);
	assert_int_equal(blob_finish(g->blobs, f), OK);
}

static void assert_total(struct ground *g, uint64_t count, uint64_t bytes)
{
	uint64_t found_count, found_bytes;

	assert_int_equal(blob_total(g->blobs, &found_count, &found_bytes), OK);
	assert_int_equal(found_count, count);
	assert_int_equal(found_bytes, bytes);
}

static void a_blob_is_read_as_it_was_written(void **state)
{
	struct ground *g = *state;
	struct blob_file f;
	uint64_t size;
	char buf[16];
	int fd;

	make(g, &f, STR("picture"));
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &fd, &size), OK);
	assert_int_equal(size, 7);
	assert_int_equal(read(fd, buf, sizeof(buf)), 7);
	assert_memory_equal(buf, "picture", 7);
	(void)close(fd);
	assert_total(g, 1, 7);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id)), OK);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id)), ERR_NOT_FOUND);
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &fd, &size), ERR_NOT_FOUND);
	assert_total(g, 0, 0);
}

static void what_is_no_id_is_not_found(void **state)
{
	static const char *const bad[] = { "",
					   "..",
					   "../../../../etc/passwd",
					   "tmp/aaaaaaaaaaaaaaaaaaaaaa",
					   "aaaaaaaaaaaaaaaaaaaaaaaaa",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
					   "Aaaaaaaaaaaaaaaaaaaaaaaaaa",
					   "../aaaaaaaaaaaaaaaaaaaaaaa" };
	struct ground *g = *state;
	uint64_t size;
	int fd;

	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(blob_open(g->blobs, str_from(bad[i]), &fd, &size), ERR_NOT_FOUND);
		assert_int_equal(blob_delete(g->blobs, str_from(bad[i])), ERR_NOT_FOUND);
	}
	assert_int_equal(blob_open(g->blobs, STR("aaaaaaaaaaaaaaaaaaaaaaaaa\0"), &fd, &size),
			 ERR_NOT_FOUND);
}

static void half_written_blobs_do_not_stay(void **state)
{
	struct ground *g = *state;
	struct blob_file dropped, lost;
	char path[128];

	assert_int_equal(blob_create(g->blobs, &dropped), OK);
	blob_drop(g->blobs, &dropped);
	blob_drop(g->blobs, &dropped);
	assert_int_equal(blob_create(g->blobs, &lost), OK);
	assert_int_equal(blob_write(&lost, STR("half")), OK);
	(void)close(lost.fd);
	assert_total(g, 0, 0);
	(void)snprintf(path, sizeof(path), "%s/blobs/tmp/%s", g->dir, lost.id);
	assert_int_equal(access(path, F_OK), 0);
	blob_store_close(&g->blobs);
	assert_int_equal(blob_store_open(str_from(g->dir), &g->blobs), OK);
	assert_int_equal(access(path, F_OK), -1);
}

static void copies_are_whole_and_can_go(void **state)
{
	struct ground *g = *state;
	struct blob_file f[3];
	char to[64], path[160];
	struct stat st;

	for (size_t i = 0; i < array_len(f); i++)
		make(g, &f[i], STR("bytes"));
	(void)snprintf(to, sizeof(to), "%s/to", g->dir);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(blob_copy_all(str_from(g->dir), str_from(to)), OK);
	for (size_t i = 0; i < array_len(f); i++) {
		(void)snprintf(path, sizeof(path), "%s/blobs/%.2s/%s", to, f[i].id, f[i].id);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 5);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_int_equal(blob_copy_remove(str_from(to)), OK);
	assert_int_equal(rmdir(to), 0);
	for (size_t i = 0; i < array_len(f); i++)
		assert_int_equal(blob_delete(g->blobs, str_from(f[i].id)), OK);
}

UNIT_TESTS_WITH(store_blob, set_up, tear_down, cmocka_unit_test(a_blob_is_read_as_it_was_written),
		cmocka_unit_test(what_is_no_id_is_not_found),
		cmocka_unit_test(half_written_blobs_do_not_stay),
		cmocka_unit_test(copies_are_whole_and_can_go));
