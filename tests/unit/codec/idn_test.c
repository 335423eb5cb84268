/* SPDX-License-Identifier: Apache-2.0 */
/* Domains in ASCII form. */
#include "codec/idn.h"

#include "support/unit.h"

static void becomes(const char *domain, const char *ascii)
{
	char buf[IDN_ASCII_MAX + 1];
	struct str s = STR_NONE;
	enum err e = idn_ascii(str_from(domain), buf, &s);

	assert_int_equal(e, ascii ? OK : ERR_INVALID);
	if (ascii)
		assert_string_equal(buf, ascii);
	assert_int_equal(s.len, ascii ? strlen(ascii) : 0);
}

static void labels(void **state)
{
	becomes("example.org", "example.org");
	becomes("example.org.", "example.org");
	becomes("localhost", "localhost");
	becomes("b\xc3\xbc"
		"cher.example",
		"xn--bcher-kva.example");
	becomes("xn--bcher-kva.example", "xn--bcher-kva.example");
	becomes("stra\xc3\x9f"
		"e.example",
		"xn--strae-oqa.example"); /* not "strasse": RFC 5891 */
}

static void no_names(void **state)
{
	char buf[IDN_ASCII_MAX + 1], long_name[300];
	struct str s;

	becomes("", NULL);
	becomes(".", NULL);
	becomes("..", NULL);
	becomes("example..org", NULL);
	becomes("example.org..", NULL);
	becomes(".example.org", NULL);
	becomes("-a.example", NULL);
	becomes("a-.example", NULL);
	becomes("a b.example", NULL);
	becomes("a_b.example", NULL);
	becomes("[::1]", NULL);
	becomes("*.example.org", NULL);
	becomes("xn--a", NULL);
	becomes("\xff.example", NULL);
	assert_int_equal(idn_ascii(str_make("a.example\0.b", 12), buf, &s), ERR_INVALID);
	memset(long_name, 'a', sizeof(long_name));
	for (size_t i = 50; i < sizeof(long_name); i += 50)
		long_name[i] = '.';
	assert_int_equal(idn_ascii(str_make(long_name, 250), buf, &s), OK);
	assert_int_equal(idn_ascii(str_make(long_name, 254), buf, &s), ERR_INVALID);
}

UNIT_TESTS(idn, cmocka_unit_test(labels), cmocka_unit_test(no_names));
