/* SPDX-License-Identifier: Apache-2.0 */
/* Framing of a stream, see scan.h. Each step takes what it can of [p, stop) and leaves a state from
 * which any next byte goes on. */
#include "xml/scan.h"

enum {
	AT_START, /* nothing seen: only here may an XML declaration begin */
	AT_ROOT,  /* white space seen, the stream's opening tag not yet */
	BETWEEN,  /* inside the stream, outside of any unit */
	CLOSED,   /* behind the stream */
	/* inside a unit */
	AFTER_FIRST_LT,
	AFTER_LT,
	IN_DECL_NAME, /* aux: bytes of "xml" seen */
	IN_DECL,      /* aux: whether the last byte was '?' */
	AFTER_DECL,
	IN_TAG,
	AFTER_SLASH, /* in a tag that ends in "/>" */
	IN_QUOT,
	IN_APOS,
	IN_END_TAG,
	IN_TEXT,
	IN_BANG,  /* aux: bytes of "[CDATA[" seen */
	IN_CDATA, /* aux: ']' seen at the end, at most 2 */
	/* a unit is complete, or there is none; no step begins here */
	DONE_OPEN,
	DONE_STANZA,
	DONE_CLOSE,
	FAILED,
};

_Static_assert(sizeof(struct xml_scan) == 12, "an idle connection keeps 12 bytes for its parser");

/* Where the scan of a tag must look: > / < " ' */
static const bool tag_stop[256] = {
	['>'] = true, ['/'] = true, ['<'] = true, ['"'] = true, ['\''] = true,
};

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

void xml_scan_init(struct xml_scan *s)
{
	*s = (struct xml_scan){ .state = AT_START };
}

bool xml_scan_is_idle(const struct xml_scan *s)
{
	return s->state <= CLOSED;
}

static void fail(struct xml_scan *s, enum xml_fault fault)
{
	s->state = FAILED;
	s->fault = (uint8_t)fault;
}

/* Behind the first c, or stop with the state unchanged; then_state behind it. */
static inline const char *pass(struct xml_scan *s, const char *p, const char *stop, char c,
			       uint8_t then)
{
	const char *found = memchr(p, c, (size_t)(stop - p));

	if (!found)
		return stop;
	s->state = then;
	return found + 1;
}

static void open_element(struct xml_scan *s, const struct xml_limits *limits, bool is_empty)
{
	if (s->depth >= limits->depth) {
		fail(s, XML_FAULT_TOO_BIG);
	} else if (s->depth == 0) {
		if (is_empty) {
			fail(s, XML_FAULT_NOT_WELL_FORMED);
			return;
		}
		s->depth = 1;
		s->state = DONE_OPEN;
	} else if (is_empty) {
		s->state = s->depth == 1 ? DONE_STANZA : IN_TEXT;
	} else {
		s->depth++;
		s->state = IN_TEXT;
	}
}

static const char *step_tag(struct xml_scan *s, const struct xml_limits *limits, const char *p,
			    const char *stop)
{
	for (;;) {
		const char *found;

		while (p < stop && !tag_stop[(unsigned char)*p])
			p++;
		if (p == stop)
			return p;
		switch (*p++) {
		case '>':
			open_element(s, limits, false);
			return p;
		case '/':
			s->state = AFTER_SLASH;
			return p;
		case '<':
			fail(s, XML_FAULT_NOT_WELL_FORMED);
			return p;
		default:
			found = memchr(p, p[-1], (size_t)(stop - p));
			if (!found) {
				s->state = p[-1] == '"' ? IN_QUOT : IN_APOS;
				return stop;
			}
			p = found + 1;
		}
	}
}

static const char *step_slash(struct xml_scan *s, const struct xml_limits *limits, const char *p)
{
	if (*p == '>')
		open_element(s, limits, true);
	else
		fail(s, XML_FAULT_NOT_WELL_FORMED);
	return p + 1;
}

static const char *step_end_tag(struct xml_scan *s, const char *p, const char *stop)
{
	while (p < stop && *p != '>')
		p++;
	if (p == stop)
		return p;
	s->depth--;
	s->state = s->depth == 0 ? DONE_CLOSE : s->depth == 1 ? DONE_STANZA : IN_TEXT;
	return p + 1;
}

static const char *step_lt(struct xml_scan *s, const char *p)
{
	bool is_first = s->state == AFTER_FIRST_LT;

	s->state = IN_TAG;
	s->aux = 0;
	if (*p == '/' && s->depth) {
		s->state = IN_END_TAG;
	} else if (*p == '/') {
		fail(s, XML_FAULT_NOT_WELL_FORMED);
	} else if (*p == '!' && s->depth > 1) {
		s->state = IN_BANG;
	} else if (*p == '?' && is_first) {
		s->state = IN_DECL_NAME;
	} else if (*p == '!' || *p == '?') {
		fail(s, XML_FAULT_RESTRICTED);
	} else {
		return p;
	}
	return p + 1;
}

/* <!-- and <!DOCTYPE are refused; what may follow is a CDATA section. */
static const char *step_bang(struct xml_scan *s, const char *p)
{
	static const char cdata[] = "[CDATA[";

	if (*p != cdata[s->aux]) {
		fail(s, XML_FAULT_RESTRICTED);
	} else if (!cdata[++s->aux]) {
		s->state = IN_CDATA;
		s->aux = 0;
	}
	return p + 1;
}

