#!/usr/bin/env python3
"""Run the conformance cases of some areas, but for those named in the file `later` beside this one.

    conformance.py CONFORMANCE_FOLDER RUNNER AREA...

A case is in `later` when it needs functions that are not there yet; the list only shrinks. A case in it that holds is named, so that it can
be taken out. Exit status: 0 when every other case holds.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

folder, runner, areas = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
later = {line.strip() for line in (pathlib.Path(__file__).parent / "later").read_text().splitlines() if line.strip() and not line.startswith("#")}
passed, failed, waiting = 0, [], 0
for area in areas:
    with tempfile.NamedTemporaryFile(suffix=".json") as results:
        done = subprocess.run([sys.executable, folder / "run.py", "--runner", runner, "--cases", folder / "cases" / area, "--json", results.name],
                              capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(done.stdout + done.stderr)
        for name, wrong in json.load(open(results.name)).items():
            name = f"{area}/{name}"
            if name in later:
                waiting += 1
                if not wrong and wrong is not None:
                    print(f"holds already, take it out of .ci/later if it does what it says: {name}")
            elif wrong:
                failed.append(name)
                print(f"FALLS SHORT {name}: " + "; ".join(wrong))
            else:
                passed += 1
print(f"{passed} passed, {len(failed)} failed, {waiting} skipped")
sys.exit(1 if failed else 0)
