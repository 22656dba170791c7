"""Name -> a candidate: an engine, or a way of asking one.

An engine's module says a scenario's rules in that engine's language (`source`), loads them (`load`), and
hands back what is timed. What is known of a token before it is used is prepared beforehand, for every
engine alike, as is the shape that the engine wants the token in; the resource is a dict, as a service
has it, and what an engine needs it turned into is turned at each call.
"""

from benchmarks.engines.candidate import Candidate, Peer, Ready, Skipped

__all__ = ["CANDIDATES", "PEERS", "Candidate", "Peer", "Ready", "Skipped"]

PEERS = (
    Peer("vakt", "vakt==1.6.0"),
    Peer("regorus", "gordon-to-regorus==0.13.0"),
    Peer("cel", "common-expression-language==0.10.0"),
    # Plain ctypes around a library: what it asks of Python and of other packages, it does not need.
    Peer("opa", "opa-golib-python-bindings==0.4.4", ("--no-deps", "--ignore-requires-python")),
    Peer("cedar", "cedarpy==4.12.2"),
    Peer("casbin", "pycasbin==2.8.0"),
    Peer("sqlalchemy", "sqlalchemy==2.1.9"),
)
"""Other engines, and whose instances may be asked about; each optional."""

_ALL = (
    Candidate("by hand", "by_hand", "raw claims, no checks", "raw"),
    Candidate("by hand, checked", "by_hand", "raw claims, validity and types checked", "checked"),
    Candidate("by hand, prepared", "by_hand", "frozensets made beforehand, no checks", "prepared"),
    Candidate("remit allows", "embedded", "principal at hand", "allows"),
    Candidate("remit decide", "embedded", "principal at hand", "decide"),
    Candidate("remit from claims", "embedded", "principal made at each call, then `allows`", "claims"),
    Candidate("remit bundle", "embedded", "principal at hand, policies compiled beforehand", "bundle"),
    Candidate("vakt", "scanning", "subject at hand", peer="vakt"),
    Candidate("vakt, split", "scanning", "a guard for each kind, caller picks", "split", peer="vakt"),
    Candidate("regorus VM", "rego", "token as JSON text at hand", "regorus", peer="regorus"),
    Candidate(
        "regorus VM, split", "rego", "a program for each kind, caller picks", "regorus split", "regorus"
    ),
    Candidate("CEL", "expressions", "caller dispatches by kind and action", peer="cel"),
    Candidate("OPA in process", "rego", "token as a dict at hand", "opa", peer="opa"),
    Candidate("cedarpy", "cedar", "parsed policies at hand", peer="cedar"),
    Candidate("pycasbin", "casbin_model", "Enforcer", peer="casbin"),
    Candidate("pycasbin, fast", "casbin_model", "FastEnforcer", "fast", peer="casbin"),
)

CANDIDATES = {candidate.name: candidate for candidate in _ALL}
