"""Name -> a scenario: rules in no engine's language, requests from a seed, and the right answers.

The scenarios are those of the results: S1 is the scope test alone, S2 the documents policy, S3-N the
same shape over N/10 kinds of documents (ten rules each), asked about uniformly or after Zipf with
exponent 1.1, tenants-N one action with a rule for each of N tenants, roles-N as many roles as scopes and
actions.
"""

from benchmarks.scenarios.scenario import Claims, Request, Resource, Scenario, Shape

__all__ = ["GROWTH", "SCENARIOS", "Claims", "Request", "Resource", "Scenario", "Shape"]

GROWTH = (10, 100, 1_000, 10_000)
"""Numbers of rules that the picture shows."""

_ALL = (
    Scenario("s1", Shape.SCOPE, rules=4),
    Scenario("s2", Shape.DOCUMENTS, rules=10),
    Scenario("s2-unseen", Shape.DOCUMENTS, rules=10, unseen=True),
    *(Scenario(f"s3-{rules}", Shape.DOCUMENTS, rules=rules) for rules in GROWTH),
    *(Scenario(f"s3-{rules}-zipf", Shape.DOCUMENTS, rules=rules, zipf=1.1) for rules in GROWTH[2:]),
    Scenario("tenants-100", Shape.TENANTS, rules=100),
    Scenario("tenants-10000", Shape.TENANTS, rules=10_000),
    Scenario("roles-10", Shape.ROLES, rules=10),
    Scenario("roles-1000", Shape.ROLES, rules=1_000),
)

SCENARIOS = {scenario.name: scenario for scenario in _ALL}
