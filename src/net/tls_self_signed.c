/* SPDX-License-Identifier: Apache-2.0 */
/* Self-signed certificates, see tls_self_signed.h. */
#include "net/tls_self_signed.h"

#include "base/mem.h"
#include "base/random.h"
#include "net/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	NAME_MAX_LEN = 253, /* bytes of a host name */
	CN_MAX_LEN = 64,    /* bytes (X.520) */
	SERIAL_LEN = 16,    /* bytes */
	TOKEN_LEN = 12,
};

static bool add_san(GENERAL_NAMES *names, int kind, struct str value)
{
	ASN1_STRING *text = kind == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (!text || !name || !ASN1_STRING_set(text, value.ptr, (int)value.len)) {
		ASN1_STRING_free(text);
		GENERAL_NAME_free(name);
		return false;
	}
	GENERAL_NAME_set0_value(name, kind, text);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static bool add_ip(GENERAL_NAMES *names, const struct addr *ip)
{
	size_t skip = addr_is_v4(ip) ? 12 : 0;

	return add_san(names, GEN_IPADD,
		       str_make((const char *)ip->ip + skip, sizeof(ip->ip) - skip));
}

static bool add_all_names(GENERAL_NAMES *names, struct str domain)
{
	static const struct str parts[] = { STR_INIT("conference."), STR_INIT("upload."),
					    STR_INIT("pubsub.") };
	static const struct str local[] = { STR_INIT("127.0.0.1"), STR_INIT("::1") };
	char buf[NAME_MAX_LEN + 16];
	struct addr ip;

	if (!addr_parse_ip(domain, &ip))
		return add_ip(names, &ip);
	if (!add_san(names, GEN_DNS, domain))
		return false;
	for (unsigned i = 0; i < array_len(parts); i++) {
		memcpy(buf, parts[i].ptr, parts[i].len);
		memcpy(buf + parts[i].len, domain.ptr, domain.len);
		if (!add_san(names, GEN_DNS, str_make(buf, parts[i].len + domain.len)))
			return false;
	}
	for (unsigned i = 0; str_eq_nocase(domain, STR("localhost")) && i < array_len(local); i++) {
		if (addr_parse_ip(local[i], &ip) || !add_ip(names, &ip))
			return false;
	}
	return true;
}

static bool set_names(X509 *cert, struct str domain)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	struct str cn = domain.len > CN_MAX_LEN ? STR("parley") : domain;
	bool is_fine =
		names && add_all_names(names, domain) &&
		X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1 &&
		X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
					   (const unsigned char *)cn.ptr, (int)cn.len, -1, 0) &&
		X509_set_issuer_name(cert, subject);

	GENERAL_NAMES_free(names);
	return is_fine;
}

static bool add_ext(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool is_fine;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	is_fine = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return is_fine;
}

static bool set_serial(X509 *cert)
{
	uint8_t number[SERIAL_LEN];
	BIGNUM *serial;
	bool is_fine;

	random_fill(number, sizeof(number));
	number[0] = (uint8_t)((number[0] & 0x7f) | 0x40); /* positive, and never short */
	serial = BN_bin2bn(number, sizeof(number), NULL);
	is_fine = serial && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));
	BN_free(serial);
	return is_fine;
}

static X509 *make_cert(EVP_PKEY *key, struct str domain)
{
	X509 *cert = X509_new();

	/* A day back, for clients whose clocks lag. */
	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -86400) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * TLS_SELF_SIGNED_DAYS) &&
	    X509_set_pubkey(cert, key) && set_names(cert, domain) &&
	    add_ext(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_ext(cert, NID_key_usage, "critical,digitalSignature") &&
	    add_ext(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
	    add_ext(cert, NID_subject_key_identifier, "hash") && X509_sign(cert, key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

static enum err write_synced(int fd, struct str data)
{
	while (data.len) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
		data = str_from_at(data, n < 0 ? 0 : (size_t)n);
	}
	return fsync(fd) < 0 ? err_from_errno(errno) : OK;
}

/* Makes the names in the folder of path last. */
static enum err sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	char *folder = str_dup(slash ? str_make(path, len ? len : 1) : STR("."));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = OK;

	mem_free(folder);
	if (fd < 0)
		return err_from_errno(errno);
	if (fsync(fd) < 0)
		e = err_from_errno(errno);
	(void)close(fd); /* nothing was written through it */
	return e;
}

static enum err replace_file(const char *path, struct str data, mode_t mode)
{
	char token[TOKEN_LEN + 1];
	struct sbuf temp = SBUF(4 * KIB);
	enum err e;
	int fd;

	random_token(token, TOKEN_LEN);
	e = sbuf_printf(&temp, "%s.%s.tmp", path, token);
	if (!e)
		e = sbuf_add_char(&temp, '\0');
	if (e) {
		sbuf_done(&temp);
		return e;
	}
	fd = open(temp.ptr, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	e = fd < 0 ? err_from_errno(errno) : write_synced(fd, data);
	if (fd >= 0 && close(fd) < 0 && !e)
		e = err_from_errno(errno);
	if (!e && rename(temp.ptr, path) < 0)
		e = err_from_errno(errno);
	if (e && fd >= 0)
		(void)unlink(temp.ptr); /* the first error counts */
	sbuf_done(&temp);
	return e ? e : sync_folder(path);
}

static enum err write_pem(BIO *pem, const char *path, mode_t mode)
{
	char *text = NULL;
	long len = BIO_get_mem_data(pem, &text);

	return len > 0 ? replace_file(path, str_make(text, (size_t)len), mode) : ERR_CRYPTO;
}

static enum err write_both(EVP_PKEY *key, X509 *cert, const char *cert_path, const char *key_path)
{
	/* Secure memory is wiped when it is freed. */
	BIO *key_pem = BIO_new(BIO_s_secmem()), *cert_pem = BIO_new(BIO_s_mem());
	enum err e = ERR_CRYPTO;

	if (key_pem && cert_pem &&
	    PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) &&
	    PEM_write_bio_X509(cert_pem, cert)) {
		e = write_pem(key_pem, key_path, 0600);
		if (!e)
			e = write_pem(cert_pem, cert_path, 0644);
	}
	(void)BIO_free(key_pem);  /* gives 0 only for NULL */
	(void)BIO_free(cert_pem); /* as above */
	return e;
}

static bool is_host(struct str domain)
{
	if (str_is_empty(domain) || domain.len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < domain.len; i++) {
		unsigned char c = (unsigned char)domain.ptr[i];

		if (c <= ' ' || c >= 0x7f)
			return false;
	}
	return true;
}

/* One with a password is none for us, and nobody is asked for it. */
static int no_password(unused_arg char *buf, unused_arg int size, unused_arg int rwflag,
		       unused_arg void *arg)
{
	return -1;
}

/* The key that is there, or a new one. */
static EVP_PKEY *get_key(const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = NULL;

	if (f) {
		key = PEM_read_PrivateKey(f, NULL, no_password, NULL);
		(void)fclose(f); /* it was only read */
	}
	return key ? key : EVP_EC_gen("P-256");
}

enum err tls_make_self_signed(const char *cert_path, const char *key_path, struct str domain)
{
	EVP_PKEY *key;
	X509 *cert = NULL;
	enum err e = ERR_CRYPTO;

	if (!is_host(domain))
		return ERR_INVALID;
	ERR_clear_error();
	key = get_key(key_path);
	if (key)
		cert = make_cert(key, domain);
	if (cert)
		e = write_both(key, cert, cert_path, key_path);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}
