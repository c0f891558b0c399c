"""The judge of login code: sound code of another make passes, and nothing that runs gets out."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from policies.engine.control import Control, Outcome, Scope, load_controls, run
from policies.engine.login_code import LoginCode, NodeMissing, begin, judge, judge_login_code, node
from tests.policies.judged import judge as judge_stacks
from tests.violations.login.by_list import CODE, with_change

SECRETS = (("CLIENT_ID", None), ("CLIENT_SECRET", None))


def judged(*steps: str, **more: Any) -> judge.Verdict:
    """Return what running these Actions shows, each with its own secrets."""
    return judge_login_code(LoginCode("actions", steps, (SECRETS,) * len(steps), **more))


def kinds(verdict: judge.Verdict) -> set[str]:
    """Return the kinds of problems found."""
    return {each.kind for each in verdict.problems}


def entered(first: str, before: str = "") -> str:
    """Return sound code that runs `first` at each login."""
    entry = "exports.onExecutePostLogin = async (event, api) => {"
    return with_change(entry, f"{before}\n{entry}\n{first}")


MEMBERSHIP = """
  const me = await (await ask("https://api.github.com/user", token)).json();
  const path = "https://api.github.com/orgs/" + ORGANISATION + "/memberships/" + encodeURIComponent(me.login);
  const membership = await (await ask(path, token)).json();
  if (membership.state !== "active" || membership.user.login !== me.login || membership.organization.login !== ORGANISATION) throw new Error("no member");
"""
MEMBER = """
  const me = await (await ask("https://api.github.com/user", token)).json();
  if (typeof me.login !== "string") throw new Error("no user");
  const path = "https://api.github.com/orgs/" + ORGANISATION + "/members/" + encodeURIComponent(me.login);
  if ((await ask(path, token)).status !== 204) throw new Error("no member");
