"""One HTTP request through the fake: read it, choose a fault, run the pipeline, write the response."""

from __future__ import annotations

from msgspec.structs import replace

from fakes3mp.errors import S3Error
from fakes3mp.service.cors import add_cors_headers, answer_preflight
from fakes3mp.service.fault_effects import NO_EFFECT
from fakes3mp.service.service import Service
from fakes3mp.service.sts import answer_sts, is_sts_request
from fakes3mp.wire.addressing import is_control_request
from fakes3mp.wire.forms import read_form
from fakes3mp.wire.messages import Request, Response
from fakes3mp.wire.quirks import CONTROL
from fakes3mp.wire.request_reader import read_request
from fakes3mp.wire.response_writer import ResponseIds, safe_headers, write_error, write_response
from fakes3mp.wire.website_address import WebsiteAddress, website_address


def handle_request(service: Service, request: Request) -> Response:
    """Answer one HTTP request. Raises ConnectionFailure where a fault breaks the connection."""
    website = website_address(request.url, request.endpoint)
    if website is not None:
        return _answer_website(service, request, website)
    if is_sts_request(request):
        return answer_sts(service, request)
    ids = service.ids(service.store.now())
    response = add_cors_headers(service.store, request, _answer(service, request, ids))
    return _with_safe_headers(response)


def _with_safe_headers(response: Response) -> Response:
    headers = safe_headers(response.headers)
    return response if headers is response.headers else replace(response, headers=headers)


def _answer_website(service: Service, request: Request, address: WebsiteAddress) -> Response:
    from fakes3mp.service.website.hosting import answer_website  # which few tests need

    return _with_safe_headers(answer_website(service, request, address))


def _answer(service: Service, request: Request, ids: ResponseIds) -> Response:
    effect, form = NO_EFFECT, None
    try:
        if request.method == "OPTIONS":
            return answer_preflight(service.store, request, ids)
        form = read_form(request)
        request = form.as_put() if form else request
        typed_request = read_request(request)

        operation = typed_request.operation.removeprefix(CONTROL)
        effect = service.faults.effect_for(operation, typed_request.params, typed_request.client_info)
        changed_request = effect.apply_to_request(request)
        if changed_request is not request:
            typed_request = read_request(changed_request)

        result = service.answer(typed_request, effect, ids)
    except S3Error as error:
        is_control = is_control_request(request.url, request.headers)
        return effect.apply_to_response(write_error(error, request.method, ids, is_control=is_control))
    response = write_response(typed_request.operation, request.method, result, ids)
    return effect.apply_to_response(form.respond(response) if form else response)
