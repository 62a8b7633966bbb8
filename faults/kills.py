"""Runs stopped at random moments of every phase, and resumed: do they end with the same record?"""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aacpy.config import Config
from aacpy.errors import RunError
from aacpy.records import Record
from faults.ends import equal
from faults.sandbox import Moments, Sandbox
from faults.victim import PHASES

#: Where kills fall, drawn evenly.
TARGETS = ("start", *PHASES)


@dataclass(frozen=True)
class Kill:
    """When a run is to be stopped.

    Attributes
    ----------
    number : of the trial.
    signal : "SIGKILL" or "SIGTERM".
    phase, occurrence : in which phase, the how-manieth of its kind, from 0.
    moment : how far into it, as a share of the time that it took in the undisturbed run.
    """

    number: int
    signal: str
    phase: str
    occurrence: int
    moment: float


@dataclass(frozen=True)
class Outcome:
    """What became of a run that was stopped and given its command again.

    Attributes
    ----------
    kill : when it was to be stopped.
    status : how the first process ended: -9 by SIGKILL, 130 by SIGTERM.
    died_in : the phase it ended in.
    checkpoint : epochs that the newest checkpoint held then; None without one.
    resumed : exit status of the second process.
    problems : what was wrong, such as a record that differs; empty where all was well.
    """

    kill: Kill
    status: int
    died_in: str
    checkpoint: int | None
    resumed: int
    problems: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it, flat and JSON-ready."""
        content = asdict(self)
        kill = content.pop("kill")
        kill["moment"] = round(kill["moment"], 4)
        return {**kill, **content, "problems": list(self.problems)}


@dataclass(frozen=True)
class Undisturbed:
    """The run that others are compared with.

    Attributes
    ----------
    record : what it ended with.
    moments : how long its phases took.
    data : where its benchmark lies.
    epochs : its directory as it was after the first epoch, the second, ...
    """

    record: Record
    moments: Moments
    data: Path
    epochs: Sequence[Path]


def run_undisturbed(config: Config, folder: Path, *, anew: bool = True) -> Undisturbed:
    """Run `config` once, by its user's command; and once more to see how long its phases take.

    Raises
    ------
    RunError
        If it fails, or the two records differ, so that there is nothing to compare with.
    """
    data = folder / "data"
    plain = Sandbox(folder / "undisturbed", config, data, anew)
    if plain.resume():
        raise RunError(f"the undisturbed run failed: {plain.output.strip()[-500:]}")
    timed = Sandbox(folder / "timed", config, folder / "timed-data")
    epochs: list[Path] = []

    def keep() -> None:
        epochs.append(folder / f"after-epoch-{len(epochs)}")
        shutil.copytree(timed.run, epochs[-1])

    moments = timed.start().moments(keep)
    differing = equal(timed, plain.record())
    if differing:
        raise RunError(f"of two undisturbed runs {differing}")
    shutil.rmtree(folder / "timed-data", ignore_errors=True)
    return Undisturbed(plain.record(), moments, data, epochs)


def draw_kills(count: int, moments: Moments, *, seed: int, sigterm_every: int = 10) -> list[Kill]:
    """Draw when runs are stopped: phases evenly, then one of its occurrences, then a moment.

    Every `sigterm_every`-th is asked to stop by SIGTERM, all others are killed by SIGKILL.
    """
    rng = random.Random(seed)
    kills = []
    phases = [phase for phase in TARGETS if moments.get(phase)]
    for number in range(count):
        # Each phase as often as the others, in an order drawn anew for each round.
        if number % len(phases) == 0:
            rng.shuffle(phases)
        phase = phases[number % len(phases)]
        name = "SIGTERM" if number % sigterm_every == sigterm_every - 1 else "SIGKILL"
        occurrence = rng.randrange(len(moments[phase]))
        kills.append(Kill(number, name, phase, occurrence, rng.random()))
    return kills


def try_kill(
    kill: Kill, config: Config, undisturbed: Undisturbed, folder: Path, *, whole: bool = True
) -> Outcome:
    """Start a run, stop it, give its command again, and compare; the folder is removed if well.

    A `whole` one starts from nothing, and the command is given to a new interpreter, as its user
    would. Any other starts with what the undisturbed run had when the epoch began in which it is to
    be stopped, and the command is given to a fork, which is there at once.
    """
    root = folder / f"trial-{kill.number:04d}"
    shutil.rmtree(root, ignore_errors=True)  # what a stopped campaign left
    own_data = kill.phase == "render"
    sandbox = Sandbox(root, config, root / "data" if own_data else undisturbed.data, whole)
    epoch, occurrence = (0, kill.occurrence) if whole else _epoch(kill, undisturbed)
    if epoch:
        shutil.copytree(undisturbed.epochs[epoch - 1], sandbox.run)
    before = sandbox.surroundings()
    victim = sandbox.start()
    victim.reach(kill.phase, occurrence)
    length = undisturbed.moments[kill.phase][kill.occurrence]
    status, died_in = victim.stop(getattr(signal, kill.signal), kill.moment * length)
    problems = []
    if (sandbox.run / "record.json").exists():
        problems.append(equal(sandbox, undisturbed.record))
    checkpoint = _epochs_kept(sandbox.run)
    resumed = sandbox.resume()
    if resumed:
        problems.append(f"resuming failed: {sandbox.output.strip()[-300:]}")
    problems.append(equal(sandbox, undisturbed.record))
    problems += [f"left {path.name}" for path in sandbox.run.glob(".*.tmp")]
    if sandbox.surroundings() != before:
        problems.append("something beside the run was changed")
    if "Traceback" in sandbox.output:
        problems.append("a traceback was printed")
    problems = [problem for problem in dict.fromkeys(problems) if problem]
    if not problems:
        shutil.rmtree(root)
    return Outcome(kill, status, died_in, checkpoint, resumed, tuple(problems))


def try_kills(
    kills: Sequence[Kill],
    config: Config,
    undisturbed: Undisturbed,
    *,
    jobs: int = 1,
    whole_every: int = 5,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Try kills, `jobs` at a time, in a temporary folder; `on_outcome` is told of each at its end.

    Every `whole_every`-th is tried as a whole, see `try_kill`; 0 for none.

    The folders of runs with problems are kept, in the temporary folder that the problem names.
    """
    folder = Path(tempfile.mkdtemp(prefix="aacpy-kills-"))
    outcomes = []

    def one(kill: Kill) -> Outcome:
        whole = bool(whole_every) and kill.number % whole_every == 0
        return try_kill(kill, config, undisturbed, folder, whole=whole)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            for outcome in pool.map(one, kills):
                on_outcome(outcome)
                outcomes.append(outcome)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not any(folder.iterdir()):
        folder.rmdir()
    return outcomes


def _epoch(kill: Kill, undisturbed: Undisturbed) -> tuple[int, int]:
    """The epoch of a kill, and how often its phase comes before it in that epoch.

    The record is written in no epoch, but after the last. Every process starts and decodes the
    images, whichever epoch it goes on with, so these kills are dealt to all epochs.
    """
    epochs, times = len(undisturbed.epochs), len(undisturbed.moments[kill.phase])
    if kill.phase in ("start", "decode"):
        return kill.number % epochs, 0
    if kill.phase == "record":
        return epochs, 0
    each = times // epochs
    return divmod(kill.occurrence, each) if each else (0, kill.occurrence)


def _epochs_kept(run: Path) -> int | None:
    found = [int(path.stem.rpartition("-")[2]) for path in run.glob("checkpoint-*.json")]
    return max(found, default=None)
