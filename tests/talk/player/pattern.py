# SPDX-License-Identifier: Apache-2.0
"""Wildcards and captures: {any} {time} {number} {none} {one of a|b} {name}, and whether an element fits a pattern."""
import base64
import datetime
import hashlib
import hmac
import re

from .tree import Element

BRACED = re.compile(r"\{([^{}]+)\}")
TIME = r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
CLASSES = {"any": ".+", "time": TIME, "number": r"\d+", "anything": ".*"}
NAME = re.compile(r"[a-z_][\w/.-]*$")
STANZAS_NS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class Unknown(Exception):
    """A {name} that nobody has captured."""


def _hashed_token(kind, *words):
    """{ht USER TOKEN BINDING} and {ht-answer TOKEN BINDING}: both messages of HT-SHA-256-*, the binding in hex or left out."""
    user, words = (words[0].encode() + b"\0", words[1:]) if kind == "ht" else (b"", words)
    bound = bytes.fromhex(words[1]) if len(words) > 1 else b""
    mac = hmac.new(words[0].encode(), (b"Initiator" if user else b"Responder") + bound, "sha256").digest()
    return base64.b64encode(user + mac).decode()


def expand(text, names):
    """Macros and captured names in what is sent. names: a dictionary, or anything with get(name)."""
    def one(found):
        word = found[1]
        if word.startswith("urn:"):  # a name in the form {namespace}name is no macro
            return found[0]
        if word.startswith("error "):  # {error cancel item-not-found}
            _, kind, condition = word.split()
            kind = "{any}" if kind == "*" else kind
            return f"<error type='{kind}'><{condition} xmlns='{STANZAS_NS}'/></error>"
        if word.startswith("repeat "):  # {repeat 1000 text}
            _, count, what = word.split(" ", 2)
            return what * int(count)
        if word.startswith("each "):  # {each 3..5 <a n='#'/>}: once for each number
            _, span, what = word.split(" ", 2)
            first, last = map(int, span.split(".."))
            return "".join(what.replace("#", str(number)) for number in range(first, last + 1))
        if word.startswith("in "):  # {in 5}: the time in so many seconds (XEP-0082)
            return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=int(word[3:]))).strftime("%Y-%m-%dT%H:%M:%SZ")
        if word.startswith("attributes "):  # {attributes 500}: a0='' a1='' …
            return " ".join(f"a{number}=''" for number in range(int(word.split()[1])))
        if word.startswith("base64 "):
            return base64.b64encode(word[7:].encode().decode("unicode_escape").encode("latin-1")).decode()
        if word.startswith(("ht ", "ht-answer ")):
            return _hashed_token(*word.split(" "))
        if word.startswith("sha1 "):
            return base64.b64encode(hashlib.sha1(word[5:].encode()).digest()).decode()
        if plus := re.match(r"([\w/.-]+)([+-]\d+)$", word):
            if (value := names.get(plus[1])) is not None:
                return str((int(value) + int(plus[2])) % 2**32)
        value = names.get(word)
        if value is None:
            raise Unknown(f"nothing is known as {{{word}}}")
        return str(value)
    return BRACED.sub(one, text)


def expand_pattern(text, names):
    """As expand(), but wildcards and names that are not yet known stay."""
    def one(found):
        word = found[1]
        if word in CLASSES or word == "none" or word.startswith("one of "):
            return found[0]
        if NAME.match(word) and names.get(word) is None:
            return found[0]
        return expand(found[0], names)
    return BRACED.sub(one, text)


