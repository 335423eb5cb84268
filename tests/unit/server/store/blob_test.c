/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs on a disk: written once, found by their id only. */
#include "server/store/blob.h"

#include "base/mem.h"
#include "base/random.h"
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

static void begin(struct ground *g, struct blob_file *f)
{
	char id[BLOB_ID_LEN + 1];

	random_token(id, BLOB_ID_LEN);
	assert_int_equal(blob_create(g->blobs, str_from(id), f), OK);
}

static void make(struct ground *g, struct blob_file *f, struct str bytes, char *hash)
{
	begin(g, f);
	assert_int_equal(blob_write(f, str_sub(bytes, 0, 2)), OK);
	assert_int_equal(blob_write(f, str_from_at(bytes, 2)), OK);
	assert_int_equal(f->size, bytes.len);
	assert_int_equal(blob_finish(g->blobs, f, hash), OK);
}

static void assert_total(struct ground *g, uint64_t count, uint64_t bytes)
{
	uint64_t found_count, found_bytes;

	assert_int_equal(blob_total(g->blobs, &found_count, &found_bytes), OK);
	assert_int_equal(found_count, count);
	assert_int_equal(found_bytes, bytes);
}

static void assert_content(struct ground *g, const char *id, const char *content)
{
	struct blob_reader r;
	char buf[64];

	assert_int_equal(blob_open(g->blobs, str_from(id), &r), OK);
	assert_int_equal(r.size, strlen(content));
	assert_int_equal(blob_read(&r, 0, buf, (size_t)r.size, false), OK);
	assert_memory_equal(buf, content, (size_t)r.size);
	assert_int_equal(blob_read(&r, 1, buf, (size_t)r.size, false), ERR_IO);
	blob_close(&r);
}

static void a_blob_is_read_as_it_was_written(void **state)
{
	struct ground *g = *state;
	struct blob_reader r;
	struct blob_file f;
	char hash[BLOB_HASH_LEN + 1], again[BLOB_HASH_LEN + 1];
	uint64_t size;

	make(g, &f, STR("picture"), hash);
	/* printf picture | sha256sum */
	assert_string_equal(hash,
			    "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97");
	assert_content(g, f.id, "picture");
	assert_int_equal(blob_hash(g->blobs, str_from(f.id), &size, again), OK);
	assert_int_equal(size, 7);
	assert_string_equal(again, hash);
	assert_total(g, 1, 7);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id), str_from(hash)), OK);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id), str_from(hash)), ERR_NOT_FOUND);
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &r), ERR_NOT_FOUND);
	assert_total(g, 0, 0);
}

static void the_same_content_is_there_once(void **state)
{
	struct ground *g = *state;
	struct blob_file f[3];
	char hash[3][BLOB_HASH_LEN + 1];

	make(g, &f[0], STR("the same"), hash[0]);
	make(g, &f[1], STR("the same"), hash[1]);
	make(g, &f[2], STR("another"), hash[2]);
	assert_string_equal(hash[0], hash[1]);
	assert_total(g, 3, 8 + 7);
	assert_int_equal(blob_delete(g->blobs, str_from(f[0].id), str_from(hash[0])), OK);
	assert_content(g, f[1].id, "the same");
	assert_total(g, 2, 8 + 7);
	/* Without the hash its content stays until the sweep. */
	assert_int_equal(blob_delete(g->blobs, str_from(f[1].id), STR_NONE), OK);
	assert_total(g, 1, 8 + 7);
	assert_int_equal(blob_sweep(g->blobs), OK);
	assert_total(g, 1, 7);
	assert_content(g, f[2].id, "another");
	assert_int_equal(blob_delete(g->blobs, str_from(f[2].id), str_from(hash[2])), OK);
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
	struct blob_reader r;
	struct blob_file f;
	uint64_t size;

	for (size_t i = 0; i < array_len(bad); i++) {
		struct str id = str_from(bad[i]);

		assert_int_equal(blob_open(g->blobs, id, &r), ERR_NOT_FOUND);
		assert_int_equal(blob_delete(g->blobs, id, STR_NONE), ERR_NOT_FOUND);
		assert_int_equal(blob_create(g->blobs, id, &f), ERR_NOT_FOUND);
		assert_int_equal(blob_resume(g->blobs, id, true, &f), ERR_NOT_FOUND);
		assert_int_equal(blob_part_size(g->blobs, id, &size), ERR_NOT_FOUND);
		assert_int_equal(blob_part_delete(g->blobs, id), ERR_NOT_FOUND);
	}
	assert_int_equal(blob_open(g->blobs, STR("aaaaaaaaaaaaaaaaaaaaaaaaa\0"), &r),
			 ERR_NOT_FOUND);
}

