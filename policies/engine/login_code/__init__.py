"""Judges login code by running it, against an Auth0 and a GitHub that answer in every way and lie in many."""

from __future__ import annotations

from policies.engine.login_code.judge import LoginCode, Problem, Secrets, Verdict, begin, judge_login_code
from policies.engine.login_code.node import NodeMissing

__all__ = ["LoginCode", "NodeMissing", "Problem", "Secrets", "Verdict", "begin", "judge_login_code"]
