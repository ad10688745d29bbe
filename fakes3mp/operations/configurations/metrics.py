"""Request metrics: the checks of a MetricsConfiguration. Nothing is measured: the document is all that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.operations.configurations.filters import check_filter


def check_metrics(metrics_configuration: Mapping[str, Any]) -> None:
    """What is measured: all requests, or those for the objects of a filter (S3's manual)."""
    check_filter(metrics_configuration.get("Filter"))