"""
LIST = CODE[CODE.index("  const organisations = await") : CODE.index("  const teams = await everyPage")]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(CODE, id="lists of organisations and teams"),
        pytest.param(with_change(LIST, MEMBERSHIP), id="membership of the named user"),
        pytest.param(
            with_change(
                'await everyPage("/user/orgs", token);',
                '(await everyPage("/user/memberships/orgs", token)).filter((each) => each && each.state === "active").map((each) => each.organization);',
            ),
            id="list of memberships",
        ),
    ],
)
def test_sound_code_of_another_make_passes(code: str) -> None:
    verdict = judged(code)
    assert verdict.problems == ()
    assert verdict.steps == (judge.Step(claims=True, denies=True),)
    assert verdict.runs > 500


@pytest.mark.parametrize("first", [0, 1])
def test_an_action_sees_its_own_secrets_alone(first: int) -> None:
    """One of two Actions lacks a secret that the other has: in Auth0 it would refuse everybody."""
    given = (SECRETS, SECRETS[:1])
    code = LoginCode("actions", (CODE, CODE), (given[first], given[1 - first]))
    assert "members-only" in kinds(judge_login_code(code))
    assert judged(CODE, CODE).problems == ()


@pytest.mark.parametrize("first", [0, 1])
def test_a_secret_of_the_other_action_is_none_of_ones_own(first: int) -> None:
    """A door that a secret opens is found, though the other of two Actions declares that secret and reads it too."""
    given = (SECRETS, (("BYPASS", None), *SECRETS))
    door = entered('  if (event.secrets.BYPASS === "on") return;')
    code = LoginCode("actions", (door, door), (given[first], given[1 - first]))
    assert kinds(judge_login_code(code)) == {"no-back-door"}


def test_code_that_admits_by_a_bare_status_is_caught_by_a_redirect() -> None:
    """`/orgs/…/members/…` answers 204, which a failing GitHub answers too."""
    assert "fail-closed" in kinds(judged(with_change(LIST, MEMBER)))


RULE_MEMBER = """
function login(user, context, callback) {
  const refuse = () => callback(new UnauthorizedError("no"));
  if (context.connectionStrategy !== "github") return refuse();
  const own = (user.identities || []).filter((each) => each && each.provider === "github");
  if (own.length !== 1 || !own[0].access_token) return refuse();
  const headers = { authorization: "Bearer " + own[0].access_token };
  const ask = async (path) => {
    const answer = await fetch("https://api.github.com" + path, { headers, redirect: "error" });
    if (answer.status !== 200) throw new Error("status");
    return answer.json();
  };
  const work = async () => {
    const membership = await ask("/user/memberships/orgs/ministryofjustice");
    if (membership.state !== "active" || membership.organization.login !== "ministryofjustice") throw new Error("no");
    const groups = [];
    for (let page = 1; page < 50; page++) {
      const teams = await ask("/user/teams?per_page=50&page=" + page);
      if (!Array.isArray(teams)) throw new Error("no list");
      for (const team of teams) {
        if (team && team.organization && team.organization.login === "ministryofjustice" && typeof team.slug === "string" && /^[a-z0-9_-]+$/.test(team.slug)) groups.push(team.slug);
      }
      if (teams.length === 0) return groups;
    }
    throw new Error("too many");
  };
  work().then((groups) => {
    context.idToken = { [configuration.CLAIM]: groups };
    callback(null, user, context);
  }, refuse);
}
"""


def rule(text: str) -> judge.Verdict:
    """Return what running this Rule shows."""
    claim = (("CLAIM", "https://k8s.integration.dsd.io/groups"),)
    return judge_login_code(LoginCode("rules", (text,), configuration=claim))


def test_a_rule_is_judged_alike() -> None:
    verdict = rule(RULE_MEMBER)
    assert verdict.problems == ()
    assert verdict.steps == (judge.Step(claims=True, denies=True),)


def test_a_back_door_in_a_rule_is_found() -> None:
    opened = RULE_MEMBER.replace(
        "const refuse =", 'if (user.nickname === "root") return callback(null, user, context);\n  const refuse =', 1
    )
    verdict = rule(opened)
    assert kinds(verdict) == {"no-back-door"}
    assert 'user.nickname = "root"' in str(verdict.problems)


@pytest.mark.parametrize(
    "opens",
    [
        "/^.{16}0[345]/.test(Date())",
        "new (class extends Date {})().getUTCFullYear() === 2099",
        "Reflect.apply(Date.now, null, []) % 7 === 0",
        "[Math].map(({ random }) => random())[0] < 0.005",
    ],
)
def test_whoever_looks_at_the_clock_or_tries_his_luck_is_seen(opens: str) -> None:
    """Both are changed only where code looks at them, in whatever way."""
    assert kinds(judged(entered(f"  if ({opens}) return;"))) == {"no-back-door"}


@pytest.mark.parametrize(
    "attempt",
    [
        'require("fs").writeFileSync(MARK, "out")',
        'require("node:child_process").execSync("touch " + MARK)',
        'process.binding("fs")',
        'globalThis.process.mainModule.require("fs")',
        'eval("process")',
        'new Function("return process")()',
        'this.constructor.constructor("return process")().exit(0)',
        '(async () => {}).constructor("return process")()',
        'event.constructor.constructor("return process")()',
        'fetch.constructor("return process")()',
        '(() => { try { null.x } catch (error) { return error.constructor.constructor("return process")() } })()',
        'new WebSocket("ws://127.0.0.1:PORT/")',
        'await fetch("http://127.0.0.1:PORT/")',
        'await fetch("https://[::1]:PORT/")',
        'new XMLHttpRequest()',
        'new Worker("1")',
        "new SharedArrayBuffer(8)",
        'WebAssembly.compile(new Uint8Array(8))',
    ],
)  # fmt: skip
def test_an_escape_is_contained_and_reported(attempt: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        text = attempt.replace("PORT", str(port)).replace("MARK", json.dumps(str(mark)))
        verdict = judged(entered(f"  try {{ {text}; }} catch {{}}"))
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "contained" in kinds(verdict)
    assert not mark.exists()


@pytest.mark.parametrize(
    "attempt",
    ['import("node:fs")', 'import(["node", "fs"].join(":"))'],
)
def test_a_dynamic_import_is_reported(attempt: str) -> None:
    assert "contained" in kinds(judged(entered(f"  {attempt}.catch(() => {{}});")))


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [
        ("for (;;);", 1),
        ("const all = []; for (;;) all.push(new Array(1e5).fill(all.length));", 2),
        ("const all = []; for (;;) all.push(new Uint8Array(1e8).fill(1));", 2),
        ("const on = () => Promise.resolve().then(on); await on();", 1),
    ],
)
def test_time_and_memory_are_bounded(attempt: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "CPU_SECONDS", seconds)
    started = time.monotonic()
    verdict = judged(entered(f"  {attempt}"))
    assert kinds(verdict) == {"contained"}
    assert "had to be stopped" in str(verdict.problems)
    assert time.monotonic() - started < node.WALL_SECONDS


def test_code_cannot_forge_its_verdict() -> None:
    """Built-ins that the judge could trip over are changed; the back door is seen all the same."""
    forged = entered(
        '  if (event.user.nickname === "root") return;',
        "JSON.stringify = () => '{}'; Array.prototype.push = () => 0; Promise.prototype.then = () => {}; Object.keys = () => [];",
    )
    assert kinds(judged(forged)) & {"no-back-door", "contained"}


def test_what_is_no_javascript_is_reported() -> None:
    assert kinds(judged("exports.onExecutePostLogin = (")) == {"contained"}
    assert kinds(judged("}); (function () {")) == {"contained"}


def test_no_entry_point_admits_nobody() -> None:
    assert "members-only" in kinds(judged("exports.somethingElse = async () => {};"))


def test_each_code_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    real = node.run_script

    def counted(script: str) -> str:
        runs.append(script)
        return real(script)

    monkeypatch.setattr(judge, "run_script", counted)
    code = CODE + "\n// once\n"
    assert judged(code) is judged(code)
    assert len(runs) == 1


def test_what_waits_for_the_code_is_asked_last(
    monkeypatch: pytest.MonkeyPatch, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    """The code runs beside the other controls, so none of those may stand behind one that waits for it."""
    asked: list[str] = []

    def noted(record: Control, scope: Scope) -> Outcome:
        asked.append(record.id)
        return run(record, scope)

    def waited(code: LoginCode) -> judge.Verdict:
        asked.append("waits")
        return judge_login_code(code)

    monkeypatch.setattr("policies.engine.judge.run", noted)
    monkeypatch.setattr("policies.login.code.judge_login_code", waited)
    judge_stacks(synthesized, folder=synthesized_folder)
    others = {key for key, each in load_controls().items() if each.module != "policies.login.code"}
    assert "waits" in asked
    assert others.isdisjoint(asked[asked.index("waits") :])


def test_many_are_judged_at_once() -> None:
    """Runs share nothing."""
    codes = [CODE + f"\n// {number}\n" for number in range(2)]
    found: list[judge.Verdict] = []
    threads = [threading.Thread(target=lambda code=code: found.append(judged(code))) for code in codes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.problems for each in found] == [(), ()]


def test_without_node_nothing_passes(
    monkeypatch: pytest.MonkeyPatch, synthesized: dict[str, Any], synthesized_folder: Path
) -> None:
    monkeypatch.setenv("JSII_NODE", "/nonexistent/node")
    with pytest.raises(NodeMissing):
        judged(CODE + "\n// no Node\n")
    begin.cache_clear()
    report = judge_stacks(synthesized, folder=synthesized_folder)
    members = [each for each in report.results if each.control.id == "D02-members-only"]
    assert [each.verdict for each in members] == ["UNKNOWN"]
    assert "cannot be run" in members[0].message
    assert report.verdict == "broken"
    begin.cache_clear()
