#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [MODULE | MODULE.CHECK]...: checks in networks of their own (lab.py). TAP; last line "N passed, N failed".

The form of tests/ops/run.py: each check_NAME.py beside this file holds functions check_…, each with a sentence that says what must hold.
PARLEYD, PARLEYCTL and LAB_DIAL name the programs; OPS_LONG=1 asks for the long form."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("OPS_SECONDS", "30")
sys.path[:0] = [HERE]
import lab  # noqa: E402

lab.enter()
sys.path.insert(1, os.path.join(HERE, "../ops"))
import importlib.util  # noqa: E402

spec = importlib.util.spec_from_file_location("ops_run", os.path.join(HERE, "../ops/run.py"))
ops = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ops)
sys.path.remove(HERE)
sys.path.insert(0, HERE)
ops.HERE = HERE

if __name__ == "__main__":
    sys.exit(ops.main())
