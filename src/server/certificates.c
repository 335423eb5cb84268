/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, see certificates.h. */
#include "server/certificates.h"

#include "base/log.h"
#include "base/mem.h"
#include "codec/idn.h"
#include "net/tls_examine.h"
#include "net/tls_self_signed.h"
#include "server/certifier_files.h"

#include <limits.h>
#include <unistd.h>

/* Of the ten years that it is good for: it is looked at when it is loaded only. */
#define RENEW_BEFORE (365 * USEC_PER_DAY)

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

	if (!e && conf_bool(conf, "tls.hibernate"))
		tls_context_hibernate(tls);
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

enum certificate_source certificates_paths(const struct conf *conf, struct str data_dir,
					   char **ret_cert, char **ret_key)
{
	struct str cert = conf_str(conf, "tls.certificate"), key = conf_str(conf, "tls.key");
	char *acme;

	if (cert.len) {
		*ret_cert = conf_resolve(conf, cert);
		*ret_key = conf_resolve(conf, key);
		return CERTIFICATE_FILES;
	}
	acme = certifier_path(data_dir);
	if (conf_bool(conf, "acme.agree") && !access(acme, F_OK)) {
		*ret_cert = acme;
		*ret_key = str_dup(str_from(acme)); /* one file has both */
		return CERTIFICATE_ACME;
	}
	mem_free(acme);
	*ret_cert = in_data_dir(data_dir, "cert.pem");
	*ret_key = in_data_dir(data_dir, "key.pem");
	return CERTIFICATE_SELF_SIGNED;
}

static void check_name(const struct tls_context *tls, struct str name, const char *path)
{
	struct str missing;

	if (tls_context_missing_name(tls, &name, 1, &missing))
		log_warn(NULL, "the certificate does not name the domain: clients will refuse it",
			 F_STR("missing", missing), F_STR("certificate", str_from(path)));
}

/* One that we have made, of another domain or at its last: nobody else's is touched. */
static bool is_outdated(const struct tls_context *tls, struct str name)
{
	struct tls_facts facts;
	struct str missing;

	tls_examine_facts(tls, &facts);
	return facts.is_self_signed && (tls_context_missing_name(tls, &name, 1, &missing) ||
					facts.wall_until - wall_now() < RENEW_BEFORE);
}

/* Without a certificate it is an error; with one that cannot be made again, it stays. */
static enum err make_own(const char *cert_path, const char *key_path, struct str name,
			 struct sbuf *why)
{
	struct tls_context *tls;
	enum err e;

	if (access(cert_path, R_OK))
		return tls_make_self_signed(cert_path, key_path, name);
	if (tls_context_new_server(cert_path, key_path, &tls, why)) {
		sbuf_reset(why); /* who loads it says so */
		return OK;
	}
	if (is_outdated(tls, name)) {
		e = tls_make_self_signed(cert_path, key_path, name);
		log_info(NULL, "the self-signed certificate is made again", F_STR("name", name),
			 F_ERR(e));
	}
	(void)tls_context_unref(tls); /* ours alone */
	return OK;
}

static enum err load(const struct conf *conf, struct str data_dir, struct tls_context **ret_tls,
		     enum certificate_source *ret_source, struct sbuf *why)
{
	char *cert_path, *key_path, buf[IDN_ASCII_MAX + 1];
	struct str name;
	enum err e = OK;

	/* Clients ask for the domain in its ASCII form. */
	if (idn_ascii(conf_str(conf, "domain"), buf, &name))
		name = conf_str(conf, "domain");
	*ret_source = certificates_paths(conf, data_dir, &cert_path, &key_path);
	if (*ret_source == CERTIFICATE_SELF_SIGNED)
		e = make_own(cert_path, key_path, name, why);
	if (!e)
		e = make_tls(conf, cert_path, key_path, ret_tls, why);
	if (e && !why->len)
		(void)sbuf_add(why, str_from(cert_path));
	if (!e)
		check_name(*ret_tls, name, cert_path);
	mem_free(cert_path);
	mem_free(key_path);
	return e;
}

enum err certificates_load(const struct conf *conf, struct str data_dir,
			   struct tls_challenges *challenges, struct tls_context **ret_tls,
			   enum certificate_source *ret_source, struct sbuf *why)
{
	enum err e = load(conf, data_dir, ret_tls, ret_source, why);

	/* It must not keep the server from starting: there will be another one. */
	if (e && *ret_source == CERTIFICATE_ACME && certifier_put_aside(data_dir) == OK) {
		log_error(NULL, "the certificate of the authority cannot be used, and is put aside",
			  F_STR("why", sbuf_str(why)));
		sbuf_reset(why);
		e = load(conf, data_dir, ret_tls, ret_source, why);
	}
	if (!e)
		tls_context_show(*ret_tls, challenges);
	return e;
}
