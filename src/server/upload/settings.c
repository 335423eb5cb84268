/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of uploads, see settings.h. */
#include "server/upload/settings.h"

#define FOREVER_USEC (36500 * USEC_PER_DAY)

/* clang-format off */
static const struct conf_key keys[] = {
	{ "files.domain", CONF_STR, "\"\"", 0, 0,
	  "Where clients ask for uploads: a domain of its own; left out: \"upload.\" in front of the domain. Links have the server's name all the same." },
	{ "files.max_size", CONF_SIZE, "\"2GiB\"", 1024, (int64_t)1 << 40,
	  "The largest file that may be sent." },
	{ "files.quota", CONF_SIZE, "\"10GiB\"", 0, (int64_t)1 << 50,
	  "What the files of one account may take; 0: any size." },
	{ "files.total", CONF_SIZE, "0", 0, (int64_t)1 << 60,
	  "What the files of all accounts may take; 0: any size." },
	{ "files.spare", CONF_SIZE, "\"256MiB\"", 0, (int64_t)1 << 50,
	  "What uploads leave free on the disk, for messages." },
	{ "files.key_file", CONF_STR, "\"\"", 0, 0,
	  "A file with keys, a line of 64 hex digits each: files are encrypted on the disk with the first one; the others still open what was written with them. Empty: files lie there as they are. Read at start." },
	{ "files.slot_expire", CONF_DURATION, "\"10m\"", USEC_PER_SEC, USEC_PER_DAY,
	  "How long after asking a client may begin to send." },
	{ "files.resume_expire", CONF_DURATION, "\"1d\"", USEC_PER_SEC, 7 * USEC_PER_DAY,
	  "How long after asking a resumable upload must be whole." },
	{ "files.keep_message", CONF_DURATION, "\"0s\"", 0, FOREVER_USEC,
	  "How long files of messages are kept; 0s: for ever. Files of which the client does not say what they are for count as such." },
	{ "files.keep_profile", CONF_DURATION, "\"0s\"", 0, FOREVER_USEC,
	  "The same for avatars and other files of a profile." },
	{ "files.keep_ephemeral", CONF_DURATION, "\"30d\"", 0, FOREVER_USEC,
	  "The same for files of which the client says when they end: at the latest then." },
	{ "files.keep_permanent", CONF_DURATION, "\"0s\"", 0, FOREVER_USEC,
	  "The same for files that are meant to stay." },
	{ .path = NULL },
};
/* clang-format on */

const struct conf_table upload_conf_table = { .module = "Files", .keys = keys };

struct upload_rules upload_rules_of(const struct conf *conf)
{
	return (struct upload_rules){ .quota = conf_size(conf, "files.quota"),
				      .total = conf_size(conf, "files.total"),
				      .spare = conf_size(conf, "files.spare") };
}

usec_t upload_end_of(const struct conf *conf, enum upload_purpose purpose, usec_t wall_now,
		     usec_t wall_end)
{
	static const char *const paths[UPLOAD_PURPOSES] = {
		[UPLOAD_MESSAGE] = "files.keep_message",
		[UPLOAD_PROFILE] = "files.keep_profile",
		[UPLOAD_EPHEMERAL] = "files.keep_ephemeral",
		[UPLOAD_PERMANENT] = "files.keep_permanent",
	};
	usec_t keep = conf_duration(conf, paths[purpose]);
	usec_t by_rule = keep ? wall_now + keep : 0;

	if (!by_rule || (wall_end && wall_end < by_rule))
		return wall_end;
	return by_rule;
}
