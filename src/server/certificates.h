/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that the configuration names, as a TLS context. On the main thread: blocks on
 * the files. */
#pragma once

#include "net/tls_context.h"
#include "server/conf/conf.h"

enum { CERTIFICATES_WHY_MAX = 400 /* bytes */ };

enum certificate_source {
	CERTIFICATE_FILES,      /* those of tls.certificate */
	CERTIFICATE_ACME,       /* got from an authority: server/certifier.h */
	CERTIFICATE_SELF_SIGNED /* made by ourselves at the first start */
};

/* Where certificate and key are; both are the caller's (mem_free). What is there now goes before
 * what will be made. Any thread. */
enum certificate_source certificates_paths(const struct conf *conf, struct str data_dir,
					   char **ret_cert, char **ret_key);

/* Our own certificate and the roots of clients. Without a certificate in conf, and without one of
 * an authority (one that cannot be used is put aside, which is logged): self-signed in data_dir,
 * made at the first time, and again with the same key where it is of another domain or soon at its
 * end. challenges (live longer) are shown beside it. On failure a sentence for
 * people is added to why. The caller owns the context. */
must_check enum err certificates_load(const struct conf *conf, struct str data_dir,
				      struct tls_challenges *challenges,
				      struct tls_context **ret_tls,
				      enum certificate_source *ret_source, struct sbuf *why);
