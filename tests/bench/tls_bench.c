/* SPDX-License-Identifier: Apache-2.0 */
/* What a record of TLS 1.3 costs: OpenSSL's SSL_write and SSL_read beside our own record layer
 * (net/tls_hibernated.h), with the same keys. Processor time of the thread. tls_bench FOLDER: an
 * empty one, for a certificate. */
#include "base/mem.h"
#include "net/tls_hibernated.h"
#include "net/tls_io.h"
#include "net/tls_self_signed.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <time.h>

enum { BATCH = 200 /* records: below 4 MiB */ };

static struct tls_secrets secrets; /* of the handshake in hand */

static void note(const SSL *ssl, const char *line)
{
	(void)ssl;
	tls_secrets_note(&secrets, line);
}

static double cpu_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static SSL *make_end(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);

	must(ssl);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	return ssl;
}

static void carry(SSL *from, SSL *to)
{
	char *data;
	long len = BIO_get_mem_data(SSL_get_wbio(from), &data);

	must(len == 0 || BIO_write(SSL_get_rbio(to), data, (int)len) == len);
	must(BIO_reset(SSL_get_wbio(from)) == 1);
}

struct bench {
	SSL *server, *client;
	struct tls_aead *aead;
	struct tls_record_state *ours;
	char plain[TLS_CIPHER_MAX];
	double write[2], read[2]; /* usec: OpenSSL, ours */
};

/* The peer's records, opened by both. */
static void read_batch(struct bench *b, const char *data, size_t len)
{
	size_t record = len + TLS_RECORD_EXTRA;
	enum tls_alert alert;
	struct str heard;
	char *wire, *copy;
	double begin;

	for (int i = 0; i < BATCH; i++)
		must(SSL_write(b->client, data, (int)len) == (int)len);
	must(BIO_get_mem_data(SSL_get_wbio(b->client), &wire) == (long)(BATCH * record));
	copy = str_dup(str_make(wire, BATCH * record));
	must(BIO_reset(SSL_get_wbio(b->client)) == 1);
	begin = cpu_usec();
	for (int i = 0; i < BATCH; i++)
		must(tls_hibernated_open(b->ours, b->aead,
					 str_make(copy + (size_t)i * record, record), b->plain,
					 &heard, &alert) == TLS_HEARD_DATA);
	b->read[1] += cpu_usec() - begin;
	begin = cpu_usec();
	for (int i = 0; i < BATCH; i++) {
		must(BIO_write(SSL_get_rbio(b->server), copy + (size_t)i * record, (int)record) ==
		     (int)record);
		must(SSL_read(b->server, b->plain, sizeof(b->plain)) == (int)len);
	}
	b->read[0] += cpu_usec() - begin;
	mem_free(copy);
}

static void write_batch(struct bench *b, const char *data, size_t len)
{
	struct sbuf out = SBUF(TLS_OUT_MAX);
	double begin = cpu_usec();

	for (int i = 0; i < BATCH; i++) {
		must(SSL_write(b->server, data, (int)len) == (int)len);
		must(BIO_reset(SSL_get_wbio(b->server)) == 1);
	}
	b->write[0] += cpu_usec() - begin;
	must(sbuf_room(&out, len + TLS_RECORD_EXTRA) == OK);
	begin = cpu_usec();
	for (int i = 0; i < BATCH; i++) {
		sbuf_reset(&out);
		must(tls_hibernated_seal(b->ours, b->aead, str_make(data, len), &out) == OK);
	}
	b->write[1] += cpu_usec() - begin;
	sbuf_done(&out);
}

static void run(SSL_CTX *server, SSL_CTX *client, const char *suite, size_t len)
{
	static struct bench b;
	static const char data[TLS_PLAIN_MAX];
	int batches = len > 1000 ? 50 : 1000;
	uint16_t number;

	b = (struct bench){ .aead = tls_aead_new() };
	must(SSL_CTX_set_ciphersuites(client, suite) == 1);
	b.server = make_end(server);
	b.client = make_end(client);
	SSL_set_accept_state(b.server);
	SSL_set_connect_state(b.client);
	while (SSL_do_handshake(b.client) != 1 || SSL_do_handshake(b.server) != 1) {
		carry(b.client, b.server);
		(void)SSL_do_handshake(b.server);
		carry(b.server, b.client);
	}
	number = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(b.server));
	must(tls_hibernated_new(b.aead, number, &secrets, &b.ours) == OK);
	for (int i = 0; i < batches; i++) {
		write_batch(&b, data, len);
		read_batch(&b, data, len);
	}
	(void)printf("| %s, %zu B | %.2f | %.2f | %.2f | %.2f |\n", suite, len,
		     b.write[0] / batches / BATCH, b.write[1] / batches / BATCH,
		     b.read[0] / batches / BATCH, b.read[1] / batches / BATCH);
	tls_hibernated_free(&b.ours);
	tls_aead_free(&b.aead);
	SSL_free(b.server);
	SSL_free(b.client);
}

int main(int argc, char **argv)
{
	static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
					      "TLS_CHACHA20_POLY1305_SHA256" };
	SSL_CTX *server = SSL_CTX_new(TLS_server_method()),
		*client = SSL_CTX_new(TLS_client_method());
	char cert[200], key[200];

	if (argc != 2 || strlen(argv[1]) > 150)
		return 2;
	(void)snprintf(cert, sizeof(cert), "%s/cert.pem", argv[1]);
	(void)snprintf(key, sizeof(key), "%s/key.pem", argv[1]);
	if (tls_make_self_signed(cert, key, STR("localhost")))
		return 1;
	must(SSL_CTX_use_certificate_file(server, cert, SSL_FILETYPE_PEM) == 1 &&
	     SSL_CTX_use_PrivateKey_file(server, key, SSL_FILETYPE_PEM) == 1);
	must(SSL_CTX_set_num_tickets(server, 0) == 1);
	(void)SSL_CTX_set_mode(server, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_keylog_callback(server, note);
	(void)printf("| µs of CPU a record | SSL_write | ours | SSL_read | ours |\n"
		     "|---|---|---|---|---|\n");
	for (size_t i = 0; i < array_len(suites); i++) {
		run(server, client, suites[i], 400);
		run(server, client, suites[i], TLS_PLAIN_MAX);
	}
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	return 0;
}
