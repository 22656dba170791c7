"""remit: policy decisions for OAuth2 resource servers, inside the service.

    text --syntax--> Document --checker--> Checked --compiler--> RuleTree, Program
    verified claims --tokens--> Principal
    Program + Principal + action + resource --decider--> Decision

An engine is built once; then it answers:

    engine = Engine.load("policies/documents")
    who = engine.principal(VerifiedClaims(claims))
    if engine.allows(who, "read", document): ...
"""

from remit.compiler.ruletree import RuleReference
from remit.decider.decision import Decision, Denial, Layers, Login, Obligation, Verdict
from remit.decider.engine import Denied, Engine
from remit.decider.explain import Explanation
from remit.decider.fixes import Change, Fix, Fixes
from remit.decider.requests import Request
from remit.diagnostics import Finding
from remit.errors import BundleError, ConfigurationError, PolicyError, RemitError
from remit.tokens.challenge import Challenge
from remit.tokens.directory import Assignment
from remit.tokens.facts import Presented
from remit.tokens.principal import Principal, VerifiedClaims

__all__ = [
    "Assignment",
    "BundleError",
    "Challenge",
    "Change",
    "ConfigurationError",
    "Decision",
    "Denial",
    "Denied",
    "Engine",
    "Explanation",
    "Finding",
    "Fix",
    "Fixes",
    "Layers",
    "Login",
    "Obligation",
    "PolicyError",
    "Presented",
    "Principal",
    "RemitError",
    "Request",
    "RuleReference",
    "Verdict",
    "VerifiedClaims",
]