static const char *step_cdata(struct xml_scan *s, const char *p, const char *stop)
{
	if (s->aux == 0) {
		p = memchr(p, ']', (size_t)(stop - p));
		if (!p)
			return stop;
	}
	if (*p == ']') {
		s->aux = s->aux < 2 ? s->aux + 1 : 2;
	} else {
		s->state = s->aux == 2 && *p == '>' ? IN_TEXT : IN_CDATA;
		s->aux = 0;
	}
	return p + 1;
}

/* <?xml and white space; every other target is a processing instruction. */
static const char *step_decl_name(struct xml_scan *s, const char *p)
{
	static const char target[] = "xml";

	if (s->aux == 3 && is_space(*p)) {
		s->state = IN_DECL;
		s->aux = 0;
	} else if (s->aux < 3 && *p == target[s->aux]) {
		s->aux++;
	} else {
		fail(s, XML_FAULT_RESTRICTED);
	}
	return p + 1;
}

static const char *step_decl(struct xml_scan *s, const char *p)
{
	if (*p == '>' && s->aux)
		s->state = AFTER_DECL;
	else if (*p == '>')
		fail(s, XML_FAULT_NOT_WELL_FORMED);
	s->aux = *p == '?';
	return p + 1;
}

static const char *step_after_decl(struct xml_scan *s, const char *p)
{
	if (*p == '<')
		s->state = AFTER_LT;
	else if (!is_space(*p))
		fail(s, XML_FAULT_NOT_WELL_FORMED);
	return p + 1;
}

/* The first byte of a unit. */
static const char *step_begin(struct xml_scan *s, const char *p)
{
	unsigned char c = (unsigned char)*p;

	if (c == '<' && s->state != CLOSED)
		s->state = s->state == AT_START ? AFTER_FIRST_LT : AFTER_LT;
	else if (s->state == AT_START && c >= 0xfe)
		fail(s, XML_FAULT_ENCODING); /* the byte order mark of UTF-16 */
	else
		fail(s, XML_FAULT_NOT_WELL_FORMED);
	return p + 1;
}

/* Goes on until a unit is complete or the bytes are used; gives the place behind the last one used.
 */
static const char *scan_unit(struct xml_scan *s, const struct xml_limits *limits, const char *p,
			     const char *stop)
{
	while (p < stop && s->state < DONE_OPEN) {
		switch (s->state) {
		case IN_TEXT:
			p = pass(s, p, stop, '<', AFTER_LT);
			break;
		case AFTER_FIRST_LT:
		case AFTER_LT:
			p = step_lt(s, p);
			break;
		case IN_TAG:
			p = step_tag(s, limits, p, stop);
			break;
		case IN_END_TAG:
			p = step_end_tag(s, p, stop);
			break;
		case AFTER_SLASH:
			p = step_slash(s, limits, p);
			break;
		case IN_QUOT:
			p = pass(s, p, stop, '"', IN_TAG);
			break;
		case IN_APOS:
			p = pass(s, p, stop, '\'', IN_TAG);
			break;
		case IN_BANG:
			p = step_bang(s, p);
			break;
		case IN_CDATA:
			p = step_cdata(s, p, stop);
			break;
		case IN_DECL_NAME:
			p = step_decl_name(s, p);
			break;
		case IN_DECL:
			p = step_decl(s, p);
			break;
		case AFTER_DECL:
			p = step_after_decl(s, p);
			break;
		default:
			p = step_begin(s, p);
		}
	}
	return p;
}

static enum xml_scan_event finish(struct xml_scan *s)
{
	switch (s->state) {
	case DONE_OPEN:
		s->state = BETWEEN;
		return XML_SCAN_OPEN;
	case DONE_STANZA:
		s->state = BETWEEN;
		return XML_SCAN_STANZA;
	case DONE_CLOSE:
		s->state = CLOSED;
		return XML_SCAN_CLOSE;
	case FAILED:
		return XML_SCAN_ERROR;
	default:
		return XML_SCAN_MORE;
	}
}

static size_t skip_space(struct xml_scan *s, struct str input)
{
	size_t n = 0;

	while (n < input.len && is_space(input.ptr[n]))
		n++;
	if (n && s->state == AT_START)
		s->state = AT_ROOT;
	return n;
}

enum xml_scan_event xml_scan_feed(struct xml_scan *s, const struct xml_limits *limits,
				  struct str input, size_t *ret_used, size_t *ret_skipped)
{
	size_t skipped = 0, left, room;
	const char *unit, *p;

	if (xml_scan_is_idle(s)) {
		skipped = skip_space(s, input);
		s->size = 0;
	}
	*ret_skipped = skipped;
	left = input.len - skipped;
	if (!left || s->state == FAILED) {
		*ret_used = skipped;
		return finish(s);
	}
	unit = input.ptr + skipped;
	room = limits->stanza_bytes > s->size ? limits->stanza_bytes - s->size : 0;
	p = scan_unit(s, limits, unit, unit + (left < room ? left : room));
	s->size += (uint32_t)(p - unit);
	*ret_used = (size_t)(p - input.ptr);
	if (s->state < DONE_OPEN && left > room)
		fail(s, XML_FAULT_TOO_BIG);
	return finish(s);
}
