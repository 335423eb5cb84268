/* SPDX-License-Identifier: Apache-2.0 */
/* Domains as the DNS, TLS and certificates write them: A-labels (RFC 5891). Any thread. */
#pragma once

#include "base/str.h"

enum { IDN_ASCII_MAX = 253 /* bytes */ };

/* The ASCII form of a prepared domain (that of a JID), in small letters and without a dot at the
 * end, into buf (IDN_ASCII_MAX + 1 bytes, ended by NUL). ERR_INVALID for what is no host name. */
must_check enum err idn_ascii(struct str domain, char *buf, struct str *ret_ascii);
