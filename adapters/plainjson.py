"""The kind `json`: a plain JSON server, described whole by `kinds/json.yaml`."""

from __future__ import annotations

from adapters.manifest import shipped
from adapters.rest import kind_of

KIND = kind_of(shipped("json"))
