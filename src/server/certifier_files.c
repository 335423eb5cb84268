/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the certifier, see certifier_files.h. */
#include "server/certifier_files.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "crypto/certificate.h"
#include "crypto/secret.h"
#include "server/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char certificate_name[] = "certificate.pem", state_name[] = "state",
		  account_name[] = "account";

/* First lines: what the file is. */
static const struct str account_mark = STR_INIT("parley acme account 1"),
			state_mark = STR_INIT("parley acme state 1");

/* ---- files ---- */

/* name "" is the folder itself. */
static char *path_of(struct str data_dir, const char *name, const char *end)
{
	struct sbuf out = SBUF(CERTIFIER_PATH_MAX);
	const char *slash = name[0] ? "/" : "";
	size_t len;

	must(sbuf_printf(&out, "%.*s/acme%s%s%s", STR_ARG(data_dir), slash, name, end) == OK);
	must(sbuf_add_char(&out, '\0') == OK);
	return sbuf_detach(&out, &len);
}

char *certifier_path(struct str data_dir)
{
	return path_of(data_dir, certificate_name, "");
}

static enum err read_all(int fd, struct sbuf *out)
{
	for (;;) {
		enum err e = sbuf_room(out, 4 * KIB);
		ssize_t n;

		if (e)
			return e;
		n = read(fd, out->ptr + out->len, 4 * KIB);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			return OK;
		out->len += (size_t)n;
	}
}

static enum err load(struct str data_dir, const char *name, struct sbuf *out)
{
	char *path = path_of(data_dir, name, "");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e = fd < 0 ? err_from_errno(errno) : read_all(fd, out);

	if (fd >= 0)
		(void)close(fd); /* only read from */
	mem_free(path);
	return e;
}

static enum err write_new(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	e = folder_write(fd, text.ptr, text.len);
	if (!e && fsync(fd))
		e = err_from_errno(errno);
	if (close(fd) && !e)
		e = err_from_errno(errno);
	return e;
}

static enum err save(struct str data_dir, const char *name, struct str text)
{
	char *folder = path_of(data_dir, "", "");
	char *path = path_of(data_dir, name, ""), *temp = path_of(data_dir, name, ".new");
	enum err e = folder_make(AT_FDCWD, folder);

	if (!e)
		e = write_new(temp, text);
	if (!e && rename(temp, path))
		e = err_from_errno(errno);
	if (!e)
		e = folder_sync(AT_FDCWD, folder);
	mem_free(folder);
	mem_free(path);
	mem_free(temp);
	return e;
}

/* ---- account ---- */

static void wipe(struct sbuf *b)
{
	if (b->ptr)
		secret_wipe(b->ptr, b->cap);
	sbuf_done(b);
}

static enum err parse_account(struct str text, struct str directory,
			      struct certifier_account *ret_account)
{
	struct arena a scoped(arena_wipe) = { 0 };
	struct str line, url, key;

	arena_init(&a, CERTIFIER_FILE_MAX);
	if (!str_split(&text, '\n', &line) || !str_eq(line, account_mark) ||
	    !str_split(&text, '\n', &line))
		return ERR_INVALID;
	if (!str_eq(line, directory))
		return ERR_NOT_FOUND;
	if (!str_split(&text, '\n', &line) || base64_url_decode(&a, line, &key) ||
	    key.len != P256_PRIVATE || !str_split(&text, '\n', &url) || url.len > URL_MAX)
		return ERR_INVALID;
	p256_from_seed((const uint8_t *)key.ptr, &ret_account->key);
	memcpy(ret_account->url, url.ptr, url.len);
	ret_account->url[url.len] = '\0';
	return OK;
}

enum err certifier_load_account(struct str data_dir, struct str directory,
				struct certifier_account *ret_account)
{
	struct sbuf text scoped(wipe) = SBUF(CERTIFIER_FILE_MAX);
	enum err e = load(data_dir, account_name, &text);

