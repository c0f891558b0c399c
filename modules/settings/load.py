"""Reads the fleet's settings from a folder of YAML files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from modules.settings.account import Account
from modules.settings.cluster import Cluster
from modules.settings.document import Document, read_document
from modules.settings.errors import Problem, SettingsError, dotted, shown
from modules.settings.fields import Settings
from modules.settings.fleet import Fleet
from modules.settings.organisation import Organisation
from modules.settings.rules import BrokenRulesError, Part, Violation
from modules.settings.tenant import Tenant

SHARED: dict[str, type[Settings]] = {"organisation": Organisation, "tenant": Tenant, "account": Account}
"""The files beside those of the clusters, and what they hold."""
UNCHECKED = "Rules between settings that these problems touch were not checked yet."


def load_fleet(folder: Path, only: Collection[str] | None = None) -> Fleet:
    """Return the fleet that the files `*.yaml` of `folder` describe, clusters ordered by name.

    `only` names the clusters to keep; the whole fleet is read and judged all the same. Files that begin with a dot and
    folders are passed over. Raises SettingsError, with every problem found, when anything is wrong.
    """
    shown_folder = _shown(folder)
    problems: list[Problem] = []
    files: dict[str, _File] = {}
    unjudged: set[str] = set()
    for path in _files(folder, shown_folder, problems):
        document = read_document(path, f"{shown_folder}/{path.name}")
        kind = path.stem if path.stem in SHARED else "cluster"
        files[path.stem] = _read(document, kind, unjudged)
        if kind == "cluster":
            _name_is_that_of_the_file(document, path.stem)
        problems += document.problems
    clusters = [name for name in files if name not in SHARED]
    if not clusters and folder.is_dir():
        problems.append(Problem(shown_folder, 1, 1, dotted(()), "no cluster file", "a file <cluster>.yaml or more"))
    _only_known(only, clusters, shown_folder, problems)
    fleet: Fleet | None = None
    if clusters and all(name in files and files[name].whole for name in (*SHARED, *clusters)):
        try:
            shared = {name: files[name].settings for name in SHARED}
            fleet = Fleet.model_validate({**shared, "clusters": [files[name].settings for name in clusters]})
        except ValidationError as error:
            problems += _fleet_problems(error, files, clusters)
    else:
        problems += _partial_fleet_problems(files, clusters, unjudged)
    if problems or fleet is None:
        all_read = files.keys() >= SHARED.keys() and all(each.settings for each in files.values())
        raise SettingsError(problems, unchecked=UNCHECKED if unjudged or not all_read else None)
    if only is None:
        return fleet
    return fleet.model_copy(update={"clusters": tuple(each for each in fleet.clusters if each.name in only)})


def refuse(folder: Path, file: str, path: tuple[Part, ...], allowed: str) -> NoReturn:
    """Raise SettingsError for the value at `path` of a file that loads, but not for what is asked for."""
    document = read_document(folder / f"{file}.yaml", f"{_shown(folder)}/{file}.yaml")
    document.report(document.place(path), path, shown(document.at(path)), allowed)
    raise SettingsError(document.problems)


def _shown(folder: Path) -> str:
    """Return the folder as messages name it: relative where it is below the working directory."""
    try:
        return _plain(folder.resolve().relative_to(Path.cwd()).as_posix())
    except (ValueError, OSError):
        return _plain(folder.as_posix())


def _files(folder: Path, shown_folder: str, problems: list[Problem]) -> list[Path]:
    """Return the settings files in order of name; note those that are missing or misnamed."""
    try:
        entries = sorted(each.name for each in folder.iterdir())
    except OSError as error:
        given = f"a folder that cannot be read ({error.strerror})"
        problems.append(Problem(shown_folder, 1, 1, dotted(()), given, "a folder of settings files"))
        return []
    found = []
    for entry in entries:
        extension = Path(entry).suffix
        if entry.startswith(".") or extension.lower() not in (".yaml", ".yml"):
            continue
        if extension != ".yaml":
            file = f"{shown_folder}/{_plain(entry)}"
            problems.append(Problem(file, 1, 1, dotted(()), f"the ending {extension}", "the ending .yaml"))
        elif _plain(entry) != entry:
            file = f"{shown_folder}/{_plain(entry)}"
            problems.append(Problem(file, 1, 1, dotted(()), "a file name that cannot be shown", "<cluster>.yaml"))
        else:
            found.append(folder / entry)
    for name in SHARED:
        if f"{name}.yaml" not in entries:
            problems.append(Problem(f"{shown_folder}/{name}.yaml", 1, 1, dotted(()), "no such file", f"the {name}"))
    return found


def _plain(name: str) -> str:
    """Return a file name that can be printed on one line."""
    return name if name.isprintable() else name.encode("unicode_escape").decode("ascii")


def _only_known(only: Collection[str] | None, clusters: list[str], folder: str, problems: list[Problem]) -> None:
    """Note each name that is asked for and is no cluster's."""
    for name in only or ():
        if name not in clusters:
            from modules.settings.describe import nearest

            choice = f"one of {', '.join(clusters)}" if clusters else "the name of a cluster file"
            given = f"the cluster {shown(name)}"
            problems.append(Problem(folder, 1, 1, "name", given, choice, nearest(name, clusters)))
    if only is not None and not only:
        problems.append(Problem(folder, 1, 1, "name", "no cluster", f"one of {', '.join(clusters)}"))


def _name_is_that_of_the_file(document: Document, stem: str) -> None:
    """Note a cluster whose name is not that of its file."""
    name = document.value.get("name") if isinstance(document.value, dict) else None
    if isinstance(name, str) and name != stem and ("name",) not in document.refused:
        document.report(document.place(("name",)), ("name",), shown(name), f'"{stem}", the name of its file')


