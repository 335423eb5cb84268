#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py unit|check|e2e: runs one kind of the web client's tests (web/), and says "N passed, N failed" for all of them.

unit: Vitest. check: the types and the lint. e2e: Playwright in the system's Chromium, against the parleyd that PARLEYD
names and starts with the client that was built into it."""
import glob
import json
import os
import subprocess
import sys
import tempfile

HOUSE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
WEB = os.path.join(HOUSE, "web")
CHECKS = ("types", "lint")
TESTS = {"unit": ("test/unit/**/*.test.ts*",), "e2e": ("test/e2e/**/*.test.ts", "test/e2e/**/*.spec.ts"), "check": ("package.json",)}


def run(words, env):
    print("$", *words, flush=True)
    return subprocess.run(words, cwd=WEB, env=env, stdin=subprocess.DEVNULL, check=False).returncode


def tool(name):
    return os.path.join(WEB, "node_modules/.bin", name)


def check(env, _report):
    failed = sum(run(["npm", "run", "--silent", name], env) != 0 for name in CHECKS)
    return len(CHECKS) - failed, failed, 0


def name_failed(title, messages):
    """A line that tools/run-suites shows beside the total."""
    print(f"not ok - {title}", *(" ".join(message.split())[:250] for message in messages[:2]), sep="\n  ", flush=True)


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


def e2e(env, report):
    code = run([tool("playwright"), "test", "--reporter=list,json", "--output=../build/web/e2e"], {**env, "PLAYWRIGHT_JSON_OUTPUT_NAME": report})
    with open(report, encoding="utf-8") as file:
        said = json.load(file)
    stats = said["stats"]
    for spec in specs(said["suites"]):
        for test in spec["tests"]:
            if test["status"] == "unexpected":
                name_failed(f"{spec['file']}: {spec['title']}", [result["error"]["message"] for result in test["results"] if "error" in result])
    failed = stats["unexpected"] + len(said["errors"])
    return stats["expected"] + stats["flaky"], failed or int(code != 0), stats["skipped"]


def main(kind):
    if not any(glob.glob(os.path.join(WEB, pattern), recursive=True) for pattern in TESTS[kind]):
        print("0 passed, 0 failed, 1 skipped")
        return 0
    subprocess.run([os.path.join(HOUSE, "tools/build-web"), "--install"], check=True)
    bin_folder = subprocess.run([os.path.join(HOUSE, "tools/bring-node")], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    env = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"], "CI": "true", "FORCE_COLOR": "0"}
    with tempfile.TemporaryDirectory() as folder:
        passed, failed, skipped = {"unit": unit, "check": check, "e2e": e2e}[kind](env, os.path.join(folder, "report.json"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
