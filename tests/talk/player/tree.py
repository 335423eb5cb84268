# SPDX-License-Identifier: Apache-2.0
"""XML as the player sees it: a small element tree, a stream reader on expat, and a writer for people."""
import xml.parsers.expat
from xml.sax.saxutils import escape, quoteattr

STREAM_NS = "http://etherx.jabber.org/streams"
XML_NS = "http://www.w3.org/XML/1998/namespace"
# Prefixes that a .talk file may use without declaring them.
PREFIXES = {"stream": STREAM_NS, "talk": "talk"}


class Bad(Exception):
    """Not well-formed XML."""


class Element:
    """name and attribute keys are "namespace}local", or "local" without a namespace."""
    __slots__ = ("name", "attrs", "children")

    def __init__(self, name, attrs):
        self.name, self.attrs, self.children = name, attrs, []

    @property
    def ns(self):
        return self.name.rpartition("}")[0]

    @property
    def local(self):
        return self.name.rpartition("}")[2]

    def elements(self):
        return [child for child in self.children if isinstance(child, Element)]

    def text(self):
        return "".join(child for child in self.children if isinstance(child, str))

    def find(self, local, ns=None):
        for child in self.elements():
            if child.local == local and ns in (None, child.ns):
                return child
        return None

    def is_stanza(self):
        return self.local in ("message", "presence", "iq") and self.ns in ("jabber:client", "jabber:server")

    def write(self, around="jabber:client"):
        """The element as text; a namespace equal to `around` is left out."""
        attrs = []
        for name, value in self.attrs.items():
            ns, _, local = name.rpartition("}")
            if ns == XML_NS:
                local = "xml:" + local
            elif ns:
                local = f"{{{ns}}}{local}"
            attrs.append(f" {local}={quoteattr(value)}")
        if self.ns == STREAM_NS:
            tag, inner = "stream:" + self.local, around
        else:
            tag, inner = self.local, self.ns
            if self.ns != around:
                attrs.insert(0, f" xmlns={quoteattr(self.ns)}")
        body = "".join(escape(child) if isinstance(child, str) else child.write(inner) for child in self.children)
        head = "<" + tag + "".join(attrs)
        return f"{head}>{body}</{tag}>" if body else head + "/>"

    def __str__(self):
        return self.write()


class StreamReader:
    """Feed bytes of one XML stream, take events: ("open", Element), ("element", Element), ("close", None)."""

    def __init__(self):
        self.parser = xml.parsers.expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        if hasattr(self.parser, "SetReparseDeferralEnabled"):
            self.parser.SetReparseDeferralEnabled(False)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.stack, self.events, self.root = [], [], None

    def _start(self, name, attrs):
        element = Element(name, attrs)
        if self.root is None:
            self.root = element
            self.events.append(("open", element))
            return
        if self.stack:
            self.stack[-1].children.append(element)
        self.stack.append(element)

    def _end(self, _name):
        if not self.stack:
            self.events.append(("close", None))
            return
        element = self.stack.pop()
        if not self.stack:
            self.events.append(("element", element))

    def _text(self, text):
        if self.stack:
            self.stack[-1].children.append(text)

    def feed(self, data):
        try:
            self.parser.Parse(data, False)
        except xml.parsers.expat.ExpatError as error:
            raise Bad(f"not well-formed: {error}") from None
        events, self.events = self.events, []
        return events


def parse_document(text):
    """One whole element out of a WebSocket message."""
    reader = StreamReader()
    events = reader.feed(b"<wrap>" + (text if isinstance(text, bytes) else text.encode()) + b"</wrap>")
    elements = [element for kind, element in events if kind == "element"]
    if len(elements) != 1:
        raise Bad(f"{len(elements)} elements where one was wanted")
    return elements[0]


def parse_fragment(text, default_ns="jabber:client"):
    """The elements of a piece of a .talk file."""
    declared = "".join(f" xmlns:{prefix}='{ns}'" for prefix, ns in PREFIXES.items())
    reader = StreamReader()
    events = reader.feed(f"<wrap xmlns='{default_ns}'{declared}>{text}</wrap>".encode())
    return [element for kind, element in events if kind == "element"]
