/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of an exam. Each looks, and notes one finding or more. */
#pragma once

#include "server/doctor/exam.h"

enum { EXAM_PATH_MAX = 4096 };

/* grade: 'A' (fine; advice is empty) to 'F'. check and advice live for ever. */
void exam_note(struct exam *x, const char *check, char grade, const char *advice, const char *fmt,
	       ...) __attribute__((format(printf, 5, 6)));

bool exam_is_stopped(const struct exam *x);

/* Calls a listener or what stands in front of it, as its clients would; for HTTP path, whose answer
 * must hold wanted. On failure *ret_step tells which step it was. */
must_check enum err exam_call(const struct exam *x, const struct exam_door *door, usec_t patience,
			      const char *path, struct str wanted, const char **ret_step);

/* The DNS sends others there: looked at later, by exam_reach. Twice the same is once. */
void exam_add_place(struct exam *x, enum exam_door_kind kind, const char *host, uint16_t port);

/* Of a host where the DNS sends others: whether its TLSA records mean our certificate. */
enum err exam_tlsa(struct exam *x, const char *host, uint16_t port);
enum err exam_caa(struct exam *x);
void exam_reach(struct exam *x);
void exam_doors(struct exam *x);
void exam_certificate(struct exam *x);
void exam_files(struct exam *x);
void exam_clock(struct exam *x);
void exam_lists(struct exam *x);
void exam_dns(struct exam *x);
