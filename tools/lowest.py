"""Print constraints that pin every direct requirement to its lower bound: python -m tools.lowest.

What these require in turn stays free. `make test-lowest` installs with them.
"""

from __future__ import annotations

from tools.requirements import Requirement, direct


def pinned(requirement: Requirement) -> str:
    """The constraint that allows a requirement's lower bound alone."""
    marker = f"; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}=={requirement.lower}{marker}"


if __name__ == "__main__":
    print("\n".join(map(pinned, direct())))
