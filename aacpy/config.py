"""A run's settings, validated: the paper's and the studies' in one frozen object.

`Config.preset("pedestrians")` is the embedded benchmark on a laptop: about half a minute a run on
one CPU core. `Config.preset("paper")` is the paper's Section 4.1 on Market-1501: one GPU, hours.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from aacpy.config_values import check_range, nearest, shown, type_name, typed
from aacpy.errors import ConfigError
from aacpy.paper_settings import BACKBONES as BACKBONES
from aacpy.paper_settings import METHODS as METHODS
from aacpy.paper_settings import PaperSettings
from aacpy.presets import PRESETS as PRESETS
from aacpy.study_settings import STUDY_DEFAULTS, StudySettings, attributes_named

Method = Literal["baseline", "aac", "attributes", "supervised"]
Preset = Literal["pedestrians", "paper"]

_NO_STUDY = object()


@dataclass(frozen=True, kw_only=True)
class Config(StudySettings, PaperSettings):
    """The settings of one run; frozen, validated when made.

    Make one with `Config.preset(name, **overrides)`. The defaults below are the `paper` preset's:
    Section 4.1 of the paper where it speaks, ClusterContrast's Market-1501 command where it is
    silent (`k1`, `k2`, `temperature`, `momentum`, `iterations`, `bn_groups`). The settings of
    `StudySettings` are at what makes them the paper's.

    Raises
    ------
    ConfigError
        If a value is of the wrong type, out of range or contradicts another; the message names
        the field and the value received.
    """

    def __post_init__(self) -> None:
        hints = _hints()
        for field in fields(self):
            value = typed(field.name, getattr(self, field.name), hints[field.name])
            object.__setattr__(self, field.name, value)
            check_range(field.name, value, field.metadata)
        self._check_together()

    def _check_together(self) -> None:
        if self.batch_size % self.instances:
            raise ConfigError(
                f"batch_size must be P x K, a multiple of instances={self.instances}, "
                f"not {self.batch_size}"
            )
        if self.batch_size % self.bn_groups:
            raise ConfigError(
                f"batch_size must be a multiple of bn_groups={self.bn_groups}, "
                f"not {self.batch_size}"
            )
        if self.k2 > self.k1:
            raise ConfigError(f"k2 must be at most k1={self.k1}, not {self.k2}")
        if self.cameras_per_identity > self.cameras:
            raise ConfigError(
                f"cameras_per_identity must be at most cameras={self.cameras}, "
                f"not {self.cameras_per_identity}"
            )
        if self.backbone == "small" and self.weights == "imagenet":
            raise ConfigError("weights: the small backbone has no ImageNet weights; use None")
        attributes_named(self.attributes_used)
        if self.attributes_labelled < 1 and self.attributes_missing > 0:
            raise ConfigError(
                "attributes_missing must be 0 where attributes_labelled is below 1: predictions "
                f"leave none missing; not {self.attributes_missing}"
            )
        if not re.fullmatch(r"auto|cpu|cuda(:[0-9]|:[1-9][0-9])?", self.device):
            raise ConfigError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:N', "
                              f"not {shown(self.device)}")  # fmt: skip

    @classmethod
    def preset(cls, name: str = "pedestrians", /, **overrides: Any) -> Config:
        """Return the preset `name` ("pedestrians" or "paper") with some fields overridden.

        Raises
        ------
        ConfigError
            If the preset or a field is unknown (the message gives the nearest name), or a value
            is bad.
        """
        if not isinstance(name, str) or name not in PRESETS:
            hint = nearest(name, PRESETS)
            raise ConfigError(
                f"preset must be one of {', '.join(PRESETS)}, not {shown(name)}{hint}"
            )
        check_names(overrides)
        return cls(**{**PRESETS[name], "preset_name": name, **overrides})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Config:
        """Rebuild a config that `to_dict` gave: all fields but the studies' must be there."""
        if not isinstance(values, Mapping):
            raise ConfigError(f"config must be settings and their values, not {shown(values)}")
        check_names(values)
        missing = [f.name for f in fields(PaperSettings) if f.name not in values]
        if missing:
            raise ConfigError(f"config lacks {', '.join(missing)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The fields and their values, JSON-ready, in the order of declaration.

        A setting of the studies is left out while it stands at its default.
        """
        return {
            name: value
            for name, value in dataclasses.asdict(self).items()
            if STUDY_DEFAULTS.get(name, _NO_STUDY) != value
        }

    def changes(self) -> dict[str, Any]:
        """The fields whose value is not their preset's, in the order of declaration."""
        preset = Config.preset(self.preset_name)
        return {k: v for k, v in self.to_dict().items() if v != getattr(preset, k)}

    def replace(self, **overrides: Any) -> Config:
        """Return a copy with some fields changed."""
        check_names(overrides)
        return dataclasses.replace(self, **overrides)

    @property
    def needs_attributes(self) -> bool:
        """Whether the method reads the attribute vectors."""
        return self.method in ("aac", "attributes")

    @property
    def is_study(self) -> bool:
        """Whether a setting of the studies is not the paper's."""
        return not set(STUDY_DEFAULTS).isdisjoint(self.to_dict())

    @property
    def identities_per_batch(self) -> int:
        """P of the P x K batch."""
        return self.batch_size // self.instances


def check_names(names: Iterable[str], extra: Iterable[str] = ()) -> None:
    """Raise a ConfigError with the nearest known name if one of `names` is no field of Config.

    `extra` names are accepted too.
    """
    known = [f.name for f in fields(Config)] + list(extra)
    for name in names:
        if name not in known:
            raise ConfigError(f"unknown setting {shown(name)}{nearest(name, known)}")


@functools.cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(Config)


def describe() -> list[tuple[str, str, Any, str]]:
    """(name, type, paper default, help) of every field, for help texts and tables."""
    hints = _hints()
    return [
        (f.name, type_name(hints[f.name]), f.default, str(f.metadata["help"]))
        for f in fields(Config)
    ]
