/* SPDX-License-Identifier: Apache-2.0 */
/* XML files tag by tag, see xml_file.h. Offsets count from what is not yet taken. */
#include "server/transfer/xml_file.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

void xml_file_init(struct xml_file *f, int fd)
{
	*f = (struct xml_file){ .fd = fd, .line = 1 };
	f->buf = SBUF(XML_FILE_ELEMENT_MAX + (size_t)XML_FILE_TAG_MAX + 2 * CHUNK);
}

void xml_file_done(struct xml_file *f)
{
	sbuf_done(&f->buf);
	if (f->fd >= 0)
		(void)close(f->fd); /* only read */
	f->fd = -1;
}

static enum err broken(struct xml_file *f, const char *why)
{
	f->fault = why;
	return ERR_INVALID;
}

/* ---- bytes ---- */

/* Reads more. False at the end, or when it cannot be read: then err is set. */
static bool fill(struct xml_file *f)
{
	ssize_t n;

	if (f->is_over || f->buf.err)
		return false;
	if (sbuf_room(&f->buf, CHUNK))
		return false;
	do
		n = read(f->fd, f->buf.ptr + f->buf.len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		f->buf.err = ERR_IO;
	if (n <= 0) {
		f->is_over = true;
		return false;
	}
	f->buf.len += (size_t)n;
	return true;
}

/* The byte at an offset, or -1 at the end. */
static inline int byte_at(struct xml_file *f, size_t offset)
{
	while (f->at + offset >= f->buf.len) {
		if (!fill(f))
			return -1;
	}
	return (unsigned char)f->buf.ptr[f->at + offset];
}

/* Gives n bytes up, and counts their lines. */
static void pass(struct xml_file *f, size_t n)
{
	const char *p = f->buf.ptr + f->at, *end = p + n;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		f->line++;
		p++;
	}
	f->at += n;
}

static void compact(struct xml_file *f)
{
	if (f->at < CHUNK)
		return;
	sbuf_drop(&f->buf, f->at);
	f->at = 0;
}

/* ---- places ---- */

static enum err cut_off(struct xml_file *f, const char *why)
{
	return f->buf.err == ERR_IO ? ERR_IO : broken(f, f->buf.err ? "it is too large" : why);
}

/* The end of a tag that begins at an offset. */
static enum err tag_end(struct xml_file *f, size_t from, size_t *ret_end)
{
	int quote = 0;

	for (size_t i = from + 1; i - from < XML_FILE_TAG_MAX; i++) {
		int c = byte_at(f, i);

		if (c < 0)
			return cut_off(f, "the file ends inside of a tag");
		if (c == '<')
			return broken(f, "'<' inside of a tag");
		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			*ret_end = i + 1;
			return OK;
		}
	}
	return broken(f, "a tag is too long");
}

static bool stands_at(struct xml_file *f, size_t offset, struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (byte_at(f, offset + i) != (unsigned char)word.ptr[i])
			return false;
	}
	return true;
}

/* The end of what word ends, looked for from an offset on, at most max bytes. */
static enum err word_end(struct xml_file *f, size_t from, struct str word, size_t max,
			 size_t *ret_end)
{
	for (size_t i = from; i - from < max; i++) {
		if (byte_at(f, i) < 0)
			return cut_off(f, "the file ends inside of markup");
		if (stands_at(f, i, word)) {
			*ret_end = i + word.len;
			return OK;
		}
	}
	return broken(f, "a comment or instruction is too long");
}

/* The next '<' from an offset on. */
static enum err markup_at(struct xml_file *f, size_t from, size_t *ret_at)
{
	for (size_t i = from; i < XML_FILE_ELEMENT_MAX;) {
		const char *p, *found;
		size_t left;

		if (byte_at(f, i) < 0)
			return cut_off(f, "the file ends inside of an element");
		p = f->buf.ptr + f->at + i;
		left = f->buf.len - f->at - i;
		found = memchr(p, '<', left);
		if (found) {
			*ret_at = i + (size_t)(found - p);
			return OK;
		}
		i += left;
	}
	return broken(f, "an element is too large");
}

