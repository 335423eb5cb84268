/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of an exam. Each looks, and notes one finding or more. */
#pragma once

#include "server/doctor/exam.h"

enum { EXAM_PATH_MAX = 4096 };

/* grade: 'A' (fine; advice is empty) to 'F'. check and advice live for ever. */
void exam_note(struct exam *x, const char *check, char grade, const char *advice, const char *fmt,
	       ...) __attribute__((format(printf, 5, 6)));

bool exam_is_stopped(const struct exam *x);

void exam_doors(struct exam *x);
void exam_certificate(struct exam *x);
void exam_files(struct exam *x);
void exam_clock(struct exam *x);
void exam_lists(struct exam *x);
void exam_dns(struct exam *x);
