"""The OpenAPI document: what the framework generates, made to say all that is true of our API."""

import copy
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI

from config import problems
from programmes.apikeys import Bearer

IDEMPOTENCY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    "description": (
        "A word of your own for this call. The same key and body within a day give the same answer "
        "once more and change nothing; with another body they are refused with 422 "
        "`idempotency-mismatch`, and with 409 `idempotency-in-progress` while the first runs."
    ),
}
_HEADERS = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}}},
    "429": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
}


def complete(document: dict[str, Any], api: NinjaAPI) -> dict[str, Any]:
    """``document`` with the media type of problems, optional keys and the header of POSTs."""
    operations = {
        operation.operation_id: operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    }
    for path in document["paths"].values():
        for method, described in path.items():
            bearer = operations[described["operationId"]].auth_callbacks[0]
            _describe(described, method, bearer)
    return document


def _describe(described: dict[str, Any], method: str, bearer: Bearer) -> None:
    described["security"] = [{"Bearer": []}, {}] if bearer.optional else [{"Bearer": []}]
    described["x-scope"] = bearer.scope
    answers = {str(status): answer for status, answer in described["responses"].items()}
    may_always = {"401", "403", "429"}
    if method == "post":
        described["parameters"].append(IDEMPOTENCY)
        may_always |= {"409", "422"}
    for status in may_always:
        phrase = HTTPStatus(int(status)).phrase
        answers.setdefault(status, answers["401"] | {"description": phrase})
    described["responses"] = {name: copy.deepcopy(answers[name]) for name in sorted(answers)}
    for status, response in described["responses"].items():
        if int(status) >= 400:
            schema = response["content"].pop("application/json")
            response["content"][problems.TYPE] = schema
            response.update({"headers": _HEADERS[status]} if status in _HEADERS else {})
