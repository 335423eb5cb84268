#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [MODULE | MODULE.CHECK]...: operation and attack checks over a real parleyd. TAP; last line "N passed, N failed".

Each check_NAME.py beside this file holds functions check_…, each with a sentence that says what must hold. PARLEYD and PARLEYCTL
name the programs; OPS_LONG=1 asks for the long form."""
import glob
import importlib
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
import bed  # noqa: E402


def find(names):
    """(name, function) of all checks that were asked for, in the order of the files."""
    modules = [os.path.basename(path)[6:-3] for path in sorted(glob.glob(os.path.join(HERE, "check_*.py")))]
    for module in modules:
        chosen = [name.partition(".")[2] for name in names if name.partition(".")[0] == module]
        if names and not chosen:
            continue
        there = vars(importlib.import_module("check_" + module))
        for name, function in list(there.items()):
            if name.startswith("check_") and callable(function) and ("" in chosen or not names or name[6:] in chosen):
                yield f"{module}.{name[6:]}", function


def judge(function):
    """(good or None when skipped, what there is to say)."""
    try:
        return True, function() or ""
    except bed.Skip as skip:
        return None, str(skip)
    except (bed.Failure, bed.Closed, bed.Late, AssertionError) as failure:
        places = [f"{os.path.basename(at.filename)}:{at.lineno}" for at in traceback.extract_tb(failure.__traceback__)[1:]]
        return False, f"{failure}\nat {', '.join(places)}"
    except Exception:  # pylint: disable=broad-except  # a check that falls over must not stop the others
        return False, traceback.format_exc()


def main():
    if not (bed.PARLEYD and bed.PARLEYCTL):
        print("Bail out! PARLEYD and PARLEYCTL must name the programs\n0 passed, 1 failed")
        return 1
    counts = {True: 0, False: 0, None: 0}
    for number, (name, function) in enumerate(find(sys.argv[1:]), 1):
        began = time.monotonic()
        good, words = judge(function)
        counts[good] += 1
        sentence = " ".join((function.__doc__ or "").split())
        tail = f" # SKIP {words}" if good is None else f" ({time.monotonic() - began:.1f} s)"
        print(f"{'not ok' if good is False else 'ok'} {number} - {name}: {sentence}{tail}", flush=True)
        if words and good is not None:
            print("\n".join("# " + line for line in str(words).splitlines()), flush=True)
    skipped = f", {counts[None]} skipped" if counts[None] else ""
    print(f"1..{sum(counts.values())}\n{counts[True]} passed, {counts[False]} failed{skipped}", flush=True)
    return 1 if counts[False] or not counts[True] + counts[None] else 0


if __name__ == "__main__":
    sys.exit(main())