class _File(NamedTuple):
    """A settings file: what stands in it and what that means."""

    document: Document
    settings: Settings | None
    """None where the file cannot be read at all."""
    whole: bool
    """Nothing of it is refused."""


def _read(document: Document, kind: str, unjudged: set[str]) -> _File:
    """Return the settings of one file, what is refused left out and noted in the document."""
    model = SHARED.get(kind, Cluster)
    if document.broken:
        return _File(document, None, whole=False)
    if not isinstance(document.value, dict):
        from modules.settings.describe import keys

        expected = f"a mapping with the keys {', '.join(keys(kind, ()))}"
        document.report((1, 1), (), shown(document.value), expected)
        return _File(document, None, whole=False)
    refused = document.refused | document.doubtful
    try:
        settings = model.model_validate(document.value)
        if not refused:
            return _File(document, settings, whole=True)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=True):
            if not isinstance(each.get("ctx", {}).get("error"), BrokenRulesError):
                document.problems += _rewritten(each, document, kind)
                refused |= {_path(each), *_meant(each, document, kind)}
    from modules.settings.partial import judge, partial

    settings = partial(model, document.value, refused)
    for broken in list(judge(settings, unjudged)):
        document.problems.append(_broken(document, broken.path, broken.rule, broken.violation))
    return _File(document, settings, whole=False)


def _path(error: Any) -> tuple[Part, ...]:
    """Return the key path of what pydantic found."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _meant(error: Any, document: Document, kind: str) -> Iterator[tuple[Part, ...]]:
    """Yield the absent keys that an unknown one may be meant for: the nearest, else all; their defaults are not what was given."""
    if error["type"] == "extra_forbidden":
        from modules.settings import describe

        *above, unknown = _path(error)
        present = document.at(tuple(above)) or {}
        absent = [name for name in describe.keys(kind, above) if name not in present]
        near = describe.nearest(str(unknown), absent)
        for name in absent if near is None else [near]:
            yield (*above, name)


def _rewritten(error: Any, document: Document, kind: str) -> Iterator[Problem]:
    """Yield what pydantic found as problems in plain words."""
    from modules.settings import describe

    path = _path(error)
    if any(path[:length] in document.refused for length in range(len(path) + 1)):
        return
    root = describe.schema_of(kind)
    if error["type"] == "extra_forbidden":
        options = describe.keys(kind, path[:-1])
        present = document.at(path[:-1])
        missing = [name for name in options if not isinstance(present, dict) or name not in present]
        given = f"the unknown key {shown(str(path[-1]))}"
        near = describe.nearest(str(path[-1]), missing or options)
        allowed = f"the keys {', '.join(options)}"
        yield Problem(document.file, *document.key_place(path), dotted(path), given, allowed, near)
        return
    schema = describe.at(kind, path) or {}
    allowed = describe.allowed(schema, root)
    if error["type"] == "missing":
        yield Problem(document.file, *document.key_place(path[:-1]), dotted(path), "nothing", f"{allowed}; required")
        return
    if error["loc"][-1:] == ("[key]",):
        names = (describe.at(kind, path[:-1]) or {}).get("propertyNames", {})
        allowed = describe.allowed(names, root) if names else f"a key of {describe.allowed(schema, root)}"
        yield Problem(document.file, *document.key_place(path), dotted(path), f"the key {shown(path[-1])}", allowed)
        return
    given = shown(error["input"], key=dotted(path))
    if schema.get("type", "string") == "string" and not isinstance(error["input"], str | dict | list):
        allowed = f"text in quotes: {allowed}"
    near = describe.nearest(error["input"], schema["enum"]) if _misspelt(error["input"], schema) else None
    yield Problem(document.file, *document.place(path), dotted(path), given, allowed, near)


def _misspelt(value: object, schema: dict[str, Any]) -> bool:
    """Return whether a value may be a misspelling of one of few words that are allowed."""
    return (
        isinstance(value, str)
        and any(map(str.isalpha, value))
        and all(isinstance(each, str) for each in schema.get("enum", [0]))
    )


def _fleet_problems(error: ValidationError, files: dict[str, _File], clusters: list[str]) -> Iterator[Problem]:
    """Yield the broken rules between files, each in the file that it speaks of."""
    for each in error.errors(include_url=False, include_context=True):
        broken = each.get("ctx", {}).get("error")
        if not isinstance(broken, BrokenRulesError):
            raise error
        for name, violation in broken.violations:
            file, *rest = violation.path
            if file == "clusters":
                file, *rest = clusters[int(rest[0])], *rest[1:]
            yield _broken(files[str(file)].document, tuple(rest), name, violation)


def _partial_fleet_problems(files: dict[str, _File], clusters: list[str], unjudged: set[str]) -> Iterator[Problem]:
    """Yield the broken rules between files of which some are refused in part or missing."""
    from modules.settings.partial import hollow, judge_fleet

    shared = {
        name: found.settings if (found := files.get(name)) and found.settings else hollow(model)
        for name, model in SHARED.items()
    }
    read = [(name, files[name].settings, files[name].whole) for name in clusters]
    present = [(name, settings, whole) for name, settings, whole in read if settings is not None]
    for rule, (file, *path), violation in judge_fleet(shared, present, unjudged):
        yield _broken(files[str(file)].document, tuple(path), rule, violation)


def _broken(document: Document, path: tuple[Part, ...], name: str, violation: Violation) -> Problem:
    """Return a broken rule as a problem at `path` of a file."""
    in_words = isinstance(violation.given, str) and violation.given != document.at(path)
    given = str(violation.given) if in_words else shown(violation.given, key=dotted(path))
    return Problem(document.file, *document.place(path), dotted(path), given, violation.allowed, rule=name)
