/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the server's certificate: cert show, cert renew. */
#include "server/admin/certificate_commands.h"

static json_t *time_or_null(usec_t wall)
{
	return wall > 0 ? admin_json_time(wall) : json_null();
}

/* How it is renewed; null: it is not. */
static json_t *describe_renewal(const struct admin_certificate *c)
{
	json_t *row = json_object();

	if (!c->is_renewed) {
		json_decref(row);
		return json_null();
	}
	json_object_set_new(row, "directory", admin_json_str(c->directory));
	json_object_set_new(row, "account", admin_json_str(c->account_url));
	json_object_set_new(row, "next", time_or_null(c->wall_renew));
	json_object_set_new(row, "running", json_boolean(c->is_running));
	json_object_set_new(row, "tried", time_or_null(c->wall_tried));
	json_object_set_new(row, "failures", json_integer(c->failures));
	json_object_set_new(row, "error", admin_json_str(c->error));
	return row;
}

static json_t *describe(const struct admin_certificate *c)
{
	json_t *result = json_object(), *names = json_array();

	for (size_t i = 0; i < c->name_count; i++)
		json_array_append_new(names, admin_json_str(c->names[i]));
	json_object_set_new(result, "source", json_string(c->source));
	json_object_set_new(result, "names", names);
	json_object_set_new(result, "issuer", admin_json_str(c->issuer));
	json_object_set_new(result, "from", admin_json_time(c->wall_from));
	json_object_set_new(result, "until", admin_json_time(c->wall_until));
	json_object_set_new(result, "days",
			    json_integer((c->wall_until - wall_now()) / USEC_PER_DAY));
	json_object_set_new(result, "sha256", admin_json_str(c->fingerprint));
	json_object_set_new(result, "key_sha256", admin_json_str(c->key_digest));
	json_object_set_new(result, "renewal", describe_renewal(c));
	return result;
}

static void on_certificate(void *arg, const struct admin_certificate *certificate)
{
	struct admin_call *call = arg;

	admin_reply(call, describe(certificate));
}

static void run_show(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->show_certificate)
		config->show_certificate(config->certifier, on_certificate, call);
	else
		admin_fail_err(call, ERR_UNSUPPORTED, STR("cert show"));
}

static void on_renewed(void *arg, enum err e, struct str why)
{
	struct admin_call *call = arg;

	if (e == ERR_UNSUPPORTED)
		admin_fail(call, "unsupported",
			   "the server gets no certificates: see acme.agree; those of "
			   "tls.certificate are yours to renew");
	else if (e == ERR_BUSY)
		admin_fail(call, "busy", "a certificate is being got already");
	else if (e)
		admin_fail(call, "failed", "%.*s", STR_ARG(why));
	else
		run_show(call);
}

static void run_renew(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->renew_certificate)
		config->renew_certificate(config->certifier, on_renewed, call);
	else
		on_renewed(call, ERR_UNSUPPORTED, STR_NONE);
}

const struct admin_command admin_certificate_commands[] = {
	{ "cert show", "Shows the certificate in use, and when it is renewed.", NULL, run_show },
	{ "cert renew", "Gets a new certificate now (acme.agree), and tells how that went.", NULL,
	  run_renew },
	{ .words = NULL },
};
