"""The project's own errors: each message names what is wrong, where, and the remedy."""


class AacpyError(Exception):
    """Base of every error that `aacpy` raises about its users' files and settings."""


class ConfigError(AacpyError, ValueError):
    """A setting is unknown, of the wrong type or out of range; the message names the field."""


class DatasetError(AacpyError, ValueError):
    """A dataset's files are missing or wrong; the message names the file and the remedy."""


class WeightsError(AacpyError, ValueError):
    """Initial weights cannot be read or do not fit the architecture."""


class RunError(AacpyError, RuntimeError):
    """A run directory cannot be used as asked: another config's, locked, or not readable."""


class StorageError(AacpyError, OSError):
    """A file cannot be written: the disk is full or read-only, or a quota is used up."""


class RecordError(AacpyError, ValueError):
    """A record is incomplete, of another schema or inconsistent."""
