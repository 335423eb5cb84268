/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's wire, see tls_io.h. */
#include "net/tls_io.h"

#include "base/mem.h"
#include "net/tls_aead.h"

#include <openssl/crypto.h>

static int bio_read(BIO *bio, char *buf, size_t max, size_t *ret_n)
{
	struct tls_io *io = BIO_get_data(bio);
	size_t n = io->in.len < max ? io->in.len : max;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(buf, io->in.ptr, n);
	io->in = str_from_at(io->in, n);
	*ret_n = n;
	return 1;
}

static int bio_write(BIO *bio, const char *buf, size_t len, size_t *ret_n)
{
	struct tls_io *io = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (sbuf_add(&io->out, str_make(buf, len)))
		return 0;
	*ret_n = len;
	return 1;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_PUSH || cmd == BIO_CTRL_POP;
}

static BIO *make_bio(struct tls_io *io)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "parley");
	BIO *bio;

	must(method && BIO_meth_set_read_ex(method, bio_read) &&
	     BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl));
	bio = BIO_new(method);
	must(bio);
	BIO_set_data(bio, io);
	BIO_set_app_data(bio, method);
	BIO_set_init(bio, 1);
	return bio;
}

struct tls_io *tls_io_of(struct tls_io **io)
{
	if (!*io) {
		*io = mem_zalloc(1, sizeof(**io));
		(*io)->out = SBUF(TLS_OUT_MAX);
		(*io)->bio = make_bio(*io);
	}
	return *io;
}

struct tls_io *tls_io_of_bio(BIO *bio)
{
	return BIO_get_data(bio);
}

void tls_io_free(struct tls_io **io)
{
	struct tls_io *t = *io;
	BIO_METHOD *method;

	*io = NULL;
	if (!t)
		return;
	method = BIO_get_app_data(t->bio);
	(void)BIO_free(t->bio); /* gives 0 only for NULL */
	BIO_meth_free(method);
	tls_aead_free(&t->aead);
	sbuf_done(&t->out);
	OPENSSL_cleanse(t->plain, sizeof(t->plain));
	OPENSSL_cleanse(t->collect, sizeof(t->collect));
	mem_free(t);
}
