"""The types of what a test looks at, for annotations: ``from fakes3mp.types import UploadView``."""

from fakes3mp.core.lifecycle_actions import LifecycleAction
from fakes3mp.fake.state import Snapshot
from fakes3mp.inspection.call_lists import Calls, GroupedCall
from fakes3mp.inspection.calls import Call
from fakes3mp.inspection.object_views import BucketView, BucketViews, ObjectView
from fakes3mp.inspection.outcomes import Outcome
from fakes3mp.inspection.part_views import Attempt, ETag, PartView
from fakes3mp.inspection.upload_lists import UploadViews
from fakes3mp.inspection.upload_views import UploadView
from fakes3mp.names import ErrorCode, FaultName, OperationName
from fakes3mp.options import Options
from fakes3mp.service.fault_rules import Fault
from fakes3mp.service.faults import Faults

__all__ = [
    "Attempt",
    "BucketView",
    "BucketViews",
    "Call",
    "Calls",
    "ETag",
    "ErrorCode",
    "Fault",
    "FaultName",
    "Faults",
    "GroupedCall",
    "LifecycleAction",
    "ObjectView",
    "OperationName",
    "Options",
    "Outcome",
    "PartView",
    "Snapshot",
    "UploadView",
    "UploadViews",
]
