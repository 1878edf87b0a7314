#!/usr/bin/env python3
"""Compare the file functions that are done with the table of the io area.

    functions.py CONFORMANCE_FOLDER RUNNER

Every command and whatever stands in its module must be there, as must what `ls` gives a script. Exit status: 0 when nothing of that is missing.
"""
import pathlib
import re
import subprocess
import sys

folder, runner = pathlib.Path(sys.argv[1]), sys.argv[2]
done = subprocess.run([sys.executable, folder / "functions.py", "--runner", runner, "--area", "io"], capture_output=True, text=True)
if done.returncode not in (0, 1):
    sys.exit(done.stdout + done.stderr)
commands = "cat|write|ls|grep|tail|sed|rm|seq|find_files|glob|awk_\\w+|wc|cp|mv|mkdir|du|touch"
mine = re.compile(rf"missing \[io\] \w+ (({commands})(::\w+)?\(|DirEntry\.(name|inode|type|to_map)\b|EntryType|IoErrorKind)")
missing = [line for line in done.stdout.splitlines() if mine.match(line)]
print("\n".join(missing))
print(f"{len(missing)} of the functions that are done are missing")
sys.exit(1 if missing else 0)
