"""How the views tell their contract as OpenAPI 3.1: what every view has is told here, once."""

from __future__ import annotations

import functools
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backend.core.http import pages
from backend.core.http.problems import MEDIA_TYPE

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of the version that is changed."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200},
    OpenApiParameter.HEADER,
    description="The same key gets the first reply again, for 24 hours.",
)
PAGE = (
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": pages.MOST, "default": pages.DEFAULT}),
    OpenApiParameter("before", str, description="`prev` of a page; not together with `after`."),
    OpenApiParameter("after", str, description="`next` of a page."),
)
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable, and what clients translate.",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class Schema(AutoSchema):
    """Adds the parameters that follow from a view's own attributes."""

    def get_override_parameters(self) -> list[Any]:
        added: list[Any] = []
        if self.method == "GET" and set(pages.PARAMETERS) <= set(getattr(self.view, "parameters", ())):
            added += PAGE
        repeatable = getattr(self.view, "repeatable", False) and not getattr(self.view, "shows_secret", False)
        if self.method == "POST" and repeatable and self.get_auth():
            added.append(IDEMPOTENCY_KEY)
        return [*super().get_override_parameters(), *added]


class StrictInput(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """What is not declared is refused, and the schema says so."""

    target_class = "backend.core.http.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class UniqueItems(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A list that refuses the same item twice says so."""

    target_class = "backend.core.http.serializers.ListOf"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return {**schema, "uniqueItems": True} if self.target.unique else schema


def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of such items, for the schema."""
    name = item.__name__.removesuffix("Serializer") + "Page"
    cursor = {"allow_null": True}
    fields = {
        "items": item(many=True),
        "next": serializers.CharField(**cursor),  # type: ignore[arg-type]
        "prev": serializers.CharField(**cursor),  # type: ignore[arg-type]
    }
    return type(name, (serializers.Serializer,), fields)


def tell_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: every operation may answer with a problem."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    told = {
        "description": "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].setdefault("default", told)
    return result


@functools.cache
def document() -> bytes:
    """The OpenAPI document as JSON, made once per process."""
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    rendered: bytes = OpenApiJsonRenderer().render(schema, renderer_context={})
    return rendered
