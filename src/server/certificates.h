/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that the configuration names, as a TLS context. On the main thread: blocks on
 * the files. */
#pragma once

#include "net/tls_context.h"
#include "server/conf/conf.h"

enum { CERTIFICATES_WHY_MAX = 400 /* bytes */ };

/* Where certificate and key are; both are the caller's (mem_free). Any thread. */
void certificates_paths(const struct conf *conf, struct str data_dir, char **ret_cert,
			char **ret_key);

/* Our own certificate (without one in conf: self-signed in data_dir, made at the first time) and
 * the roots of clients. On failure a sentence for people is added to why. The caller owns the
 * context. */
must_check enum err certificates_load(const struct conf *conf, struct str data_dir,
				      struct tls_context **ret_tls, struct sbuf *why);