static void reopen(struct ground *g)
{
	blob_store_close(&g->blobs);
	assert_int_equal(blob_store_open(str_from(g->dir), &g->blobs), OK);
}

static void half_written_blobs_do_not_stay(void **state)
{
	struct ground *g = *state;
	struct blob_file dropped, lost;
	char path[128];

	begin(g, &dropped);
	blob_drop(g->blobs, &dropped);
	blob_drop(g->blobs, &dropped);
	begin(g, &lost);
	assert_int_equal(blob_write(&lost, STR("half")), OK);
	digest_end(&lost.hash, NULL);
	(void)close(lost.fd);
	assert_total(g, 0, 0);
	(void)snprintf(path, sizeof(path), "%s/blobs/tmp/%s", g->dir, lost.id);
	assert_int_equal(access(path, F_OK), 0);
	reopen(g);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_part_grows_over_restarts(void **state)
{
	static const char id[] = "partpartpartpartpartpartpa";
	struct ground *g = *state;
	struct blob_file f;
	char hash[BLOB_HASH_LEN + 1], other[BLOB_HASH_LEN + 1];
	uint64_t size;

	assert_int_equal(blob_resume(g->blobs, str_from(id), false, &f), ERR_NOT_FOUND);
	assert_int_equal(blob_resume(g->blobs, str_from(id), true, &f), OK);
	assert_int_equal(blob_write(&f, STR("pic")), OK);
	assert_int_equal(blob_leave(&f), OK);
	reopen(g);
	assert_int_equal(blob_part_size(g->blobs, str_from(id), &size), OK);
	assert_int_equal(size, 3);
	assert_int_equal(blob_resume(g->blobs, str_from(id), false, &f), OK);
	assert_int_equal(f.size, 3);
	assert_int_equal(blob_write(&f, STR("ture")), OK);
	assert_int_equal(blob_finish(g->blobs, &f, hash), OK);
	assert_content(g, id, "picture");
	assert_int_equal(blob_part_size(g->blobs, str_from(id), &size), ERR_NOT_FOUND);
	make(g, &f, STR("picture"), other);
	assert_string_equal(hash, other);
	assert_total(g, 2, 7);
	assert_int_equal(blob_delete(g->blobs, str_from(id), str_from(hash)), OK);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id), str_from(hash)), OK);
}

static void use_keys(struct ground *g, const char *text)
{
	struct blob_keys keys;

	assert_int_equal(blob_keys_read(str_from(text), &keys), OK);
	blob_store_use(g->blobs, &keys);
}

#define KEY_1 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define KEY_2 "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"

static void fill(char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (char)(i * 7 + i / 251);
}

static void assert_blob(struct ground *g, const char *id, struct str content)
{
	char *found = test_malloc(content.len);
	struct blob_reader r;

	assert_int_equal(blob_open(g->blobs, str_from(id), &r), OK);
	assert_int_equal(r.size, content.len);
	assert_int_equal(blob_read(&r, 0, found, content.len, false), OK);
	assert_memory_equal(found, content.ptr, content.len);
	blob_close(&r);
	test_free(found);
}

/* With steps that disks like, and with others between them. */
static void a_large_blob_goes_round_the_page_cache(void **state)
{
	enum { STEP = 16 * MEM_ALIGNED, LEN = BLOB_DIRECT_FROM + 6 * STEP + 777 };
	static const char id[] = "largelargelargelargelargel";
	static const size_t odd[] = { MEM_ALIGNED, 100, MEM_ALIGNED - 100, STEP };
	struct ground *g = *state;
	char *content = mem_alloc_aligned(LEN), hash[BLOB_HASH_LEN + 1], sum[BLOB_HASH_LEN + 1];
	struct blob_file f;
	size_t at = 0;
	uint64_t size;

	fill(content, LEN);
	assert_int_equal(blob_resume(g->blobs, str_from(id), true, &f), OK);
	for (; at < BLOB_DIRECT_FROM; at += STEP)
		assert_int_equal(blob_write(&f, str_make(content + at, STEP)), OK);
	assert_false(f.is_direct);
	assert_int_equal(blob_write(&f, str_make(content + at, STEP)), OK);
	at += STEP;
	assert_true(f.is_direct || f.is_cached); /* as the file system of /tmp can */
	for (size_t i = 0; i < array_len(odd); at += odd[i++])
		assert_int_equal(blob_write(&f, str_make(content + at, odd[i])), OK);
	assert_int_equal(blob_leave(&f), OK);
	assert_int_equal(blob_resume(g->blobs, str_from(id), false, &f), OK);
	assert_int_equal(f.size, at);
	assert_int_equal(blob_write(&f, str_make(content + at, STEP)), OK);
	at += STEP;
	assert_int_equal(blob_write(&f, str_make(content + at, LEN - at)), OK);
	assert_int_equal(blob_finish(g->blobs, &f, hash), OK);
	assert_blob(g, id, str_make(content, LEN));
	assert_int_equal(blob_hash(g->blobs, str_from(id), &size, sum), OK);
	assert_string_equal(hash, sum);
	assert_int_equal(blob_delete(g->blobs, str_from(id), str_from(hash)), OK);
	mem_free(content);
}

