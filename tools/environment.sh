#!/usr/bin/env bash
# Make the environment $VENV with $PYTHON and install the project into it: environment.sh WHAT
# [lowest], WHAT being "." or ".[dev]": in the newest versions that the requirements allow, or each
# direct requirement in its lowest. Prints big downloads only; the whole log is $VENV/install.log.
set -euo pipefail

fail() { printf 'error: %s\n' "$*" >&2; exit 2; }

check_python='
import sys
v = sys.version_info
if not (3, 10) <= v[:2] <= (3, 13):
    sys.exit(f"it is Python {v[0]}.{v[1]}")
try:
    import ensurepip, venv
except ImportError:
    sys.exit("its venv module is missing (on Debian and Ubuntu: apt install python3-venv)")
'
# Snakemake for Python 3.10 comes with a module in C that has no wheel.
check_compiler='
import os, shutil, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.version_info[:2] == (3, 10) and not (os.path.exists(header) and shutil.which("cc")))
'

command -v "$PYTHON" > /dev/null || fail "there is no $PYTHON. Install Python 3.10 to 3.13, or name one: make PYTHON=/path/to/python3"
if [ ! -x "$VENV/bin/python" ]; then
    why=$("$PYTHON" -c "$check_python" 2>&1) || fail "Python 3.10 to 3.13 is needed, and $PYTHON does not do: ${why##*$'\n'}. Name another: make PYTHON=python3.12"
    "$PYTHON" -c "$check_compiler" || fail "on Python 3.10 one dependency (datrie) is compiled, which needs a C compiler and Python's headers (on Debian and Ubuntu: apt install gcc python3-dev). Python 3.11 to 3.13 needs neither: make PYTHON=python3.12"
    echo "making $VENV with $("$PYTHON" --version)"
    "$PYTHON" -m venv "$VENV"
fi
what=(-r requirements.txt -e "$1")
if [ "${2-}" = lowest ]; then
    "$VENV/bin/python" -m tools.lowest > "$VENV/lowest.txt"
    what+=(-c "$VENV/lowest.txt")
fi
log="$VENV/install.log"
echo "installing into $VENV: several gigabytes the first time (log: $log)"
"$VENV/bin/python" -m pip install "${what[@]}" 2>&1 | tee "$log" | awk '
    /^ *(Downloading|Using cached) .*\(([0-9.]+ GB|[1-9][0-9][0-9]+(\.[0-9]+)? MB)\)/ { print "  " $0; fflush() }
    /^Installing collected packages/ { print "  unpacking"; fflush() }
' || { tail -n 15 "$log" >&2; fail "the installation failed; its log is $log. make goes on from here when called again"; }
