"""`python -m aacpy train | check | render | results | verify`: the library from a shell."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

from aacpy.errors import AacpyError, ConfigError

# command -> (module with `configure` and `main`, what it does). A module is imported when its
# command is given, so that `--help` and a mistyped command answer at once.
_COMMANDS = {
    "train": ("aacpy.commands.train", "train one run and write its record"),
    "check": ("aacpy.datasets.check", "check a Market-1501 directory"),
    "render": ("aacpy.commands.render", "render the embedded benchmark"),
    "results": ("aacpy.commands.results", "print tables from records"),
    "verify": ("aacpy.commands.verify", "repeat published runs and compare"),
}


_LONGEST_MESSAGE = 500


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; usage is one `--help` away."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {_one_line(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 done, 1 problems found, 2 bad input, 130 stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _Parser(prog="python -m aacpy", description="The AAC companion from a shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module_name, summary) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name in given[:1]:
            module = import_module(module_name)
            module.configure(command)
            command.set_defaults(module=module)
    try:
        values, unknown = parser.parse_known_args(given)
        module = values.__dict__.pop("module")
        if unknown:
            if hasattr(module, "explain_unknown"):
                module.explain_unknown(unknown)
            raise ConfigError(f"{given[0]} does not understand {_one_line(' '.join(unknown))} "
                              f"(see python -m aacpy {given[0]} --help)")  # fmt: skip
        with _stopped_by_sigterm():
            return int(module.main(values))
    except AacpyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what was finished is kept, and the same command goes on", file=sys.stderr)
        return 130


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, which schedulers send, stop a command as Ctrl-C does: files are put away."""
    try:
        before: Any = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # signals reach the main thread alone
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one_line(message: str) -> str:
    """A message about what was typed, which may be long and hold any character."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message[:_LONGEST_MESSAGE])
    return text + "..." * (len(message) > _LONGEST_MESSAGE)


if __name__ == "__main__":
    sys.exit(main())