static void flip(struct ground *g, const char *id, off_t at)
{
	char path[128], c;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/blobs/%.2s/%s", g->dir, id, id);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	(void)close(fd);
}

static void sealed_blobs_are_read_from_anywhere(void **state)
{
	enum { LEN = 3 * BLOB_CHUNK + 1000 };
	static const size_t cuts[] = { 1, BLOB_CHUNK - 1, BLOB_CHUNK, BLOB_CHUNK + 1, LEN };
	struct ground *g = *state;
	char *content = test_malloc(LEN), *found = test_malloc(LEN), hash[BLOB_HASH_LEN + 1];
	struct blob_reader r;
	struct blob_file f;

	fill(content, LEN);
	use_keys(g, KEY_1);
	begin(g, &f);
	for (size_t at = 0, i = 0; at < LEN; i++) {
		size_t n = cuts[i % 3] < LEN - at ? cuts[i % 3] : LEN - at;

		assert_int_equal(blob_write(&f, str_make(content + at, n)), OK);
		at += n;
	}
	assert_int_equal(blob_finish(g->blobs, &f, hash), OK);
	use_keys(g, "# rotated\n" KEY_2 "\n" KEY_1);
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &r), OK);
	assert_int_equal(r.size, LEN);
	for (size_t i = 0; i < array_len(cuts); i++) {
		size_t from = LEN - cuts[i];

		assert_int_equal(blob_read(&r, from, found, cuts[i], false), OK);
		assert_memory_equal(found, content + from, cuts[i]);
		assert_int_equal(blob_read(&r, 0, found, cuts[i], false), OK);
		assert_memory_equal(found, content, cuts[i]);
	}
	flip(g, f.id, BLOB_HEAD + BLOB_CHUNK_SEALED + 20);
	assert_int_equal(blob_read(&r, 0, found, BLOB_CHUNK, false), OK);
	assert_int_equal(blob_read(&r, BLOB_CHUNK, found, 1, false), ERR_IO);
	blob_close(&r);
	use_keys(g, KEY_2); /* the key is gone: what comes is not as long as it was */
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &r), OK);
	assert_int_not_equal(r.size, LEN);
	blob_close(&r);
	use_keys(g, KEY_2 KEY_1);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id), str_from(hash)), OK);
	assert_total(g, 0, 0);
	test_free(content);
	test_free(found);
	reopen(g);
}

static void a_sealed_part_grows_by_any_length(void **state)
{
	enum { LEN = 2 * BLOB_CHUNK + 5 };
	static const size_t cuts[] = { 10, BLOB_CHUNK - 10, 1, 700, BLOB_CHUNK };
	static const char id[] = "sealsealsealsealsealsealse";
	struct ground *g = *state;
	char *content = test_malloc(LEN), hash[BLOB_HASH_LEN + 1], sum[BLOB_HASH_LEN + 1];
	struct blob_file f;
	uint64_t size = 0;

	fill(content, LEN);
	use_keys(g, KEY_1);
	assert_int_equal(blob_resume(g->blobs, str_from(id), true, &f), OK);
	assert_int_equal(blob_leave(&f), OK);
	for (size_t i = 0; size < LEN; i++) {
		size_t n = i < array_len(cuts) && cuts[i] < LEN - size ? cuts[i] : LEN - size;

		assert_int_equal(blob_resume(g->blobs, str_from(id), false, &f), OK);
		assert_int_equal(f.size, size);
		assert_int_equal(blob_write(&f, str_make(content + size, n)), OK);
		assert_int_equal(blob_leave(&f), OK);
		assert_int_equal(blob_part_size(g->blobs, str_from(id), &size), OK);
	}
	assert_int_equal(blob_resume(g->blobs, str_from(id), false, &f), OK);
	assert_int_equal(blob_finish(g->blobs, &f, hash), OK);
	assert_int_equal(blob_hash(g->blobs, str_from(id), &size, sum), OK);
	assert_int_equal(size, LEN);
	assert_string_equal(hash, sum);
	assert_int_equal(blob_delete(g->blobs, str_from(id), str_from(hash)), OK);
	test_free(content);
	reopen(g);
}

