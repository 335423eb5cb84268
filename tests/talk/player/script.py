# SPDX-License-Identifier: Apache-2.0
"""Reads .talk files into steps. Nothing is run here; whoever wants to know the language reads ../README.md."""
import dataclasses
import re

LABEL = r"[a-z][\w-]*(?:/[\w.-]+)?"
SUBJECT = rf"{LABEL}(?:, {LABEL})*"
# verb: (pattern after the subject, whether XML or text follows a colon)
VERBS = {
    "receives_nothing": (r"receives nothing", False),
    "receives_any_order": (r"receives in any order", True),
    "receives_exactly": (r"receives exactly", True),
    "receives": (r"receives", True),
    "may_receive": (r"may receive", True),
    "sends": (r"sends", True),
    "sends_raw": (r"raw sends", True),
    "sends_frame": (r"sends frame((?: (?:text|binary|continuation|ping|close|unmasked|unfinished))*)", True),
    "connects": (r"connects", False),
    "resumes": (r"resumes", False),
    "disconnects": (r"disconnects", False),
    "breaks": (r"breaks", False),
    "features": (r"features have ([\w-]+) of (\S+)", False),
    "checks_caps": (r"checks the caps of (\S+)", False),
    "gets_pong": (r"gets pong", False),
    "asks_in_vain": (r"asks for a websocket (without subprotocol|from \S+)", False),
    "limits": (r"limits are at least (\d+)", False),
    "is_refused": (r"is refused", False),
    "encrypts": (r"encrypts or is disconnected", False),
    "is_disconnected": (r"is disconnected", False),
    "websocket_close": (r"expects websocket close (\d+)", False),
    "end_of_stream": (r"expects end of stream", False),
    "stream_error": (r"expects stream error ([a-z-]+(?: or [a-z-]+)*)", False),
    "opens_stream": (r"opens stream( .*)?", False),
    "closes_stream": (r"closes stream", False),
    "starts_tls": (r"starts tls", False),
    "authenticates": (r"authenticates(?: with (\S+))?", False),
    "fails_to_authenticate": (r"fails to authenticate with (\S+)(?: and password (\S+))?(?:, ([a-z-]+(?: or [a-z-]+)*))?", False),
    "binds": (r"binds(?: (\S+))?", False),
    "enables_sm": (r"enables sm", False),
    "settles": (r"settles", False),
    "shakes_hands": (r"shakes hands", False),
    "prepares": (r"prepares", False),
    "answers_stream": (r"answers stream( .*)?", False),
    "answers_tls": (r"answers tls", False),
    "begins_tls": (r"begins tls", False),
    "shows_key": (r"shows its key", False),
    "goes_away": (r"goes away", False),
    "comes_back": (r"comes back", False),
}


class Wrong(Exception):
    """The file is not written as the language says."""


@dataclasses.dataclass
class Step:
    line: int
    verb: str
    subjects: list
    args: tuple
    text: str = ""
    block: int = 0


@dataclasses.dataclass
class Script:
    path: str
    title: str
    config: str = ""
    accounts: dict = dataclasses.field(default_factory=dict)
    peers: list = dataclasses.field(default_factory=list)  # (label, domains, words)
    blocks: list = dataclasses.field(default_factory=list)  # titles
    steps: list = dataclasses.field(default_factory=list)

    def name(self):
        return re.sub(r"^.*/talk/|\.talk$", "", self.path)


def _step(line, number):
    """A Step for the line, and whether text may follow it."""
    for verb, pattern in (("restarts", r"server restarts"), ("killed", r"server is killed"), ("starts", r"server starts"),
                          ("stops", r"server stops"), ("settle", r"everybody settles")):
        if re.fullmatch(pattern, line):
            return Step(number, verb, [], ()), False
    if found := re.fullmatch(r"server runs (.+)", line):
        return Step(number, "runs", [], (found[1].split(),)), False
    if found := re.fullmatch(r"friends ([a-z]\w*) ([a-z]\w*)", line):
        return Step(number, "friends", [], found.groups()), False
    if found := re.fullmatch(rf"client ({LABEL})( later)?(?:: (.*))?", line):
        return Step(number, "client", [found[1]], (bool(found[2]), found[3] or "")), False
    if found := re.fullmatch(r"component ([a-z][\w-]*) (\S+) (\S+)( later)?(?:: ((?:manual|tls| )+))?", line):
        return Step(number, "component", [found[1]], found.groups()[1:]), False
    if found := re.fullmatch(rf"(stream|called) ([a-z][\w-]*)/([\w.-]+)(?:: (.*))?", line):
        return Step(number, found[1], [f"{found[2]}/{found[3]}"], (found[2], found[4] or "")), False
    if not (found := re.match(rf"({SUBJECT}) (.*)$", line)):
        raise Wrong(f"line {number}: not a statement: {line}")
    subjects, rest = found[1].split(", "), found[2]
    for verb, (pattern, has_text) in VERBS.items():
        fit = re.fullmatch(pattern + (r":(?: (.*))?" if has_text else ""), rest)
        if fit:
            groups = fit.groups()
            text = (groups[-1] or "") if has_text else ""
            return Step(number, verb, subjects, groups[:-1] if has_text else groups, text), has_text
    raise Wrong(f"line {number}: nobody knows how to do this: {rest}")


def _domains(text):
    """a.example,b{1..3}.example"""
    for each in text.split(","):
        found = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", each)
        yield from [found[1] + str(n) + found[4] for n in range(int(found[2]), int(found[3]) + 1)] if found else [each]


def _declare(script, line):
    """Statements about the whole file. True if this was one."""
    if found := re.fullmatch(r"account ([a-z]\w*)(?: password (.+))?", line):
        script.accounts[found[1]] = found[2] or f"sesame-{found[1]}"
        return True
    if found := re.fullmatch(r"peer ([a-z][\w-]*) (\S+?)(?:: (.*))?", line):
        script.peers.append((found[1], list(_domains(found[2])), found[3] or ""))
        return True
    if found := re.fullmatch(r"server (\w+ *=.*)", line):
        script.config += found[1] + "\n"
        return True
    return False


def _title(text):
    heading = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if "SPDX" not in line:
            heading.append(line.lstrip("# ").strip())
    return heading[0] if heading else ""


def parse(path, text=None):
    if text is None:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    script = Script(path, _title(text))
    if not script.title:
        raise Wrong(f"{path}: the first comment must say which document it shows, and its version")
    script.blocks.append("setting")
    step, wants_text = None, False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            if not wants_text:
                raise Wrong(f"{path}: line {number}: text that belongs to no step")
            step.text += ("\n" if step.text else "") + line.strip()
            continue
        line = line.rstrip()
        if found := re.fullmatch(r"\[([^\]]+)\]\s*(.*)", line):
            script.blocks.append(f"[{found[1]}] {found[2]}".strip())
            step, wants_text = None, False
            continue
        if _declare(script, line):
            step, wants_text = None, False
            continue
        try:
            step, wants_text = _step(line, number)
        except Wrong as error:
            raise Wrong(f"{path}: {error}") from None
        step.block = len(script.blocks) - 1
        script.steps.append(step)
    empty = [title for at, title in enumerate(script.blocks) if at and not any(s.block == at for s in script.steps)]
    if empty or len(script.blocks) == 1:
        raise Wrong(f"{path}: blocks without steps: {empty or 'no block at all'}")
    return script