def fits_text(pattern, value, names):
    """Whether the value fits; captures go into names."""
    parts, captures, end = [], [], 0
    for found in BRACED.finditer(pattern):
        parts.append(re.escape(pattern[end:found.start()]))
        word, end = found[1], found.end()
        if word in CLASSES:
            parts.append(CLASSES[word])
        elif word.startswith("one of "):
            parts.append("(?:" + "|".join(re.escape(way) for way in word[7:].split("|")) + ")")
        elif word.startswith("urn:"):
            parts.append(re.escape(found[0]))
        elif word in captures:
            parts.append(f"(?P=c{captures.index(word)})")
        elif (known := names.get(word)) is not None:
            parts.append(re.escape(str(known)))
        else:
            parts.append(f"(?P<c{len(captures)}>.+)")
            captures.append(word)
    parts.append(re.escape(pattern[end:]))
    fit = re.fullmatch("".join(parts), value, re.S)
    if not fit:
        return False
    for number, word in enumerate(captures):
        names[word] = fit[f"c{number}"]
    return True


def why_not(pattern, element, names, exactly=False):
    """None if the element fits the pattern (names then has the captures), else a sentence. names: a plain dictionary."""
    trial = names.copy()
    reason = _element(pattern, element, trial, exactly, "")
    if reason is None:
        names.update(trial)
    return reason


def _element(pattern, element, names, exactly, path):
    where = f"{path}/{pattern.local}"
    if pattern.name not in (element.name, "talk}any"):
        return f"{path or '/'}: wanted <{pattern.local} xmlns='{pattern.ns}'>, is <{element.local} xmlns='{element.ns}'>"
    for name, wanted in pattern.attrs.items():
        value, local = element.attrs.get(name), name.rpartition("}")[2]
        if wanted == "{none}":
            if value is not None:
                return f"{where}: must not have {local}='{value}'"
        elif value is None:
            return f"{where}: has no {local}, wanted '{wanted}'"
        elif not fits_text(wanted, value, names):
            return f"{where}: {local}='{value}', wanted '{wanted}'"
    if exactly and (more := set(element.attrs) - set(pattern.attrs)):
        return f"{where}: has attributes beside: {', '.join(sorted(more))}"
    wanted, value = pattern.text().strip(), element.text().strip()
    if wanted == "{none}":
        if value or element.elements():
            return f"{where}: is not empty"
    elif wanted:
        if not fits_text(wanted, value, names):
            return f"{where}: the text is '{value}', wanted '{wanted}'"
    elif exactly and value:
        return f"{where}: has the text '{value}'"
    return _children(pattern, element, names, exactly, where)


def _children(pattern, element, names, exactly, where):
    rest = element.elements()
    for child in pattern.elements():
        if child.name == "talk}not":
            for absent in child.elements():
                for there in element.elements():
                    if _element(absent, there, names.copy(), False, where) is None:
                        return f"{where}: must not have {there}"
            continue
        reason = f"{where}: no <{child.local} xmlns='{child.ns}'> (more) in it"
        for there in rest:
            trial = names.copy()
            found = _element(child, there, trial, exactly, where)
            if found is None:
                names.update(trial)
                rest = [other for other in rest if other is not there]
                reason = None
                break
            if there.name == child.name:
                reason = found
        if reason:
            return reason
    if exactly and rest:
        return f"{where}: has children beside: {', '.join(child.local for child in rest)}"
    return None


def caps_hash(query):
    """The verification string of a disco#info answer, hashed (XEP-0115 5.1)."""
    lang = "http://www.w3.org/XML/1998/namespace}lang"
    identities = sorted("/".join(each.attrs.get(key, "") for key in ("category", "type", lang, "name"))
                        for each in query.elements() if each.local == "identity")
    features = sorted(each.attrs["var"] for each in query.elements() if each.local == "feature")
    parts = identities + features
    forms = []
    for form in (each for each in query.elements() if each.local == "x" and each.ns == "jabber:x:data"):
        fields = {field.attrs["var"]: sorted(value.text() for value in field.elements()) for field in form.elements()
                  if field.local == "field"}
        kind = fields.pop("FORM_TYPE", [""])[0]
        forms.append((kind, [part for name in sorted(fields) for part in [name, *fields[name]]]))
    for kind, texts in sorted(forms):
        parts += [kind, *texts]
    return base64.b64encode(hashlib.sha1("".join(part + "<" for part in parts).encode()).digest()).decode()
