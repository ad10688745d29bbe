"""Storage class analysis: the checks of an AnalyticsConfiguration. Nothing is analysed, and no report is delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.errors import S3Error
from fakes3mp.operations.configurations.filters import check_filter


def check_analytics(analytics_configuration: Mapping[str, Any]) -> None:
    """Which objects are analysed, and where reports are exported to (S3's manual)."""
    check_filter(analytics_configuration.get("Filter"))
    export = analytics_configuration["StorageClassAnalysis"].get("DataExport")
    if export is None:
        return
    destination = export["Destination"]["S3BucketDestination"]
    if export["OutputSchemaVersion"] != "V_1" or destination["Format"] != "CSV":
        raise S3Error("MalformedXML")


def analytics_destination(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Where the reports of an analysis would be delivered."""
    export = document["StorageClassAnalysis"].get("DataExport")
    destination: Mapping[str, Any] | None = export and export["Destination"]["S3BucketDestination"]
    return destination
