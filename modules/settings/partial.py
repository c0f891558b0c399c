"""Judges what can be judged of settings of which a part is refused, so that one run tells all that is wrong.

What is refused is left out, and everything else stands as it was given. A rule that asks for what is left out cannot be
judged there; no rule is judged by a value that stands in for another, and so none is said to be broken that may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from modules.settings.fields import Settings
from modules.settings.fleet import Fleet
from modules.settings.rules import Part, Violation, violations_of

Path = tuple[Part, ...]


class Broken(NamedTuple):
    """A broken rule: its name, and what breaks it at which path from where the judging began."""

    rule: str
    path: Path
    violation: Violation


def hollow(model: type[Settings]) -> Settings:
    """Return settings of which everything is refused."""
    return _without(model.model_construct(), model.model_fields)


def partial(model: type[Settings], value: Mapping[str, Any], refused: Iterable[Path]) -> Settings:
    """Return `value`, a file's or a part's plain data, as settings without what stands at or below the paths `refused`."""
    below: dict[Part, list[Path]] = {}
    for path in refused:
        if path:
            below.setdefault(path[0], []).append(path[1:])
    kept: dict[str, Any] = {}
    for name in model.model_fields.keys() & value.keys():
        inner, given = _settings_within(model.model_fields[name].annotation), value[name]
        if name not in below or (inner is not None and () not in below[name]):
            kept[name] = _plain(given) if inner is None else _within(inner, given, below.get(name, []))
    return _without(model.model_construct(**kept), below.keys() - kept.keys())


def _within(model: type[Settings], given: Any, refused: list[Path]) -> Any:
    """Return one or a list of settings; an item that is none at all is hollow, so that the others keep their places."""
    if isinstance(given, dict):
        return partial(model, given, refused)
    if not isinstance(given, list):
        return given
    items = enumerate(given)
    return tuple(
        partial(model, each, [path[1:] for path in refused if path[0] == index])
        if isinstance(each, dict) and (index,) not in refused
        else hollow(model)
        for index, each in items
    )


def _plain(value: Any) -> Any:
    """Return a value as settings hold it: lists cannot be changed."""
    return tuple(value) if isinstance(value, list) else value


def _settings_within(annotation: Any) -> type[Settings] | None:
    """Return the class of settings that a field holds one or several of, if it does."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for each in get_args(annotation) if (found := _settings_within(each))), None)


def _without(settings: Settings, names: Iterable[Part]) -> Settings:
    """Return the settings without some of their values: who asks for one gets an AttributeError."""
    for name in names:
        settings.__dict__.pop(str(name), None)
    return settings


def judge(settings: Settings, unjudged: set[str], path: Path = ()) -> Iterator[Broken]:
    """Yield what breaks the rules of settings and all settings within; note in `unjudged` those that ask for what is left out.

    What breaks a rule of inner settings is left out from then on: outer rules rely on it.
    """
    for name, value in list(settings.__dict__.items()):
        inside = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        for index, each in inside:
            if isinstance(each, Settings):
                here = (*path, name) if index is None else (*path, name, index)
                found = list(judge(each, unjudged, here))
                yield from found
                for broken in found:
                    _leave_out(settings, broken.path[len(path) :])
    for rule in settings.rule_names:
        for violation in _violations(settings, rule, unjudged):
            yield Broken(rule, (*path, *violation.path), violation)


def _leave_out(settings: Settings, path: Path) -> None:
    """Leave out the value at a path, or the innermost of the settings' values that it stands in."""
    owner, key = settings, None
    value: Any = settings
    for part in path:
        if isinstance(value, Settings):
            owner, key = value, str(part)
            value = value.__dict__.get(key)
        elif isinstance(value, tuple) and isinstance(part, int):
            value = value[part]
    if key is not None and not isinstance(value, Settings):
        owner.__dict__.pop(key, None)


def _violations(settings: Settings, rule: str, unjudged: set[str]) -> Iterator[Violation]:
    try:
        for _, violation in violations_of(settings, [rule]):
            yield violation
    except AttributeError:
        unjudged.add(rule)


def judge_fleet(
    shared: Mapping[str, Settings], clusters: Sequence[tuple[str, Settings, bool]], unjudged: set[str]
) -> Iterator[Broken]:
    """Yield what breaks the rules between files; paths begin with the name of a shared file or of a cluster's.

    `clusters` are files' names, their settings, and whether those are whole. A rule that cannot be judged of all is judged
    of the whole ones alone and of each other beside them: what breaks a rule among some breaks it among all.
    """
    whole = [each for each in clusters if each[2]]
    for rule in Fleet.rule_names:
        lacking: set[str] = set()
        found = list(_between(shared, clusters, rule, lacking))
        if lacking:
            found += _between(shared, whole, rule, lacking)
            for one in clusters:
                if not one[2]:
                    found += _between(shared, [each for each in clusters if each[2] or each is one], rule, lacking)
        unjudged |= lacking
        yield from {broken.path: broken for broken in reversed(found)}.values()


def _between(
    shared: Mapping[str, Settings], clusters: Sequence[tuple[str, Settings, bool]], rule: str, unjudged: set[str]
) -> Iterator[Broken]:
    """Yield what breaks one rule between files."""
    values: dict[str, Any] = {**shared, "clusters": tuple(settings for _, settings, _ in clusters)}
    fleet = Fleet.model_construct(**values)
    for violation in _violations(fleet, rule, unjudged):
        first, *rest = violation.path
        if first == "clusters":
            first, *rest = clusters[int(rest[0])][0], *rest[1:]
        yield Broken(rule, (first, *rest), violation)
