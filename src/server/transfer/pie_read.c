/* SPDX-License-Identifier: Apache-2.0 */
/* XEP-0227, see pie_read.h. Elements down to those below <user/> (and the lists in them) are gone
 * through tag by tag; what is in those is parsed whole, with the tags that stand open around it in
 * front of it, so that xml/build resolves the namespaces. */
#include "server/transfer/pie_read.h"

#include "codec/hex.h"
#include "crypto/secret.h"
#include "server/transfer/xml_file.h"
#include "xml/build.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_XINCLUDE     STR("http://www.w3.org/2001/XInclude")
#define NS_PUBSUB_OWNER STR("http://jabber.org/protocol/pubsub#owner")
#define NS_PUBSUB       STR("http://jabber.org/protocol/pubsub")
#define NS_PIE_BLOCKING STR("urn:xmpp:blocking")

enum {
	OPEN_MAX = 8,   /* tags open around an element: five in one file */
	FRAMES_MAX = 4, /* files that include one another: the main one, hosts, users, pieces */
	HREF_MAX = 4096,
	TREE_MAX = 512 * 1024 * 1024, /* bytes of the largest element as a tree */
};

static const struct xml_limits limits = { .stanza_bytes = 64 * 1024 * 1024,
					  .depth = 256,
					  .attrs = 512,
					  .name_bytes = 4096,
					  .children = UINT16_MAX };

/* A file that is being read. */
struct frame {
	struct xml_file file;
	char path[HREF_MAX]; /* below the folder of the main file */
	struct sbuf open;    /* the tags that stand open, one behind the other */
	struct {
		size_t at, len;
	} tags[OPEN_MAX];
	size_t count;
};

struct reader {
	const struct pie_options *options;
	struct piece_sink *sink;
	struct report *report;
	int folder;         /* of the main file */
	struct arena arena; /* of the element that is looked at */
	struct sbuf text;
	unsigned includes, depth;
	struct str node; /* of the list of items that is read */
	char node_name[HREF_MAX];
	enum piece_kind list; /* of the list that is read */
};

typedef enum err child_fn(struct reader *r, struct frame *f, enum xml_mark mark,
			  const struct xml *el);

/* ---- an element in its surroundings ---- */

static enum err bad_file(struct reader *r, struct frame *f, enum err err)
{
	report_at(r->report, f->path, f->file.line);
	if (err == ERR_INVALID)
		return report_refuse(r->report, "%s", f->file.fault);
	(void)report_refuse(r->report, "%s", err_text(err)); /* the error itself says more */
	return err;
}

static struct str name_of(struct str tag)
{
	size_t n = 1;

	while (n < tag.len && !memchr(" \t\r\n/>", tag.ptr[n], 6))
		n++;
	return str_sub(tag, 1, n - 1);
}

static struct str open_tag(const struct frame *f, size_t i)
{
	return str_make(f->open.ptr + f->tags[i].at, f->tags[i].len);
}

static const char *why(enum xml_fault fault)
{
	static const char *const texts[] = {
		[XML_FAULT_NONE] = "",
		[XML_FAULT_NOT_WELL_FORMED] = "this element is not well-formed",
		[XML_FAULT_RESTRICTED] = "this element has an entity, a comment or a DTD",
		[XML_FAULT_ENCODING] = "the encoding is not UTF-8",
		[XML_FAULT_NAMESPACE] = "this element has an undeclared prefix or wrong namespace",
		[XML_FAULT_TOO_BIG] = "this element is too large, too deep, or has too many parts",
	};

	return texts[fault];
}

/* The tree of text (an element), the tags open around it parsed in front of it. It lives until the
 * next call. */
static enum err parse(struct reader *r, const struct frame *f, struct str text, struct xml **ret_el)
{
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	enum xml_fault fault;
	struct xml *el;

