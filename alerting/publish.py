"""`python -m alerting.publish`: writes the page of the lifecycle, `alerting/README.md`, from the transition table.

Run it after changing a row, and commit what it writes; a test says when that was forgotten.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alerting.lifecycle.diagram import page

PAGE = Path(__file__).parent / "README.md"


def main() -> int:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
