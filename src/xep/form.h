/* SPDX-License-Identifier: Apache-2.0 */
/* Data forms (XEP-0004 2.13.2, XEP-0068): put together, and read within limits. Any thread. */
#pragma once

#include "xml/tree.h"

enum {
	FORM_FIELDS_MAX = 100,  /* of a form that a peer sends */
	FORM_VALUES_MAX = 1000, /* of one field */
};

/* ---- writing; all strings are borrowed ---- */

/* <x/> of a type ("form", "result", "submit", "cancel"), standing alone, with a hidden field
 * FORM_TYPE (form_type STR_NONE: without one). */
struct xml *form_new(struct arena *a, struct str type, struct str form_type);

/* Adds a field without values; type and label may be STR_NONE. */
struct xml *form_add(struct arena *a, struct xml *form, struct str var, struct str type,
		     struct str label);

/* Adds a value to a field, an option to a list, or says that the field must be filled. */
void form_add_value(struct arena *a, struct xml *field, struct str value);
void form_add_option(struct arena *a, struct xml *field, struct str value, struct str label);
void form_require(struct arena *a, struct xml *field);

/* The same as form_add with one value. */
void form_add_field(struct arena *a, struct xml *form, struct str var, struct str type,
		    struct str value);

/* ---- reading ---- */

/* The form inside parent that was submitted (type "submit") and whose FORM_TYPE is form_type; a
 * form without FORM_TYPE counts as of any type. NULL if there is none. */
struct xml *form_submitted(const struct xml *parent, struct str form_type, struct arena *a);

/* Judges a form before anything is read out of it. ERR_INVALID: no form, a field without var (but
 * for type "fixed"), two fields of one var, an unknown type of form. ERR_TOO_BIG: FORM_FIELDS_MAX,
 * FORM_VALUES_MAX. */
must_check enum err form_check(const struct xml *form);

/* The field; NULL if there is none. */
struct xml *form_field(const struct xml *form, struct str var);

/* Its first value; without pointer if there is none. Views, or in the arena. */
struct str form_value(const struct xml *form, struct str var, struct arena *a);

/* All its values, in the arena, at most FORM_VALUES_MAX; their count is given back. */
size_t form_values(const struct xml *form, struct str var, struct arena *a,
		   const struct str **ret_values);

/* xs:boolean: "1", "true", "0", "false". ERR_NOT_FOUND without field or value, ERR_INVALID. */
must_check enum err form_bool(const struct xml *form, struct str var, bool *ret_bool);

/* The value of FORM_TYPE; without pointer if there is none. */
struct str form_type_of(const struct xml *form, struct arena *a);
