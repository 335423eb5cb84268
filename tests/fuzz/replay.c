/* SPDX-License-Identifier: Apache-2.0 */
/* The main of a fuzz target in normal builds: runs every file of the corpus folders given once, and
 * prints TAP. The input is copied to a block of exactly its size, so that a sanitizer sees the
 * first byte read too far. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static uint8_t *load(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
	    fseek(file, 0, SEEK_SET) == 0) {
		data = malloc(size > 0 ? (size_t)size : 1);
		if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
			*ret_size = (size_t)size;
		} else {
			free(data);
			data = NULL;
		}
	}
	(void)fclose(file);
	return data;
}

static int replay(const char *folder, const char *name, int number)
{
	char path[4096];
	size_t size = 0;
	uint8_t *data;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	/* Printed before the run: the last line of a crash names its input. */
	(void)printf("# %s\n", name);
	data = load(path, &size);
	if (!data) {
		(void)printf("not ok %d - %s: %s\n", number, name, strerror(errno));
		return 1;
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	(void)printf("ok %d - %s\n", number, name);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct dirent **names = NULL;
		int count = scandir(argv[i], &names, is_input, alphasort);

		if (count <= 0) {
			/* A target without inputs would be a test that cannot fail. */
			(void)printf("1..1\nnot ok 1 - no corpus in %s\n", argv[i]);
			failed = 1;
			count = 0;
		} else {
			(void)printf("1..%d\n", count);
		}
		for (int k = 0; k < count; k++) {
			failed |= replay(argv[i], names[k]->d_name, k + 1);
			free(names[k]);
		}
		free(names);
	}
	return failed;
}
