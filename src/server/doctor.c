/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the installation, see doctor.h. Each looks, and notes one finding. */
#include "server/doctor.h"

#include "base/mem.h"
#include "net/addr.h"
#include "net/tls_context.h"
#include "server/backup/backup.h"
#include "server/worker.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	FINDINGS_MAX = 16,
	PATH_BYTES = 4096,
	FDS_SPARE = 100, /* descriptors that are no client: files, listeners, loops */
	FDS_LEAST = 4096,
};
static const uint64_t DISK_LEAST = 100 * MIB, DISK_FINE = 1024 * MIB;
static const usec_t CERT_SOON = 14 * USEC_PER_DAY, BACKUP_OLD = 7 * USEC_PER_DAY;

struct doctor {
	struct job job;
	struct conf *conf;
	struct tls_context *tls;
	char *data_dir; /* with NUL */
	struct str domain;
	struct addr addrs[LISTEN_KINDS];
	struct admin_finding findings[FINDINGS_MAX];
	size_t count;
	void (*fn)(void *arg, enum err e, const struct admin_finding *findings, size_t count);
	void *arg;
};

static void __attribute__((format(printf, 5, 6)))
note(struct doctor *d, const char *check, char grade, const char *advice, const char *fmt, ...)
{
	struct admin_finding *f = &d->findings[d->count++];
	va_list list;

	must(d->count <= FINDINGS_MAX);
	f->check = check;
	f->grade = grade;
	f->advice = advice;
	va_start(list, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, list);
	va_end(list);
}

static void check_certificate(struct doctor *d)
{
	usec_t left = tls_context_expires(d->tls) - wall_now();
	long long days = (long long)(left / USEC_PER_DAY);
	struct str missing;

	if (tls_context_missing_name(d->tls, &d->domain, 1, &missing))
		note(d, "certificate-name", 'F', "get a certificate for this name",
		     "the certificate does not name %.*s: clients refuse it", STR_ARG(missing));
	else
		note(d, "certificate-name", 'A', "", "the certificate names the domain");
	if (left <= 0)
		note(d, "certificate-date", 'F', "renew it, then send SIGHUP",
		     "the certificate has expired");
	else if (left < CERT_SOON)
		note(d, "certificate-date", 'C', "renew it, then send SIGHUP",
		     "the certificate expires in %lld days", days);
	else
		note(d, "certificate-date", 'A', "", "the certificate is good for %lld days", days);
	if (!conf_str(d->conf, "tls.certificate").len && !str_eq(d->domain, STR("localhost")))
		note(d, "certificate-issuer", 'D', "set tls.certificate and tls.key",
		     "the certificate is the self-signed one of the first start");
}

/* Who else may read what is secret. */
static void check_rights(struct doctor *d)
{
	const char *const names[] = { "", "/secrets", "/parley.db", "/key.pem" };
	unsigned faults = 0;

	for (size_t i = 0; i < array_len(names); i++) {
		char path[PATH_BYTES];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s%s", d->data_dir, names[i]);
		if (stat(path, &st) || !(st.st_mode & 077))
			continue;
		faults++;
		note(d, "rights", 'F', "chmod go= this path",
		     "others than the server's user have rights on %.160s", path);
	}
	if (!faults)
		note(d, "rights", 'A', "", "only the server's user has rights on its data");
}

static void check_limits(struct doctor *d)
{
	int64_t wanted = conf_int(d->conf, "limits.connections");
	uint64_t least = wanted ? (uint64_t)wanted + FDS_SPARE : FDS_LEAST;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_cur < least)
		note(d, "descriptors", 'C', "raise LimitNOFILE, or lower limits.connections",
		     "the process may open %llu files, %llu are needed",
		     (unsigned long long)limit.rlim_cur, (unsigned long long)least);
	else
		note(d, "descriptors", 'A', "", "the process may open %llu files",
		     (unsigned long long)limit.rlim_cur);
}

static void check_disk(struct doctor *d)
{
	struct statvfs fs;
	uint64_t free_bytes;

	if (statvfs(d->data_dir, &fs)) {
		note(d, "disk", 'F', "look at the disk", "the data folder cannot be examined");
		return;
	}
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	note(d, "disk",
	     free_bytes < DISK_LEAST  ? 'F'
	     : free_bytes < DISK_FINE ? 'C'
				      : 'A',
	     free_bytes < DISK_FINE ? "make room" : "", "%llu MiB are free for data_dir",
	     (unsigned long long)(free_bytes / MIB));
}

static bool read_last_backup(const struct doctor *d, usec_t *ret_wall)
{
	char path[PATH_BYTES], text[64] = "";
	struct str line, word;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" BACKUP_LAST, d->data_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	(void)close(fd); /* read only */
	line = str_make(text, n > 0 ? (size_t)n : 0);
	return str_split(&line, ' ', &word) && str_to_i64(word, ret_wall) == OK;
}

static void check_backup(struct doctor *d)
{
	usec_t wall = 0;
	long long days;

	if (!read_last_backup(d, &wall)) {
		note(d, "backup", 'C', "parleyctl backup PATH, from a timer",
		     "no backup has been made");
		return;
	}
	days = (long long)((wall_now() - wall) / USEC_PER_DAY);
	note(d, "backup", wall_now() - wall > BACKUP_OLD ? 'C' : 'A',
	     wall_now() - wall > BACKUP_OLD ? "parleyctl backup PATH, from a timer" : "",
	     "the last backup is %lld days old", days);
}

static void check_doors(struct doctor *d)
{
	const struct addr *metrics = &d->addrs[LISTEN_METRICS];
	const struct addr *component = &d->addrs[LISTEN_COMPONENT];

	if (conf_bool(d->conf, "registration.open"))
		note(d, "registration", 'B', "prefer invitations: parleyctl invite new",
		     "anybody may make an account");
	else
		note(d, "registration", 'A', "", "strangers cannot make accounts");
	if (metrics->is_set && !addr_is_loopback(metrics))
		note(d, "metrics", 'C', "listen.metrics on a loopback address",
		     "strangers may read the metrics");
	if (component->is_set && !addr_is_loopback(component))
		note(d, "components", 'C', "listen.component_tls for other machines",
		     "components may connect from elsewhere without TLS");
}

static void run(struct job *j, unused_arg void *thread_ctx)
{
	struct doctor *d = container_of(j, struct doctor, job);

	check_certificate(d);
	check_rights(d);
	check_limits(d);
	check_disk(d);
	check_backup(d);
	check_doors(d);
}

static void end(struct doctor *d, enum err e)
{
	d->fn(d->arg, e, d->findings, d->count);
	(void)conf_unref(d->conf);
	(void)tls_context_unref(d->tls);
	mem_free(d->data_dir);
	mem_free(d);
}

static void done(struct job *j)
{
	end(container_of(j, struct doctor, job), OK);
}

void doctor_examine(void *owner, struct str data_dir,
		    void (*fn)(void *arg, enum err e, const struct admin_finding *findings,
			       size_t count),
		    void *arg)
{
	struct home *h = owner;
	const struct worker *w = container_of(h, struct worker, home);
	struct doctor *d = mem_zalloc(1, sizeof(*d));
	enum err e;

	d->conf = conf_ref(h->conf);
	d->tls = tls_context_ref(w->c2s.tls);
	d->data_dir = str_dup(data_dir);
	d->domain = h->domain;
	memcpy(d->addrs, w->addrs, sizeof(d->addrs));
	d->fn = fn;
	d->arg = arg;
	d->job.run = run;
	d->job.done = done;
	e = pool_submit(h->pool, &d->job);
	if (e)
		end(d, e);
}