	arena_wipe(&r->arena);
	arena_init(&r->arena, TREE_MAX);
	sbuf_reset(&r->text);
	(void)sbuf_add(&r->text, sbuf_str(&f->open));
	(void)sbuf_add(&r->text, text);
	for (size_t i = f->count; i-- > 0;) {
		(void)sbuf_lit(&r->text, "</");
		(void)sbuf_add(&r->text, name_of(open_tag(f, i)));
		(void)sbuf_lit(&r->text, ">");
	}
	fault = r->text.err ? XML_FAULT_TOO_BIG
			    : xml_parse(&r->arena, sbuf_str(&r->text), &scope, &limits, &el);
	if (fault)
		return report_refuse(r->report, "%s", why(fault));
	for (size_t i = 0; i < f->count; i++)
		el = xml_first(el);
	el->parent = NULL;
	el->next = NULL;
	*ret_el = el;
	return OK;
}

/* The element of the tag that the file stands at, without what is in it. */
static enum err parse_tag(struct reader *r, struct frame *f, enum xml_mark mark,
			  struct xml **ret_el)
{
	struct str tag = xml_file_tag(&f->file);
	struct sbuf empty scoped(sbuf_done) = SBUF(XML_FILE_TAG_MAX + 2);

	if (mark == XML_MARK_EMPTY)
		return parse(r, f, tag, ret_el);
	(void)sbuf_add(&empty, str_sub(tag, 0, tag.len - 1));
	(void)sbuf_lit(&empty, "/>");
	return parse(r, f, sbuf_str(&empty), ret_el);
}

static enum err next(struct reader *r, struct frame *f, enum xml_mark *ret_mark)
{
	enum err err = xml_file_next(&f->file, ret_mark);

	if (err)
		return bad_file(r, f, err);
	report_at(r->report, f->path, f->file.line);
	return OK;
}

/* ---- going down and up ---- */

static enum err push(struct reader *r, struct frame *f)
{
	struct str tag = xml_file_tag(&f->file);

	if (f->count == OPEN_MAX)
		return report_refuse(r->report, "too deep");
	f->tags[f->count].at = f->open.len;
	f->tags[f->count].len = tag.len;
	if (sbuf_add(&f->open, tag))
		return report_refuse(r->report, "the tags around this place are too long");
	f->count++;
	xml_file_pass(&f->file);
	return OK;
}

static enum err pop(struct reader *r, struct frame *f)
{
	struct str tag = xml_file_tag(&f->file), name = str_sub(tag, 2, tag.len - 3);

	while (name.len && memchr(" \t\r\n", name.ptr[name.len - 1], 4))
		name.len--;
	f->count--;
	if (!str_eq(name, name_of(open_tag(f, f->count))))
		return report_refuse(r->report, "this end does not belong to <%.*s>",
				     STR_ARG(str_sub(name_of(open_tag(f, f->count)), 0, 64)));
	f->open.len = f->tags[f->count].at;
	xml_file_pass(&f->file);
	return OK;
}

static enum err one_child(struct reader *r, struct frame *f, enum xml_mark mark, child_fn *fn)
{
	struct xml *el;
	enum err err = parse_tag(r, f, mark, &el);

	return err ? err : fn(r, f, mark, el);
}

/* Goes into the element at whose tag the file stands, and hands each child's tag to fn, which takes
 * it. */
static enum err each_child(struct reader *r, struct frame *f, enum xml_mark mark, child_fn *fn)
{
	enum err err;

	if (mark == XML_MARK_EMPTY) {
		xml_file_pass(&f->file);
		return OK;
	}
	err = push(r, f);
	while (!err) {
		err = next(r, f, &mark);
		if (err)
			break;
		if (mark == XML_MARK_CLOSE)
			return pop(r, f);
		if (mark == XML_MARK_END)
			return report_refuse(r->report, "the file ends inside of <%.*s>",
					     STR_ARG(str_sub(name_of(open_tag(f, f->count - 1)), 0,
							     64)));
		err = one_child(r, f, mark, fn);
	}
	return err;
}

static enum err take_text(struct reader *r, struct frame *f, struct str *ret_text)
{
	enum err err = xml_file_take(&f->file, ret_text);

	return err ? bad_file(r, f, err) : OK;
}

static enum err drop(struct reader *r, struct frame *f)
{
	enum err err = xml_file_skip(&f->file);

	return err ? bad_file(r, f, err) : OK;
}

