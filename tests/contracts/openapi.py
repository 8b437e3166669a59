"""Requests and answers held against an OpenAPI 3.1 document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from jsonschema import Draft202012Validator

METHODS = {"get", "post", "patch", "put", "delete"}


class Document:
    """`complaints_…` give what is wrong, in words; an empty list is a pass."""

    def __init__(self, path: Path) -> None:
        self.content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._templates = {self._pattern(template): template for template in self.content["paths"]}

    def complaints_of_request(
        self, method: str, path: str, query: str, headers: dict[str, str], body: Any
    ) -> list[str]:
        item = self._item(path)
        operation = (item or {}).get(method.lower())
        if operation is None:
            return [f"{method} {path} is not there"]
        known = [
            self._resolve(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))
        ]
        sent = {(name, "query"): value for name, value in parse_qsl(query, keep_blank_values=True)}
        sent |= {(name.lower(), "header"): value for name, value in headers.items()}
        return [
            *self._unknown(known, sent),
            *(complaint for one in known for complaint in self._parameter(one, sent)),
            *self._body(operation.get("requestBody"), body),
        ]

    def complaints_of_answer(self, method: str, path: str, status: int, kind: str, body: Any) -> list[str]:
        answers = self._item(path)[method.lower()]["responses"]
        keys = (str(status), f"{status // 100}XX", "default")
        answer = next((answers[key] for key in keys if key in answers), None)
        if answer is None:
            return [f"{status} is not there"]
        content = self._resolve(answer).get("content", {})
        if body is None and not content:
            return []
        if kind not in content:
            return [f"{kind} is not there for {status}"]
        return self.against(content[kind]["schema"], body)

    def examples(self) -> list[tuple[Any, Any]]:
        """Every (schema, example) pair, of whatever media type."""
        return [
            (node["schema"], node["example"]) for node in self._nodes() if {"schema", "example"} <= set(node)
        ]

    def loose_ends(self) -> list[str]:
        """References that lead nowhere."""
        return [node["$ref"] for node in self._nodes() if "$ref" in node and not self._leads(node)]

    def _nodes(self) -> Iterator[dict[str, Any]]:
        pending: list[Any] = [self.content]
        while pending:
            node = pending.pop()
            if isinstance(node, dict):
                yield node
            pending += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()

    def _leads(self, node: dict[str, Any]) -> bool:
        try:
            return bool(self._resolve(node))
        except KeyError:
            return False

    def against(self, schema: Any, value: Any) -> list[str]:
        # The components come along so that `#/components/…` is found.
        whole = {"allOf": [schema], "components": self.content["components"]}
        checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        return [error.message for error in checker.iter_errors(value)]

    def _unknown(self, known: list[Any], sent: dict[tuple[str, str], str]) -> list[str]:
        names = {one["name"] for one in known if one["in"] == "query"}
        return [
            f"{name} is not a parameter" for name, where in sent if where == "query" and name not in names
        ]

    def _parameter(self, one: Any, sent: dict[tuple[str, str], str]) -> list[str]:
        if one["in"] == "path":
            return []
        name = one["name"].lower() if one["in"] == "header" else one["name"]
        if (name, one["in"]) not in sent:
            return [f"{one['name']} is missing"] if one.get("required") else []
        return self.against(one["schema"], _value(sent[name, one["in"]], one["schema"].get("type")))

    def _body(self, expected: Any, body: Any) -> list[str]:
        if expected is None:
            return [] if body is None else ["a body is not expected"]
        return self.against(expected["content"]["application/json"]["schema"], body)

    def _item(self, path: str) -> Any:
        template = next((one for pattern, one in self._templates.items() if pattern.fullmatch(path)), None)
        return self.content["paths"].get(template)

    def _resolve(self, node: Any) -> Any:
        while "$ref" in node:
            target = self.content
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    @staticmethod
    def _pattern(template: str) -> re.Pattern[str]:
        parts = re.split(r"\{[^}]+\}", template)
        return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _value(text: str, kind: str | None) -> Any:
    if kind == "array":
        return text.split(",")
    if kind in {"integer", "boolean", "number"}:
        return json.loads(text)
    return text
