#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py unit|check|model|e2e|histories|axe: runs one kind of the web client's tests (web/), and says "N passed, N failed" for all of them.

unit: Vitest. check: the types and the lint. model: random histories of three devices against the core of the client in
Node, half of them other ones each time (their seed is said), and an outbox whose connection is cut. e2e: Playwright in the system's Chromium, against the parleyd that PARLEYD
names and starts with the client that was built into it; histories and axe: of those only the random histories, of which e2e has two, and what axe looks at."""
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HOUSE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
WEB = os.path.join(HOUSE, "web")
CHECKS = ("types", "lint")
TESTS = {"unit": ("test/unit/**/*.test.ts*",), "e2e": ("test/e2e/**/*.test.ts", "test/e2e/**/*.spec.ts"), "check": ("package.json",), "model": ("test/model/run.ts",),
         "histories": ("test/e2e/histories.spec.ts",), "axe": ("test/e2e/dialogs-axe.spec.ts", "test/e2e/message-axe.spec.ts", "test/e2e/views-axe.spec.ts")}
MODEL_FIXED = 7  # seed
MODEL_HISTORIES = int(os.environ.get("MODEL_HISTORIES", "50"))
MODEL_CUTS = ["--messages", os.environ.get("MODEL_CUT_MESSAGES", "100"), "--cuts", os.environ.get("MODEL_CUTS", "0")]
SUM = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def run(words, env):
    print("$", *words, flush=True)
    return subprocess.run(words, cwd=WEB, env=env, stdin=subprocess.DEVNULL, check=False).returncode


def tool(name):
    return os.path.join(WEB, "node_modules/.bin", name)


def check(env, _report):
    failed = sum(run(["npm", "run", "--silent", name], env) != 0 for name in CHECKS)
    return len(CHECKS) - failed, failed, 0


def name_failed(title, messages, most=2):
    """A line that tools/run-suites shows beside the total."""
    print(f"not ok - {title}", *(" ".join(message.split())[:250] for message in messages[:most]), sep="\n  ", flush=True)


def told(error):
    """What Playwright says of an error, and where: of a test that ran out of time only the second error tells what it waited for."""
    place = error.get("location", {})
    text = re.sub(r"\x1b\[[0-9;]*m", "", error.get("message", ""))
    return f"{os.path.basename(place.get('file', ''))}:{place.get('line', '')} {text}"


def specs(suites):
    """The tests of a report of Playwright."""
    for suite in suites:
        yield from suite.get("specs", [])
        yield from specs(suite.get("suites", []))


def unit(env, report):
    code = run([tool("vitest"), "run", "--reporter=default", "--reporter=json", f"--outputFile.json={report}"], env)
    with open(report, encoding="utf-8") as file:
        said = json.load(file)
    failed = said["numFailedTests"]
    for suite in said["testResults"]:  # a file that could not even be read has no tests
        failed += suite["status"] == "failed" and not suite["assertionResults"]
        for one in suite["assertionResults"]:
            if one["status"] == "failed":
                name_failed(one["fullName"], one["failureMessages"])
    return said["numPassedTests"], failed or int(code != 0), said["numPendingTests"] + said["numTodoTests"]


def e2e(env, report, only=()):
    code = run([tool("playwright"), "test", *only, "--reporter=list,json", "--output=../build/web/e2e"], {**env, "PLAYWRIGHT_JSON_OUTPUT_NAME": report})
    with open(report, encoding="utf-8") as file:
        said = json.load(file)
    stats = said["stats"]
    for spec in specs(said["suites"]):
        for test in spec["tests"]:
            if test["status"] == "unexpected":
                name_failed(f"{spec['file']}: {spec['title']}", [told(error) for result in test["results"] for error in result["errors"]], 4)
    failed = stats["unexpected"] + len(said["errors"])
    return stats["expected"] + stats["flaky"], failed or int(code != 0), stats["skipped"]


def histories(env, report):
    return e2e(env, report, TESTS["histories"])


def axe(env, report):
    return e2e(env, report, TESTS["axe"])


def model(env, _report):
    passed = failed = 0
    half = str(MODEL_HISTORIES // 2)
    plays = ["test/model/run.ts", "--together", "13", "--histories", half]
    for words in ([*plays, "--seed", str(MODEL_FIXED)], [*plays, "--seed", str(random.randrange(10**6))], ["test/model/cuts.ts", *MODEL_CUTS]):
        print("$ node", *words, flush=True)
        said = subprocess.run(["node", *words], cwd=WEB, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
        print(said.stdout, flush=True)
        found = SUM.findall(said.stdout)
        passed += int(found[-1][0]) if found else 0
        failed += int(found[-1][1]) if found else 1
        failed += said.returncode != 0 and not failed
    return passed, failed, 0


def main(kind):
    if not any(glob.glob(os.path.join(WEB, pattern), recursive=True) for pattern in TESTS[kind]):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    subprocess.run([os.path.join(HOUSE, "tools/build-web"), "--install"], check=True)
    bin_folder = subprocess.run([os.path.join(HOUSE, "tools/bring-node")], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    env = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"], "CI": "true", "FORCE_COLOR": "0"}
    with tempfile.TemporaryDirectory() as folder:
        passed, failed, skipped = {"unit": unit, "check": check, "model": model, "e2e": e2e, "histories": histories, "axe": axe}[kind](env, os.path.join(folder, "report.json"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
