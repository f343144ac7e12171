"""`make prove`: all long proofs, and at the end what they counted.

A test that fails prints its seed and the one command that replays it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.engine.figures import FOLDER, told

LONG = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "long")
HOLDS = "0 violations: no edit lost outside the window, nothing made twice, nothing left half done"


def main() -> int:
    """Run the tests marked `long`, side by side; 0 when all hold."""
    with tempfile.TemporaryDirectory(prefix="klantbeeld-figures-") as folder:
        ended = subprocess.run([*LONG, *sys.argv[1:]], env={**os.environ, FOLDER: folder}, check=False)
        lines = told(Path(folder))
    verdict = "violations: see above" if ended.returncode else HOLDS
    sys.stdout.write("\n".join([*lines, verdict, ""]))
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