/* ---- between tags ---- */

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A comment or a processing instruction; *ret_was_one says whether one stood here. */
static enum err pass_aside(struct xml_file *f, bool *ret_was_one)
{
	bool is_comment = stands_at(f, 0, STR("<!--"));
	size_t end = 0;
	enum err err;

	*ret_was_one = is_comment || stands_at(f, 0, STR("<?"));
	if (!*ret_was_one)
		return stands_at(f, 0, STR("<!")) ? broken(f, "a DTD is not allowed") : OK;
	err = word_end(f, is_comment ? 4 : 2, is_comment ? STR("-->") : STR("?>"), XML_FILE_TAG_MAX,
		       &end);
	if (!err)
		pass(f, end);
	return err;
}

static enum err find_tag(struct xml_file *f, enum xml_mark *ret_mark)
{
	enum err err = tag_end(f, 0, &f->marked);
	struct str tag = xml_file_tag(f);

	if (err)
		return err;
	if (tag.ptr[1] == '/')
		*ret_mark = XML_MARK_CLOSE;
	else
		*ret_mark = str_ends(tag, STR("/>")) ? XML_MARK_EMPTY : XML_MARK_OPEN;
	return OK;
}

enum err xml_file_next(struct xml_file *f, enum xml_mark *ret_mark)
{
	if (!f->is_begun && stands_at(f, 0, STR("\xef\xbb\xbf")))
		pass(f, 3);
	f->is_begun = true;
	for (;;) {
		bool was_aside;
		enum err err;
		int c;

		compact(f);
		c = byte_at(f, 0);
		if (c < 0) {
			*ret_mark = XML_MARK_END;
			return f->buf.err;
		}
		if (is_space(c)) {
			pass(f, 1);
			continue;
		}
		if (c != '<')
			return broken(f, "text stands where only elements may");
		err = pass_aside(f, &was_aside);
		if (err)
			return err;
		if (!was_aside)
			return find_tag(f, ret_mark);
	}
}

struct str xml_file_tag(const struct xml_file *f)
{
	return str_make(f->buf.ptr + f->at, f->marked);
}

void xml_file_pass(struct xml_file *f)
{
	pass(f, f->marked);
	f->marked = 0;
}

/* ---- whole elements ---- */

/* What stands at '<' inside of an element: *depth is counted, *at moves behind it. */
static enum err step(struct xml_file *f, size_t *at, size_t *depth)
{
	size_t from = *at;
	enum err err;

	if (stands_at(f, from, STR("<![CDATA[")))
		return word_end(f, from, STR("]]>"), XML_FILE_ELEMENT_MAX, at);
	if (stands_at(f, from, STR("<!")))
		return broken(f, "no comment or DTD may stand inside of data");
	if (stands_at(f, from, STR("<?")))
		return broken(f, "no processing instruction may stand inside of data");
	err = tag_end(f, from, at);
	if (err)
		return err;
	if (f->buf.ptr[f->at + from + 1] == '/')
		--*depth;
	else if (f->buf.ptr[f->at + *at - 2] != '/')
		++*depth;
	return OK;
}

enum err xml_file_take(struct xml_file *f, struct str *ret_text)
{
	size_t end = f->marked, depth = str_ends(xml_file_tag(f), STR("/>")) ? 0 : 1;

	while (depth) {
		enum err err = markup_at(f, end, &end);

		if (!err)
			err = step(f, &end, &depth);
		if (err)
			return err;
	}
	*ret_text = str_make(f->buf.ptr + f->at, end);
	pass(f, end);
	f->marked = 0;
	return OK;
}

enum err xml_file_skip(struct xml_file *f)
{
	size_t depth = str_ends(xml_file_tag(f), STR("/>")) ? 0 : 1;

	xml_file_pass(f);
	while (depth) {
		size_t end = 0;
		int c = byte_at(f, 0);
		enum err err = OK;

		if (c < 0)
			return cut_off(f, "the file ends inside of an element");
		if (c == '<')
			err = step(f, &end, &depth);
		else
			end = 1;
		if (err)
			return err;
		pass(f, end);
		compact(f);
	}
	return OK;
}
