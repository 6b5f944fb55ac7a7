"""Strict input: nothing is coerced, nothing is ignored, and a fault names its place by a JSON pointer.

Each field has its code for each fault (`titles.py`); the texts of DRF are never shown, for some repeat the input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from backend.core.text import MAX_BODY, TextRefused, normalise_body, normalise_line

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """Input that holds what is declared and nothing else."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": [ErrorDetail("", "not_object")]})
        known = {str(field.field_name) for field in self._writable_fields}
        faults: dict[str, Any] = {}
        values: dict[str, Any] = {}
        try:
            values = super().to_internal_value({name: data[name] for name in known & data.keys()})
        except ValidationError as fault:
            faults = dict(cast("dict[str, Any]", fault.detail))
        if data.keys() - known:
            # The pointer is that of the object: the name that is not known is input, and input is never echoed.
            told = _("Known here: %(names)s.") % {"names": ", ".join(sorted(known))}
            faults.setdefault("non_field_errors", []).append(ErrorDetail(told, "unknown_field"))
        if faults:
            raise ValidationError(faults)
        return values


class Text(serializers.CharField):
    """A text as people write it, normalised; `max_length` in characters after that.

    One line unless `multiline`. `allow_blank` takes an empty text as "".
    """

    default_error_messages = {"not_text": ""}

    def __init__(self, *, max_length: int = MAX_BODY, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        self.limit = max_length
        super().__init__(max_length=max_length, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        # Without CharField's own, which strips and compares before the text is normalised.
        return serializers.Field.run_validation(self, data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        normalise = normalise_body if self.multiline else normalise_line
        try:
            return normalise(text=data, limit=self.limit)
        except TextRefused as refused:
            if refused.code == "text_empty" and self.allow_blank:
                return ""
            raise ValidationError("", refused.code) from None


class Flag(serializers.BooleanField):
    """true or false, and nothing that looks like it."""

    default_error_messages = {"not_flag": ""}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("not_flag")
        return data


class Whole(serializers.IntegerField):
    """A whole number, both bounds included."""

    default_error_messages = {"not_whole": ""}

    def __init__(self, *, min: int, max: int, **kwargs: Any) -> None:  # noqa: A002
        super().__init__(min_value=min, max_value=max, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("not_whole")
        return data


class Uuid(serializers.UUIDField):
    """An id in its usual form."""

    default_error_messages = {"not_uuid": ""}

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data.lower()):
            self.fail("not_uuid")
        return UUID(data)


class Moment(serializers.DateTimeField):
    """A time of RFC 3339, with its offset."""

    default_error_messages = {"not_moment": ""}

    def to_internal_value(self, data: Any) -> datetime:
        moment = None
        if isinstance(data, str) and _MOMENT.fullmatch(data):
            with suppress(ValueError):  # such as the 30th of February
                moment = parse_datetime(data.upper())
        if moment is None or not 1970 < moment.year < 3000:
            self.fail("not_moment")
        return moment


class Choice(serializers.ChoiceField):
    """One of fixed words."""

    def __init__(self, choices: Iterable[str], **kwargs: Any) -> None:
        super().__init__(choices=list(choices), **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input="")
        return data


class ListOf(serializers.ListField):
    """A list of at most `max_length` items; `unique` refuses the same one twice."""

    default_error_messages = {"too_few_items": "", "too_many_items": "", "doubled": ""}

    def __init__(
        self,
        child: serializers.Field[Any, Any, Any, Any],
        *,
        max_length: int,
        min_length: int = 0,
        unique: bool = False,
        **kwargs: Any,
    ) -> None:
        self.unique = unique
        self.bounds = (min_length, max_length)
        super().__init__(child=child, max_length=max_length, min_length=min_length or None, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type="")
        least, most = self.bounds
        if len(data) > most:
            self.fail("too_many_items")
        if len(data) < least:
            self.fail("too_few_items")
        values: list[Any] = super().to_internal_value(data)
        if self.unique and any(value in values[:index] for index, value in enumerate(values)):
            self.fail("doubled")
        return values