	return e ? e : parse_account(sbuf_str(&text), directory, ret_account);
}

enum err certifier_save_account(struct str data_dir, struct str directory,
				const struct certifier_account *account)
{
	struct sbuf text scoped(wipe) = SBUF(CERTIFIER_FILE_MAX);

	/* Nothing is left behind by growing. */
	if (sbuf_room(&text, account_mark.len + directory.len + URL_MAX + 256))
		return ERR_TOO_BIG;
	sbuf_add(&text, account_mark);
	sbuf_printf(&text, "\n%.*s\n", STR_ARG(directory));
	base64_url_encode(&text, str_make((const char *)account->key.priv, P256_PRIVATE));
	sbuf_printf(&text, "\n%s\n", account->url);
	return text.err ? text.err : save(data_dir, account_name, sbuf_str(&text));
}

/* ---- state ---- */

static bool take_number(struct str *text, int64_t *ret_n)
{
	struct str line;

	return str_split(text, '\n', &line) && str_to_i64(line, ret_n) == OK && *ret_n >= 0;
}

enum err certifier_load_state(struct str data_dir, struct certifier_state *ret_state)
{
	struct sbuf file scoped(sbuf_done) = SBUF(CERTIFIER_FILE_MAX);
	struct certifier_state s = { .failures = 0 };
	enum err e = load(data_dir, state_name, &file);
	struct str text = sbuf_str(&file), line, print, error;
	int64_t failures;

	if (e)
		return e;
	if (!str_split(&text, '\n', &line) || !str_eq(line, state_mark) ||
	    !str_split(&text, '\n', &print) || print.len != CERTIFIER_PRINT_LEN ||
	    !take_number(&text, &failures) || failures > UINT16_MAX ||
	    !take_number(&text, &s.wall_tried) || !take_number(&text, &s.wall_next) ||
	    !str_split(&text, '\n', &error) || error.len >= sizeof(s.error))
		return ERR_INVALID;
	s.failures = (unsigned)failures;
	memcpy(s.print, print.ptr, print.len);
	memcpy(s.error, error.ptr, error.len);
	*ret_state = s;
	return OK;
}

enum err certifier_save_state(struct str data_dir, const struct certifier_state *s)
{
	struct sbuf text scoped(sbuf_done) = SBUF(CERTIFIER_FILE_MAX);

	sbuf_add(&text, state_mark);
	sbuf_printf(&text, "\n%s\n%u\n%lld\n%lld\n%s\n", s->print, s->failures,
		    (long long)s->wall_tried, (long long)s->wall_next, s->error);
	return text.err ? text.err : save(data_dir, state_name, sbuf_str(&text));
}

/* ---- certificate ---- */

enum err certifier_load_key(struct str data_dir, struct sbuf *out)
{
	struct sbuf text scoped(wipe) = SBUF(CERTIFIER_FILE_MAX);
	enum err e = sbuf_room(&text, CERTIFIER_FILE_MAX - 8 * KIB); /* as above */

	if (!e)
		e = load(data_dir, certificate_name, &text);
	return e ? e : certificate_key_of(sbuf_str(&text), out);
}

enum err certifier_save_certificate(struct str data_dir, struct str key_pem, struct str chain_pem)
{
	struct sbuf text scoped(wipe) = SBUF(CERTIFIER_FILE_MAX);

	if (sbuf_room(&text, key_pem.len + chain_pem.len + 1))
		return ERR_TOO_BIG;
	sbuf_add(&text, key_pem);
	sbuf_add(&text, chain_pem);
	return save(data_dir, certificate_name, sbuf_str(&text));
}

enum err certifier_put_aside(struct str data_dir)
{
	char *path = path_of(data_dir, certificate_name, "");
	char *aside = path_of(data_dir, certificate_name, ".bad");
	enum err e = rename(path, aside) ? err_from_errno(errno) : OK;

	mem_free(path);
	mem_free(aside);
	return e;
}