static enum err drop_unknown(struct reader *r, struct frame *f, const char *why_not)
{
	r->report->counts[PIECE_OTHER].found++;
	report_leave_out(r->report, PIECE_OTHER, why_not);
	return drop(r, f);
}

/* ---- includes (XEP-0227 5) ---- */

static bool is_include(const struct xml *el)
{
	return xml_is(el, NS_XINCLUDE, STR("include"));
}

/* The path that a relative URI names, from the folder of the main file on. */
static bool href_path(const struct frame *f, struct str href, char *path)
{
	struct str here = str_from(f->path);
	struct sbuf out scoped(sbuf_done) = SBUF(HREF_MAX);
	ptrdiff_t colon = str_index(href, ':'), slash = str_index(href, '/');

	if (!href.len || slash == 0 || (colon >= 0 && (slash < 0 || colon < slash)) ||
	    str_index(href, '?') >= 0 || str_index(href, '#') >= 0)
		return false;
	while (here.len && here.ptr[here.len - 1] != '/')
		here.len--;
	(void)sbuf_add(&out, here);
	for (size_t i = 0; i < href.len; i++) {
		char c = href.ptr[i];

		if (c == '%') {
			int high = i + 2 < href.len ? hex_digit(href.ptr[i + 1]) : -1;
			int low = i + 2 < href.len ? hex_digit(href.ptr[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		(void)sbuf_add_char(&out, c);
	}
	if (sbuf_add_char(&out, '\0') || memchr(out.ptr, '\0', out.len - 1))
		return false;
	memcpy(path, out.ptr, out.len);
	return true;
}

/* Opens a regular file below the folder: no link and no ".." leads out of it. */
static int open_below(int folder, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd); /* nothing was read */
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static void frame_init(struct frame *f, int fd)
{
	xml_file_init(&f->file, fd);
	f->open = SBUF((size_t)OPEN_MAX * XML_FILE_TAG_MAX);
	f->count = 0;
}

static void frame_done(struct frame *f)
{
	xml_file_done(&f->file);
	sbuf_done(&f->open);
}

/* The one element of a file that stands where fn's elements stand. */
static enum err read_document(struct reader *r, struct frame *f, child_fn *fn)
{
	enum xml_mark mark;
	enum err err = next(r, f, &mark);

	if (err)
		return err;
	if (mark != XML_MARK_OPEN && mark != XML_MARK_EMPTY)
		return report_refuse(r->report, "there is no element");
	err = one_child(r, f, mark, fn);
	if (!err)
		err = next(r, f, &mark);
	if (err)
		return err;
	return mark == XML_MARK_END ? OK
				    : report_refuse(r->report, "something stands behind the end");
}

static enum err include(struct reader *r, struct frame *f, const struct xml *el, child_fn *fn)
{
	struct frame inner;
	enum err err;
	int fd;

	if (xml_attr(el, STR("parse")).ptr || xml_attr(el, STR("xpointer")).ptr)
		return report_refuse(r->report, "only plain includes are supported");
	if (!href_path(f, xml_attr(el, STR("href")), inner.path))
		return report_refuse(r->report, "an include must name a file by a relative path");
	if (++r->includes > PIE_INCLUDES_MAX || r->depth == FRAMES_MAX)
		return report_refuse(r->report, "too many includes");
	fd = open_below(r->folder, inner.path);
	if (fd < 0)
		return report_refuse(r->report, "%.200s cannot be included: %s", inner.path,
				     errno == EXDEV ? "it is outside of the folder"
						    : err_text(err_from_errno(errno)));
	frame_init(&inner, fd);
	r->depth++;
	err = read_document(r, &inner, fn);
	r->depth--;
	frame_done(&inner);
	if (err)
		return err;
	return drop(r, f);
}

/* ---- below a user ---- */

/* Hands the element at whose tag the file stands to the sink. */
static enum err take_piece(struct reader *r, struct frame *f, enum piece_kind kind)
{
	struct piece piece = { .kind = kind, .node = r->node };
	unsigned line = f->file.line;
	struct xml *el;
	struct str text;
	enum err err = take_text(r, f, &text);

	if (err)
		return err;
	report_at(r->report, f->path, line);
	err = parse(r, f, text, &el);
	if (err)
		return err;
	piece.el = el;
	return r->sink->take(r->sink, &piece);
}

static enum err items_child(struct reader *r, struct frame *f, enum xml_mark mark,
			    const struct xml *el)
{
	(void)mark;
	if (!xml_is(el, NS_PUBSUB, STR("item")))
		return drop_unknown(r, f, "not known here");
	return take_piece(r, f, PIECE_ITEM);
}

/* <items node=''> of XEP-0060. */
static enum err read_items(struct reader *r, struct frame *f, enum xml_mark mark,
			   const struct xml *el)
{
	struct str node = xml_attr(el, STR("node"));
	enum err err;

	if (!node.len || node.len > sizeof(r->node_name))
		return report_refuse(r->report, "the items of a node without a name");
	memcpy(r->node_name, node.ptr, node.len);
	r->node = str_make(r->node_name, node.len);
	err = each_child(r, f, mark, items_child);
	r->node = STR_NONE;
	return err;
}

static bool fits_list(enum piece_kind kind, const struct xml *el)
{
	switch (kind) {
	case PIECE_CONTACT:
		return xml_is(el, NS_ROSTER, STR("item"));
	case PIECE_OFFLINE:
		return xml_is(el, NS_CLIENT, STR("message"));
	case PIECE_ARCHIVED:
		return xml_is(el, NS_MAM, STR("result"));
	case PIECE_BLOCKED:
		return xml_is(el, NS_PIE_BLOCKING, STR("item"));
	case PIECE_NODE:
		return str_eq(el->ns, NS_PUBSUB_OWNER);
	default:
		return true;
	}
}

static enum err list_child(struct reader *r, struct frame *f, enum xml_mark mark,
			   const struct xml *el)
{
	if (r->list == PIECE_ITEM && xml_is(el, NS_PUBSUB, STR("items")))
		return read_items(r, f, mark, el);
	if (r->list == PIECE_ITEM || !fits_list(r->list, el))
		return drop_unknown(r, f, "not known here");
	return take_piece(r, f, r->list);
}

static const struct {
	struct str ns, name;
	enum piece_kind kind;
	bool is_list; /* its children are the pieces */
} payloads[] = {
	{ STR_INIT("urn:xmpp:pie:0#scram"), STR_INIT("scram-credentials"), PIECE_SCRAM, false },
	{ STR_INIT("jabber:iq:roster"), STR_INIT("query"), PIECE_CONTACT, true },
	{ STR_INIT("jabber:client"), STR_INIT("presence"), PIECE_REQUEST, false },
	{ STR_INIT("urn:xmpp:pie:0"), STR_INIT("offline-messages"), PIECE_OFFLINE, true },
	{ STR_INIT("jabber:iq:private"), STR_INIT("query"), PIECE_PRIVATE, true },
	{ STR_INIT("vcard-temp"), STR_INIT("vCard"), PIECE_VCARD, false },
	{ STR_INIT("jabber:iq:privacy"), STR_INIT("query"), PIECE_PRIVACY, false },
	{ STR_INIT("urn:xmpp:blocking"), STR_INIT("blocklist"), PIECE_BLOCKED, true },
	{ STR_INIT("http://jabber.org/protocol/pubsub#owner"), STR_INIT("pubsub"), PIECE_NODE,
	  true },
	{ STR_INIT("http://jabber.org/protocol/pubsub"), STR_INIT("pubsub"), PIECE_ITEM, true },
	{ STR_INIT("urn:xmpp:mam:2"), STR_INIT("prefs"), PIECE_PREFS, false },
	{ STR_INIT("urn:xmpp:pie:0#mam"), STR_INIT("archive"), PIECE_ARCHIVED, true },
	{ STR_INIT("urn:parley:account:0"), STR_INIT("account"), PIECE_SETTINGS, false },
};

static enum err user_child(struct reader *r, struct frame *f, enum xml_mark mark,
			   const struct xml *el)
{
	if (is_include(el))
		return include(r, f, el, user_child);
	for (size_t i = 0; i < array_len(payloads); i++) {
		if (!xml_is(el, payloads[i].ns, payloads[i].name))
			continue;
		if (!payloads[i].is_list)
			return take_piece(r, f, payloads[i].kind);
		r->list = payloads[i].kind;
		return each_child(r, f, mark, list_child);
	}
	return drop_unknown(r, f, "not known here");
}

/* ---- users, hosts, the whole ---- */

static enum err host_child(struct reader *r, struct frame *f, enum xml_mark mark,
			   const struct xml *el)
{
	struct str name = xml_attr(el, STR("name"));
	enum err err;

	if (is_include(el))
		return include(r, f, el, host_child);
	if (!xml_is(el, NS_PIE, STR("user")))
		return drop_unknown(r, f, "not known here");
	if (!name.len)
		return report_refuse(r->report, "a user without a name");
	err = r->sink->begin(r->sink, name, xml_attr(el, STR("password")));
	if (!err)
		err = each_child(r, f, mark, user_child);
	return err ? err : r->sink->end(r->sink);
}

static enum err server_child(struct reader *r, struct frame *f, enum xml_mark mark,
			     const struct xml *el)
{
	struct str host = xml_attr(el, STR("jid")), domain;

	if (is_include(el))
		return include(r, f, el, server_child);
	if (!xml_is(el, NS_PIE, STR("host")))
		return drop_unknown(r, f, "not known here");
	if (!host.len || jid_prep_domain(&r->arena, host, &domain))
		return report_refuse(r->report, "a host without a domain");
	if (str_eq(domain, r->options->domain))
		return each_child(r, f, mark, host_child);
	if (r->options->skips_hosts)
		return drop_unknown(r, f, "of another host");
	return report_refuse(r->report, "the host %.*s is not %.*s (see --domain)",
			     STR_ARG(str_sub(domain, 0, 128)), STR_ARG(r->options->domain));
}

static enum err root(struct reader *r, struct frame *f, enum xml_mark mark, const struct xml *el)
{
	if (!xml_is(el, NS_PIE, STR("server-data")))
		return report_refuse(r->report,
				     "this is no <server-data xmlns='urn:xmpp:pie:0'/> (XEP-0227)");
	return each_child(r, f, mark, server_child);
}

/* Opens the folder of the path; *ret_name is what is left. */
static int open_folder(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char folder[HREF_MAX];

	*ret_name = slash ? slash + 1 : path;
	if (slash && (size_t)(slash - path) + 2 > sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (slash) {
		memcpy(folder, path, (size_t)(slash - path) + 1);
		folder[slash - path + 1] = '\0';
	}
	return open(slash ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static enum err read_main(struct reader *r, struct frame *f, const char *name)
{
	int fd = r->folder < 0 ? -1 : open_below(r->folder, name);
	enum err err = fd < 0 ? err_from_errno(errno) : OK;

	report_at(r->report, r->options->path, 0);
	if (err) {
		(void)report_refuse(r->report, "%s",
				    errno == EINVAL ? "not a file" : err_text(err));
		return err;
	}
	(void)snprintf(f->path, sizeof(f->path), "%s", name);
	frame_init(f, fd);
	r->depth = 1;
	err = read_document(r, f, root);
	frame_done(f);
	return err;
}

enum err pie_read(const struct pie_options *options, struct piece_sink *sink)
{
	struct reader r = { .options = options, .sink = sink, .report = sink->report };
	struct frame main_frame;
	const char *name;
	enum err err;

	r.folder = open_folder(options->path, &name);
	r.text = SBUF(XML_FILE_ELEMENT_MAX + 2 * (size_t)OPEN_MAX * XML_FILE_TAG_MAX);
	arena_init(&r.arena, TREE_MAX);
	err = read_main(&r, &main_frame, name);
	report_at(r.report, NULL, 0);
	arena_wipe(&r.arena);
	if (r.text.ptr)
		secret_wipe(r.text.ptr, r.text.cap);
	sbuf_done(&r.text);
	if (r.folder >= 0)
		(void)close(r.folder); /* only a name */
	return err;
}
