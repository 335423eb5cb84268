/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the server itself: stats, log level. */
#include "server/admin/server_commands.h"

#include "base/log.h"
#include "base/metric.h"
#include "net/addr.h"
#include "server/store/store.h"

static const struct {
	const char *name;
	enum metric metric;
} numbers[] = {
	{ "connections", METRIC_CONNECTIONS },
	{ "sessions", METRIC_SESSIONS },
	{ "sessions_detached", METRIC_SESSIONS_DETACHED },
	{ "entities", METRIC_ENTITIES },
	{ "logins", METRIC_LOGIN_OK },
	{ "logins_failed", METRIC_LOGIN_FAILED },
	{ "messages_chat", METRIC_MESSAGE_CHAT },
	{ "messages_groupchat", METRIC_MESSAGE_GROUPCHAT },
	{ "commits", METRIC_COMMITS },
	{ "commits_failed", METRIC_COMMIT_FAILED },
	{ "slow_turns", METRIC_SLOW_TURNS },
};

static void on_stats(void *arg, struct store_answer *answer)
{
	struct admin_call *call = arg;
	const struct admin_config *config = call->config;
	json_t *result = json_object();

	json_object_set_new(result, "domain", admin_json_str(config->domain));
	json_object_set_new(result, "version", admin_json_str(config->version));
	json_object_set_new(result, "uptime_seconds",
			    json_integer((wall_now() - config->wall_started) / USEC_PER_SEC));
	for (size_t i = 0; i < array_len(numbers); i++)
		json_object_set_new(result, numbers[i].name,
				    json_integer(metric_sum(numbers[i].metric)));
	if (answer->err == OK) {
		json_object_set_new(result, "accounts",
				    json_integer((json_int_t)answer->stats.accounts));
		json_object_set_new(result, "stored_messages",
				    json_integer((json_int_t)answer->stats.messages));
		json_object_set_new(result, "stored_entries",
				    json_integer((json_int_t)answer->stats.entries));
		json_object_set_new(result, "stored_bytes",
				    json_integer((json_int_t)answer->stats.bytes));
	} else {
		json_object_set_new(result, "store", json_string(err_text(answer->err)));
	}
	admin_reply(call, result);
}

static void run_stats(struct admin_call *call)
{
	struct store_request request = { .kind = READ_STATS };

	store_read(call->config->store, &request, on_stats, call);
}

static void run_log_level(struct admin_call *call)
{
	struct str name = admin_arg_str(call, "level");
	enum log_level level;
	json_t *result;

	if (str_is_set(name)) {
		if (log_level_parse(name, &level)) {
			admin_fail(call, "wrong-argument",
				   "level must be error, warn, info, debug or trace");
			return;
		}
		log_set_level(level);
	}
	result = json_object();
	json_object_set_new(result, "level", admin_json_str(log_level_name(log_get_level())));
	admin_reply(call, result);
}

/* ---- doctor ---- */

static void on_examined(void *arg, enum err e, const struct admin_finding *findings, size_t count)
{
	struct admin_call *call = arg;
	json_t *result, *rows;
	char worst[2] = "A";

	if (e) {
		admin_fail_err(call, e, STR("doctor"));
		return;
	}
	rows = json_array();
	for (size_t i = 0; i < count; i++) {
		const char grade[2] = { findings[i].grade, '\0' };
		json_t *row = json_object();

		json_object_set_new(row, "grade", json_string(grade));
		json_object_set_new(row, "check", json_string(findings[i].check));
		json_object_set_new(row, "found", admin_json_str(str_from(findings[i].text)));
		json_object_set_new(row, "advice", json_string(findings[i].advice));
		json_array_append_new(rows, row);
		if (grade[0] > worst[0])
			worst[0] = grade[0];
	}
	result = json_object();
	json_object_set_new(result, "grade", json_string(worst));
	json_object_set_new(result, "version", admin_json_str(call->config->version));
	json_object_set_new(result, "checks", rows);
	admin_reply(call, result);
}

static void run_doctor(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->examine)
		config->examine(config->doctor, on_examined, call);
	else
		admin_fail_err(call, ERR_UNSUPPORTED, STR("doctor"));
}

/* ---- zone ---- */

static void on_zone(void *arg, const struct str *lines, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, admin_json_str(lines[i]));
	admin_reply(call, rows);
}

static void run_dns(struct admin_call *call)
{
	const struct admin_config *config = call->config;
	struct str address = admin_arg_str(call, "address");
	struct addr ip;

	if (str_is_set(address) && addr_parse_ip(address, &ip))
		admin_fail(call, "wrong-argument", "address must be an IPv4 or IPv6 address");
	else if (config->list_zone)
		config->list_zone(config->doctor, address, on_zone, call);
	else
		admin_fail_err(call, ERR_UNSUPPORTED, STR("dns"));
}

static const struct admin_arg dns_args[] = {
	{ "address", ADMIN_STR, false, true, "The address of this machine." },
	{ .name = NULL },
};

/* ---- backup ---- */

static void on_backup(void *arg, enum err e, const char *text, const struct admin_backup *made)
{
	struct admin_call *call = arg;
	json_t *result;

	if (e) {
		admin_fail_err(call, e, str_from(text));
		return;
	}
	result = json_object();
	json_object_set_new(result, "path", admin_json_str(admin_arg_str(call, "path")));
	json_object_set_new(result, "files", json_integer((json_int_t)made->files));
	json_object_set_new(result, "bytes", json_integer((json_int_t)made->bytes));
	json_object_set_new(result, "accounts", json_integer((json_int_t)made->accounts));
	json_object_set_new(result, "messages", json_integer((json_int_t)made->messages));
	json_object_set_new(result, "milliseconds",
			    json_integer((json_int_t)(made->took / USEC_PER_MSEC)));
	admin_reply(call, result);
}

static void run_backup(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->make_backup)
		config->make_backup(config->backups, admin_arg_str(call, "path"), on_backup, call);
	else
		admin_fail_err(call, ERR_UNSUPPORTED, STR("backup"));
}

static const struct admin_arg backup_args[] = {
	{ "path", ADMIN_PATH, true, true,
	  "The folder that is to become the backup; not there yet." },
	{ .name = NULL },
};

/* The tool does it itself where it finds no server. */
static void run_restore(struct admin_call *call)
{
	admin_fail(call, "running",
		   "the server runs: stop it first, and move its data folder away; nothing is "
		   "restored over what is there");
}

static const struct admin_arg restore_args[] = {
	{ "path", ADMIN_PATH, true, true, "The folder that backup has made." },
	{ .name = NULL },
};

static const struct admin_arg level_args[] = {
	{ "level", ADMIN_STR, false, true,
	  "error, warn, info, debug or trace; left out: only tells." },
	{ .name = NULL },
};

const struct admin_command admin_server_commands[] = {
	{ "stats", "Numbers of the running server.", NULL, run_stats },
	{ "backup", "Makes a backup while the server works; restore takes it.", backup_args,
	  run_backup },
	{ "restore", "Makes the data folder from a backup, while no server runs.", restore_args,
	  run_restore },
	{ "doctor", "Examines the installation; grades it from A to F, and says why.", NULL,
	  run_doctor },
	{ "dns", "Prints the records that the DNS should have about this server.", dns_args,
	  run_dns },
	{ "log level", "Sets how much is logged, until the next start.", level_args,
	  run_log_level },
	{ .words = NULL },
};
