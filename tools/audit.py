"""Look for known vulnerabilities of what is installed: python -m tools.audit [pip-audit's options].

Exit status: 0 if none is known, or if the data cannot be reached, which one line says; 1 if some
are known, which are listed; 2 if pip-audit fails in another way.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import NamedTuple

#: pip-audit's sources, in the order they are asked.
SERVICES = ("pypi", "osv")

#: How pip-audit's last line begins or ends where its source does not answer, or not as itself.
UNREACHABLE = re.compile(
    r"(requests|urllib3)\.exceptions\.|pip_audit\S*(ServiceError|ConnectionError)"
    r"|.*your network may be blocking this service"
)


class Judgement(NamedTuple):
    """What one run of pip-audit says: an exit status, None if its data cannot be reached."""

    status: int | None
    message: str


def judge(output: str, errors: str) -> Judgement:
    """Judge pip-audit's JSON and its standard error.

    pip-audit's own exit status is of no use: it is 1 for vulnerabilities as for any failure, and
    0 where the source answers "not found" for every package, as a mirror of PyPI without its
    JSON interface does.
    """
    try:
        packages = json.loads(output)["dependencies"]
        audited = [package for package in packages if "vulns" in package]
        skipped = [package["name"] for package in packages if "vulns" not in package]
        known = [
            f"{package['name']} {package['version']}: {vulnerability['id']}"
            f" (fixed in {', '.join(vulnerability['fix_versions']) or 'no version'})"
            for package in audited
            for vulnerability in package["vulns"]
        ]
    except (ValueError, TypeError, KeyError):
        last = errors.strip().rpartition("\n")[2]
        if UNREACHABLE.match(last):
            return Judgement(None, last)
        return Judgement(2, f"error: pip-audit failed: {errors.strip() or 'it says nothing'}")
    if not audited:
        return Judgement(None, "it knows none of the packages")
    rest = f"; unknown there: {', '.join(skipped)}" if skipped else ""
    if known:
        counted = f"known vulnerabilities, {len(known)} in {len(audited)} packages{rest}"
        return Judgement(1, "\n  ".join([f"error: {counted}", *sorted(known)]))
    return Judgement(0, f"no known vulnerability in {len(audited)} packages{rest}")


def ask(service: str, options: list[str]) -> Judgement:
    """Let pip-audit look through this interpreter's packages, in the data of one service."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service,
               "--format", "json", "--desc", "off", "--progress-spinner", "off"]  # fmt: skip
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    return judge(done.stdout, done.stderr)


def main(options: list[str]) -> int:
    """Ask one service after the other until one answers; print and return what it says."""
    reasons = []
    for service in SERVICES:
        status, message = ask(service, options)
        if status is not None:
            print(message)
            return status
        reasons.append(f"{service}: {message[:120]}")
    print(f"not audited, no data on vulnerabilities can be reached ({'; '.join(reasons)})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
