/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and migrations, see schema.h. */
#include "server/store/sqlite/schema.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
	HEADER_SIZE = 100, /* of an SQLite file, section 1.3 of its format */
	AT_COOKIE = 40,    /* counts changes of the schema: 0 without tables */
	AT_VERSION = 60,
	AT_APPLICATION = 68,
};

/* steps[n] makes version n + 1 out of version n. A step that has been released is never changed. */
static const char *const steps[SCHEMA_VERSION] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE owner (id INTEGER PRIMARY KEY, jid BLOB NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE account (jid BLOB PRIMARY KEY, created INTEGER NOT NULL,"
	" is_admin INTEGER NOT NULL, is_disabled INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE verifier (jid BLOB NOT NULL, kind INTEGER NOT NULL,"
	" iterations INTEGER NOT NULL, salt BLOB NOT NULL, stored_key BLOB NOT NULL,"
	" server_key BLOB NOT NULL, PRIMARY KEY (jid, kind)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE keyval (owner INTEGER NOT NULL, space BLOB NOT NULL, key BLOB NOT NULL,"
	" value BLOB NOT NULL, PRIMARY KEY (owner, space, key)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE body (id INTEGER PRIMARY KEY, wall_time INTEGER NOT NULL,"
	" refs INTEGER NOT NULL, flags INTEGER NOT NULL, stanza BLOB NOT NULL) STRICT;"
	"CREATE TABLE entry (owner INTEGER NOT NULL, seq INTEGER NOT NULL, body INTEGER NOT NULL,"
	" peer INTEGER NOT NULL, flags INTEGER NOT NULL, dedup INTEGER NOT NULL,"
	" PRIMARY KEY (owner, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX entry_peer ON entry (owner, peer, seq);"
	"CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN"
	" UPDATE body SET refs = refs - 1 WHERE id = old.body;"
	" DELETE FROM body WHERE id = old.body AND refs <= 0; END;"
	"CREATE TABLE session (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL,"
	" h INTEGER NOT NULL) STRICT;"
	"CREATE INDEX session_owner ON session (owner);"
	"INSERT INTO meta (key, value) VALUES ('peer_hash', randomblob(16));"
	"PRAGMA application_id = 1348563564",

	"ALTER TABLE session ADD COLUMN wall_time INTEGER NOT NULL DEFAULT 0;"
	"UPDATE session SET wall_time = unixepoch() * 1000000",

	/* What was said before counts as read. */
	"DROP INDEX entry_peer;"
	"UPDATE entry SET flags = flags | 32 WHERE flags & 16 = 0 AND body IN"
	" (SELECT id FROM body WHERE flags & 8 = 0 AND instr(stanza, CAST('<body' AS BLOB)) > 0);"
	"CREATE INDEX entry_peer ON entry (owner, peer, seq, flags)",

	/* For the index: whose entries a body has, and what went away since it looked last. */
	"ALTER TABLE body ADD COLUMN owner_a INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN seq_a INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN owner_b INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN seq_b INTEGER NOT NULL DEFAULT 0;"
	"UPDATE body SET owner_a = e.owner, seq_a = e.seq FROM "
	"(SELECT body, min(owner) AS owner, seq FROM entry GROUP BY body) AS e WHERE e.body = id;"
	"UPDATE body SET owner_b = e.owner, seq_b = e.seq FROM "
	"(SELECT body, max(owner) AS owner, seq FROM entry GROUP BY body HAVING count(*) > 1) AS e "
	"WHERE e.body = id;"
	"CREATE TABLE gone (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, peer INTEGER NOT NULL, stanza BLOB NOT NULL) STRICT;"
	"DROP TRIGGER entry_gone;"
	"CREATE TRIGGER entry_gone AFTER DELETE ON entry BEGIN"
	" INSERT INTO gone (owner, seq, peer, stanza) SELECT old.owner, old.seq, old.peer, stanza"
	" FROM body WHERE id = old.body AND flags & 8 = 0 AND old.flags & 16 = 0;"
	" UPDATE body SET refs = refs - 1 WHERE id = old.body;"
	" DELETE FROM body WHERE id = old.body AND refs <= 0; END;"
	"CREATE TRIGGER body_blanked BEFORE UPDATE OF stanza ON body WHEN old.flags & 8 = 0 BEGIN"
	" INSERT INTO gone (owner, seq, peer, stanza) SELECT owner, seq, peer, old.stanza FROM entry"
	" WHERE owner = old.owner_a AND seq = old.seq_a AND body = old.id AND flags & 16 = 0;"
	" INSERT INTO gone (owner, seq, peer, stanza) SELECT owner, seq, peer, old.stanza FROM entry"
	" WHERE owner = old.owner_b AND seq = old.seq_b AND body = old.id AND flags & 16 = 0;"
	" END",

	/* Young entries: what a body began with, whole, and how far they are settled (settle.h). */
	"ALTER TABLE body ADD COLUMN peer_a INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN flags_a INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN dedup_a INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN peer_b INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN flags_b INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE body ADD COLUMN dedup_b INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE young_state (base INTEGER NOT NULL, goal INTEGER NOT NULL,"
	" owner INTEGER NOT NULL, step INTEGER NOT NULL) STRICT;"
	"INSERT INTO young_state (base, goal, owner, step) SELECT coalesce(max(id), 0),"
	" coalesce(max(id), 0), 0, 0 FROM body",
};

static int get_u32(const uint8_t *p)
{
	return (int)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

enum err schema_look(const char *path, int *ret_version)
{
	uint8_t header[HEADER_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int version;
	ssize_t n;

	if (fd < 0)
		return ERR_IO;
	n = read(fd, header, sizeof(header));
	(void)close(fd);
	if (n < 0)
		return ERR_IO;
	if (n == 0) {
		*ret_version = 0;
		return OK;
	}
	if (n < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
		return ERR_INVALID;
	version = get_u32(header + AT_VERSION);
	/* A file that was made, but died before its first step, has neither. */
	if (get_u32(header + AT_APPLICATION) != SCHEMA_APPLICATION &&
	    (version != 0 || get_u32(header + AT_COOKIE) != 0))
		return ERR_INVALID;
	if (version < 0 || version > SCHEMA_VERSION)
		return ERR_VERSION;
	*ret_version = version;
	return OK;
}

static enum err run_step(struct db *d, int from)
{
	char set_version[64];
	enum err e = db_exec(d, "BEGIN IMMEDIATE");

	(void)snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", from + 1);
	if (!e)
		e = db_exec(d, steps[from]);
	if (!e)
		e = db_exec(d, set_version);
	if (!e)
		e = db_exec(d, "COMMIT");
	/* The first error is the one to report; closing the file rolls back, too. */
	if (e && !sqlite3_get_autocommit(d->conn) && db_exec(d, "ROLLBACK"))
		return e;
	return e;
}

enum err schema_migrate(struct db *d, int version)
{
	enum err e = OK;

	for (int from = version; from < SCHEMA_VERSION && !e; from++)
		e = run_step(d, from);
	return e;
}
