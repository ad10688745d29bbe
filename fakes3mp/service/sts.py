"""STS: temporary credentials and whose they are, for clients that sign in before they call S3.

Its requests are forms with an ``Action``, its answers XML (AWS's query protocol). The credentials that it gives are known
to the fake: calls that are signed with them act for the account of the role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fakes3mp.core.content import Content
from fakes3mp.wire.messages import Request, Response

if TYPE_CHECKING:
    from fakes3mp.service.service import Service

Form = Mapping[str, str]
Result = Mapping[str, "str | Result"]
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_VERSION = b"Version=2011-06-15"
_SIGNED_WITH = re.compile(r"Credential=([^/,\s]+)/")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)")


class STSError(Exception):
    """An error that STS answers: its code, with status 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code: str = code
        self.message: str = message


def is_sts_request(request: Request) -> bool:
    """Whether a request is for STS; S3 has no such form."""
    return request.method == "POST" and len(request.body) < 1 << 16 and _VERSION in request.body


def answer_sts(service: Service, request: Request) -> Response:
    """Answer one request of STS. It is not recorded."""
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    action = form.get("Action", "")
    ids = service.ids(service.store.now())
    try:
        if action not in _ACTIONS:
            raise STSError("InvalidAction", f"fakes3mp does not implement {action} of STS.")
        result = _ACTIONS[action](service, form, _access_key(request))
        status = 200
        text = f"<{action}Result>{_elements(result)}</{action}Result><ResponseMetadata>{{}}</ResponseMetadata>"
        root = f"{action}Response"
    except STSError as error:
        status, root = 400, "ErrorResponse"
        text = f"<Error>{_elements({'Type': 'Sender', 'Code': error.code, 'Message': error.message})}</Error>{{}}"
    request_id = f"<RequestId>{ids.request}</RequestId>"
    document = f'<{root} xmlns="{_NAMESPACE}">{text.replace("{}", request_id)}</{root}>'.encode()
    headers = {"x-amzn-requestid": ids.request, "content-type": "text/xml", "content-length": str(len(document))}
    return Response(status, headers, Content.of(document))


def _elements(result: Result) -> str:
    return "".join(
        f"<{name}>{escape(value) if isinstance(value, str) else _elements(value)}</{name}>"
        for name, value in result.items()
    )


def _access_key(request: Request) -> str:
    """The access key that the request is signed with; empty for none."""
    match = _SIGNED_WITH.search(request.headers.get("authorization", ""))
    return match[1] if match else ""


def _get_caller_identity(service: Service, form: Form, access_key: str) -> Result:
    account = service.credentials.account_of(access_key)
    arn = service.sessions.get(access_key, f"arn:aws:iam::{account}:user/fakes3mp")
    is_role = ":assumed-role/" in arn
    return {
        "Arn": arn,
        "UserId": f"AROA{account}:{arn.rpartition('/')[2]}" if is_role else access_key,
        "Account": account,
    }


def _assume_role(service: Service, form: Form, access_key: str) -> Result:
    role, name = _ROLE.fullmatch(form.get("RoleArn", "")), form.get("RoleSessionName", "fakes3mp")
    if role is None:
        raise STSError("ValidationError", f"{form.get('RoleArn')} is invalid")
    arn = f"arn:aws:sts::{role[1]}:assumed-role/{role[2]}/{name}"
    user = {"AssumedRoleId": f"AROA{role[1]}:{name}", "Arn": arn}
    return {"Credentials": _new_credentials(service, form, role[1], arn, 3600), "AssumedRoleUser": user}


def _get_session_token(service: Service, form: Form, access_key: str) -> Result:
    account = service.credentials.account_of(access_key)
    arn = service.sessions.get(access_key, f"arn:aws:iam::{account}:user/fakes3mp")
    return {"Credentials": _new_credentials(service, form, account, arn, 43200)}


def _get_federation_token(service: Service, form: Form, access_key: str) -> Result:
    account, name = service.credentials.account_of(access_key), form.get("Name", "")
    arn = f"arn:aws:sts::{account}:federated-user/{name}"
    user = {"FederatedUserId": f"{account}:{name}", "Arn": arn}
    return {"Credentials": _new_credentials(service, form, account, arn, 43200), "FederatedUser": user}


def _get_access_key_info(service: Service, form: Form, access_key: str) -> Result:
    return {"Account": service.credentials.account_of(form.get("AccessKeyId", ""))}


def _new_credentials(service: Service, form: Form, account: str, arn: str, usual_seconds: int) -> Result:
    """Credentials that act for an account, and what STS says of them; the clock is the fake's."""
    number = f"{len(service.sessions) + 1:X}".translate(str.maketrans("01", "GH"))  # base32 has neither 0 nor 1
    access_key = f"FSIA{number.rjust(16, 'A')}"
    secret, token = f"secret-of-{access_key}", f"token-of-{access_key}"
    is_session_arn = arn.startswith("arn:aws:sts:")
    service.credentials.add(access_key, secret, account_id=account, arn=arn if is_session_arn else None)
    service.sessions[access_key] = arn
    expires = service.store.now() + timedelta(seconds=int(form.get("DurationSeconds", usual_seconds)))
    return {
        "AccessKeyId": access_key,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
    }


_ACTIONS: dict[str, Callable[[Service, Form, str], Result]] = {
    "GetCallerIdentity": _get_caller_identity,
    "AssumeRole": _assume_role,
    "AssumeRoleWithWebIdentity": _assume_role,
    "AssumeRoleWithSAML": _assume_role,
    "GetSessionToken": _get_session_token,
    "GetFederationToken": _get_federation_token,
    "GetAccessKeyInfo": _get_access_key_info,
}