static void what_a_peer_sends_is_never_taken_for_sealed(void **state)
{
	struct ground *g = *state;
	char hash[BLOB_HASH_LEN + 1], forged[200] = "PARLEYS1";
	struct blob_reader r;
	struct blob_file f;

	make(g, &f, str_make(forged, sizeof(forged)), hash);
	use_keys(g, KEY_1);
	assert_int_equal(blob_open(g->blobs, str_from(f.id), &r), OK);
	assert_int_equal(r.size, sizeof(forged));
	assert_false(r.is_sealed);
	blob_close(&r);
	assert_int_equal(blob_delete(g->blobs, str_from(f.id), str_from(hash)), OK);
	reopen(g);
}

static void keys_are_read_strictly(void **state)
{
	struct blob_keys keys;

	assert_int_equal(blob_keys_read(STR(KEY_1 "  \n# x\n" KEY_2), &keys), OK);
	assert_int_equal(keys.count, 2);
	assert_int_equal(blob_keys_read(STR(""), &keys), ERR_INVALID);
	assert_int_equal(blob_keys_read(STR("# nothing\n"), &keys), ERR_INVALID);
	assert_int_equal(blob_keys_read(STR("00112233\n"), &keys), ERR_INVALID);
	assert_int_equal(blob_keys_read(STR("xx" KEY_1), &keys), ERR_INVALID);
}

static void copies_are_whole_and_can_go(void **state)
{
	struct ground *g = *state;
	static const char part[] = "partpartpartpartpartpartpb";
	struct blob_file f[3], begun;
	char to[64], path[160], hash[BLOB_HASH_LEN + 1];
	struct stat st;

	for (size_t i = 0; i < array_len(f); i++)
		make(g, &f[i], STR("bytes"), hash);
	assert_int_equal(blob_resume(g->blobs, str_from(part), true, &begun), OK);
	assert_int_equal(blob_write(&begun, STR("half")), OK);
	assert_int_equal(blob_leave(&begun), OK);
	(void)snprintf(to, sizeof(to), "%s/to", g->dir);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(blob_copy_all(str_from(g->dir), str_from(to)), OK);
	for (size_t i = 0; i < array_len(f); i++) {
		(void)snprintf(path, sizeof(path), "%s/blobs/%.2s/%s", to, f[i].id, f[i].id);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 5);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(st.st_nlink, array_len(f) + 1); /* and that of its content */
	}
	(void)snprintf(path, sizeof(path), "%s/blobs/part/%s", to, part);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(blob_part_delete(g->blobs, str_from(part)), OK);
	assert_int_equal(blob_copy_remove(str_from(to)), OK);
	assert_int_equal(rmdir(to), 0);
	for (size_t i = 0; i < array_len(f); i++)
		assert_int_equal(blob_delete(g->blobs, str_from(f[i].id), str_from(hash)), OK);
	assert_total(g, 0, 0);
}

UNIT_TESTS_WITH(store_blob, set_up, tear_down, cmocka_unit_test(a_blob_is_read_as_it_was_written),
		cmocka_unit_test(the_same_content_is_there_once),
		cmocka_unit_test(what_is_no_id_is_not_found),
		cmocka_unit_test(half_written_blobs_do_not_stay),
		cmocka_unit_test(a_part_grows_over_restarts),
		cmocka_unit_test(a_large_blob_goes_round_the_page_cache),
		cmocka_unit_test(sealed_blobs_are_read_from_anywhere),
		cmocka_unit_test(a_sealed_part_grows_by_any_length),
		cmocka_unit_test(what_a_peer_sends_is_never_taken_for_sealed),
		cmocka_unit_test(keys_are_read_strictly),
		cmocka_unit_test(copies_are_whole_and_can_go));
