"""What lifecycle rules add to answers: when an upload will be aborted, and when an object expires."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import lifecycle_rules, upcoming_abort, upcoming_expiration
from fakes3mp.core.objects import S3Object
from fakes3mp.core.uploads import Upload
from fakes3mp.operations.registry import Answer


def abort_members(bucket: Bucket, upload: Upload) -> Answer:
    """AbortDate and AbortRuleId, if a rule will abort this upload (F113)."""
    abort = upcoming_abort(lifecycle_rules(bucket), upload.key, upload.properties.tags, upload.initiated)
    return {} if abort is None else {"AbortDate": abort[0], "AbortRuleId": abort[1]}


def expiration_member(bucket: Bucket, version: S3Object) -> Answer:
    """When a lifecycle rule will expire the object, in the format of x-amz-expiration (S3's manual)."""
    expiration = upcoming_expiration(bucket, version)
    if expiration is None:
        return {}
    date, rule_id = expiration
    return {"Expiration": f'expiry-date="{http_date(date)}", rule-id="{quote(rule_id)}"'}


def http_date(date: datetime) -> str:
    """``Fri, 21 Dec 2012 00:00:00 GMT``, in English whatever the locale."""
    weekday, month, day, time, year = date.ctime().split()
    return f"{weekday}, {day:0>2} {month} {year:0>4} {time} GMT"
