# SPDX-License-Identifier: Apache-2.0
"""What packaging/monitoring promises: alerts and dashboard ask for metrics and labels that the server really shows."""
import yaml

from bed import HERE, Server, equal, http, json, os, re, want

FOLDER = os.path.join(HERE, "../../packaging/monitoring")
SELECTOR = re.compile(r"\b((?:parley|process)_\w+)(?:\{([^}]*)\})?")
GIVEN = {"job", "instance", "le"}  # labels that the scrape and histograms bring


def shown(server):
    """{metric: {label: values}} of /metrics; histograms as their three series."""
    found = {}
    status, _, body = http(server, "/metrics", listener="metrics")
    equal(status, 200)
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", body.decode(), re.M):
        values = found.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            values.setdefault(label, set()).add(value)
    return found


def judge(expr, metrics):
    """Every selector of an expression, and what it is grouped by, against the metrics."""
    names = []
    for name, labels in SELECTOR.findall(expr):
        want(name in metrics, f"no such metric: {name} in {expr}")
        names.append(name)
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            want(label in GIVEN or value in metrics[name].get(label, ()), f"never shown: {name}{{{label}={value}}} in {expr}")
    for group in re.findall(r"\bby \(([^)]*)\)", expr):
        for label in map(str.strip, group.split(",")):
            want(any(label in metrics[name] for name in names), f"no label {label} in {expr}")
    equal([expr.count(sign) for sign in "({["], [expr.count(sign) for sign in ")}]"], f"brackets of {expr}")
    return names


def check_alerts():
    """every alert asks for what /metrics shows, and says what is the matter and what to do"""
    with open(os.path.join(FOLDER, "parley.rules.yml"), encoding="utf-8") as file:
        rules = [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
    with Server() as server:
        metrics = shown(server)
    want(len(rules) > 5, "hardly any rules")
    equal(len({rule["alert"] for rule in rules}), len(rules), "names")
    for rule in rules:
        judge(rule["expr"], metrics)
        want(set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule)
        want(rule["labels"]["severity"] in ("page", "ticket") and set(rule["annotations"]) == {"summary", "action"}, rule)
        want(re.fullmatch(r"\d+[smh]", rule.get("for", "1m")), rule)


def check_dashboard():
    """every panel of the dashboard asks for what /metrics shows, and none lies over another one"""
    with open(os.path.join(FOLDER, "parley-dashboard.json"), encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    with Server() as server:
        metrics = shown(server)
    asked, taken = set(), set()
    for panel in panels:
        for target in panel.get("targets", ()):
            asked.update(judge(target["expr"], metrics))
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        want(place["x"] + place["w"] <= 24 and not cells & taken, f"{panel['title']} lies over another panel")
        taken |= cells
    equal(len({panel["id"] for panel in panels}), len(panels), "ids")
    want(len(asked) > 25, f"only {len(asked)} metrics are shown")
