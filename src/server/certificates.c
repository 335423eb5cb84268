/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, see certificates.h. */
#include "server/certificates.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/tls_self_signed.h"

#include <limits.h>
#include <unistd.h>

static char *in_data_dir(struct str data_dir, const char *name)
{
	struct sbuf out = SBUF(PATH_MAX);
	size_t len;

	(void)sbuf_add(&out, data_dir);
	(void)sbuf_printf(&out, "/%s", name);
	(void)sbuf_add_char(&out, '\0');
	return sbuf_detach(&out, &len);
}

static enum err make_tls(const struct conf *conf, const char *cert_path, const char *key_path,
			 struct tls_context **ret_tls, struct sbuf *why)
{
	struct str ca = conf_str(conf, "tls.client_ca");
	struct tls_context *tls;
	enum err e = tls_context_new_server(cert_path, key_path, &tls, why);
	char *ca_path;

	if (e || !ca.len) {
		if (!e)
			*ret_tls = tls;
		return e;
	}
	ca_path = conf_resolve(conf, ca);
	e = tls_context_trust_clients(tls, ca_path, why);
	mem_free(ca_path);
	if (e)
		(void)tls_context_unref(tls); /* ours alone */
	else
		*ret_tls = tls;
	return e;
}

static enum err load(const struct conf *conf, const char *cert_path, const char *key_path,
		     struct tls_context **ret_tls, struct sbuf *why)
{
	bool is_own = conf_str(conf, "tls.certificate").len > 0;
	struct str domain = conf_str(conf, "domain"), missing;
	enum err e = OK;

	if (!is_own && access(cert_path, R_OK))
		e = tls_make_self_signed(cert_path, key_path, domain);
	if (!e)
		e = make_tls(conf, cert_path, key_path, ret_tls, why);
	if (e && !why->len)
		(void)sbuf_add(why, str_from(cert_path));
	else if (!e && tls_context_missing_name(*ret_tls, &domain, 1, &missing))
		log_warn(NULL, "the certificate does not name the domain: clients will refuse it",
			 F_STR("missing", missing), F_STR("certificate", str_from(cert_path)));
	return e;
}

void certificates_paths(const struct conf *conf, struct str data_dir, char **ret_cert,
			char **ret_key)
{
	struct str cert = conf_str(conf, "tls.certificate"), key = conf_str(conf, "tls.key");

	*ret_cert = cert.len ? conf_resolve(conf, cert) : in_data_dir(data_dir, "cert.pem");
	*ret_key = cert.len ? conf_resolve(conf, key) : in_data_dir(data_dir, "key.pem");
}

enum err certificates_load(const struct conf *conf, struct str data_dir,
			   struct tls_context **ret_tls, struct sbuf *why)
{
	char *cert_path, *key_path;
	enum err e;

	certificates_paths(conf, data_dir, &cert_path, &key_path);
	e = load(conf, cert_path, key_path, ret_tls, why);
	mem_free(cert_path);
	mem_free(key_path);
	return e;
}
