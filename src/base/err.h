/* SPDX-License-Identifier: Apache-2.0 */
/* The one error enum. Protocol errors are not among them: see xmpp/condition.h. */
#pragma once

#include "base/attr.h"

enum err {
#define ERR(name, text) name,
#include "base/err.def"
#undef ERR
};

/* A sentence for people, constant, never NULL. */
const char *err_text(enum err e);

/* The error that errno value n stands for; ERR_IO where there is no closer one. */
enum err err_from_errno(int n);
