"""Follows every link of the server's OpenAPI document, each from an answer that the server gave.

Schemathesis' own stateful runs choose among some two hundred beginnings by chance and reach one link in fifteen. This goes
through the operations that links begin at, one after the other: a request (the document's example, and one that
Schemathesis makes from the schema), then each link of the answer with what it carries, then the links of that answer.
Every answer is held against the document by Schemathesis' checks; what became of an order also against its
`x-order-response`. Reads the place of the server as JSON from the standard input; writes one line of JSON.
"""

import json
import sys
import time
import warnings

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.stateful._link_chooser import collect_link_candidates

warnings.simplefilter("ignore")
place = json.load(sys.stdin)
ENDS_AT = time.monotonic() + place["seconds"]
DEPTH_MAX = 4
POLLS = {"PollOrder", "PollFetch"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]

session = requests.Session()
session.headers["Authorization"] = f"Bearer {place['token']}"
document = session.get(f"{place['url']}/openapi.json", timeout=30).json()
schema = schemathesis.openapi.from_dict(document)
schema.config.base_url = place["url"]
operations = {found.ok().label: found.ok() for found in schema.get_all_operations()}
raw = {f"{method.upper()} {path}": one for path, item in document["paths"].items() for method, one in item.items()}
links = {(label, name) for label, one in raw.items() for name in one["responses"].get("200", {}).get("links", {})}
by_id = {one["operationId"]: label for label, one in raw.items()}

followed, outcomes, faults = set(), {}, []
ended = {"done": 0, "refused": 0}


def name_of(operation):
    return raw[operation.label]["operationId"]


def here(value, name=""):
    """The value with ids of this server where the recorded example names those of another."""
    if isinstance(value, dict):
        return {key: here(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [here(inner, name) for inner in value]
    return place["ids"].get(name, value)


def example_of(operation):
    content = raw[operation.label].get("requestBody", {}).get("content", {}).get("application/json", {})
    return here(content["example"]) if "example" in content else None


def made(operation, path_parameters):
    """One request that fits the schema, as Schemathesis makes it."""
    cases = []
    strategy = operation.as_strategy(path_parameters=path_parameters)

    @settings(
        max_examples=1,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case):
        cases.append(case)

    draw()
    return cases[0]


def case_of(operation, path_parameters, body):
    if body is None:
        return made(operation, path_parameters)
    return operation.Case(path_parameters=path_parameters, body=body, media_type="application/json")


def sent(case):
    response = case.call(session=session, timeout=40)
    try:
        case.validate_response(response, checks=CHECKS)
    except Exception as fault:  # every failure is told; the run goes on
        faults.append(f"{case.operation.label} {response.status_code}: {str(fault)[:600]}")
    return response


def check_outcome(source, response):
    """What became of an order is what the operation that placed it says."""
    outcome = response.json().get("response", {}) if response.status_code == 200 else {}
    if "success" not in outcome:
        return
    ended["done" if outcome["success"] else "refused"] += 1
    if not outcome["success"]:
        if not isinstance(outcome.get("message"), str):
            faults.append(f"{source}: a refusal without a message: {json.dumps(outcome)[:300]}")
        return
    outcomes[source] = True
    told = raw[source].get("x-order-response", {}).get("schema")
    if told is not None and not jsonschema_rs.is_valid(told, outcome):
        faults.append(f"{source}: outcome is not as x-order-response says: {json.dumps(outcome)[:500]}")


def follow(operation, case, response, depth):
    if depth > DEPTH_MAX or response.status_code != 200 or time.monotonic() > ENDS_AT:
        return
    fresh = [link for link in links - followed if link[0] == operation.label]
    if not fresh:
        return
    reached = collect_link_candidates(
        operation=operation,
        case=case,
        response=response,
        operations_by_label=operations,
        excluded_labels=set(),
    )
    # What removes comes last.
    for target, carried in sorted(reached, key=lambda one: one[0].method == "delete"):
        ways = [name for label, name in fresh if label == operation.label and leads_to(label, name, target)]
        if not ways or (operation.label, ways[0]) in followed:
            continue
        parameters = {**tenant_of(target), **carried.get("path_parameters", {})}
        next_case = case_of(target, parameters, example_of(target))
        if name_of(target) in POLLS:
            next_case.query = {"wait": 10}
        answer = sent(next_case)
        followed.add((operation.label, ways[0]))
        if name_of(target) in POLLS:
            check_outcome(operation.label, answer)
        follow(target, next_case, answer, depth + 1)


def leads_to(label, name, target):
    return by_id[raw[label]["responses"]["200"]["links"][name]["operationId"]] == target.label


def tenant_of(operation):
    return {name: place[name] for name in ("pool", "logpoint") if f"{{{name}}}" in operation.label}


# What makes objects comes first, then what lists them, then what changes and removes one.
ORDER = {"post": 0, "get": 1, "put": 2, "delete": 3}
starts = sorted({label for label, _ in links}, key=lambda label: ("{id}" in label, ORDER[operations[label].method], label))
for label in starts:
    operation = operations[label]
    missing = {"id": place["ids"]["id"], "repo": "default"}
    parameters = {**tenant_of(operation), **{name: value for name, value in missing.items() if f"{{{name}}}" in label}}
    for body in [example_of(operation), None] if operation.method in ("post", "put") else [None]:
        if time.monotonic() > ENDS_AT:
            break
        case = case_of(operation, parameters, body)
        follow(operation, case, sent(case), 1)

print(
    json.dumps(
        {
            "links": len(links),
            "followed": len(followed),
            "orders": len([link for link in links if link[1] == "order"]),
            "orders_followed": len([link for link in followed if link[1] == "order"]),
            "ended": ended,
            "succeeded": len(outcomes),
            "missed": sorted(" -> ".join(link) for link in links - followed),
            "faults": faults,
        }
    )
)
