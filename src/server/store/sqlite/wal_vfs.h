/* SPDX-License-Identifier: Apache-2.0 */
/* A file layer for SQLite under which the frames of one commit reach the write-ahead log in a few
 * large writes instead of two small ones a page. The store's writer thread. */
#pragma once

/* The name to open the writer's connection with; NULL: there is no such layer to be had, SQLite's
 * own does. What is written to the log through it is in the file at the next sync of the log only,
 * so the connection must have synchronous=FULL: then every commit syncs before it tells other
 * connections of its frames. */
const char *wal_vfs(void);
