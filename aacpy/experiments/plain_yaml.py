"""YAML as data: texts, numbers, truths, none, lists and mappings, nothing that only YAML has."""

from __future__ import annotations

from typing import Any

import yaml

from aacpy.config_values import shown

#: No grid's file is larger, in bytes; the parser takes seconds for a megabyte.
LARGEST = 2**16

_DEEPEST = 20
_LARGEST_INTEGER = 2**63
_TAG = "tag:yaml.org,2002:"
_SCALARS = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null")}


def parse_yaml(text: str) -> Any:
    """The value that a YAML text of one document holds.

    A date is the text that it is.

    Raises
    ------
    ValueError
        If it is no YAML, or holds an anchor or an alias, a tag, a key that is no text or stands
        twice, or is nested too deeply or too long.
    """
    if len(text) > LARGEST:
        raise ValueError(f"longer than {LARGEST:,} characters")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return None if node is None else loader.value(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


class _Loader(yaml.SafeLoader):
    """Composes what is plain; the values are made here, not by the constructors of tags."""

    # Without these, a date and the keys "<<" and "=" are texts.
    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [(tag, pattern) for tag, pattern in pairs if tag in _SCALARS]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose the next node, unless it is an alias, has an anchor or lies too deep."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _refused("anchors and aliases are not read", event)
        if self.depth == _DEEPEST:
            raise _refused(f"nested more than {_DEEPEST} levels deep", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def value(self, node: yaml.Node) -> Any:
        """The value of a composed node."""
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(item) for item in node.value]
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node)
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            try:
                found = self.construct_object(node)
            # Such as an integer of thousands of digits, or a tag on what is no such value.
            except (ValueError, OverflowError, LookupError) as error:
                raise _refused(f"{shown(node.value)} is no value", node) from error
            if isinstance(found, int) and abs(found) >= _LARGEST_INTEGER:
                raise _refused(f"{shown(found)} is too large", node)
            return found
        raise _refused(f"the tag {shown(node.tag)} is not read", node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node)
            if not isinstance(key, str):
                raise _refused(f"the key {shown(key)} is no text", key_node)
            if key in found:
                raise _refused(f"the key {shown(key)} stands twice", key_node)
            found[key] = self.value(value_node)
        return found


def _refused(why: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=why, problem_mark=at.start_mark)
