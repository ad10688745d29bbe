"""HTTP in, HTTP out: what stands around the corridor for every door that speaks HTTP.

What may live here: the order of things. Preflights, forms, faults of the connection, reading and writing are each the
business of rooms of their own.
"""

from __future__ import annotations

from fakes3mp.errors import S3Error
from fakes3mp.service.cors import preflight, shared
from fakes3mp.service.fault_effects import NO_EFFECT
from fakes3mp.service.service import Service
from fakes3mp.wire.forms import posted
from fakes3mp.wire.messages import Request, Response
from fakes3mp.wire.request_reader import arrived
from fakes3mp.wire.response_writer import Ids, refused, written


def exchange(service: Service, request: Request) -> Response:
    """Answer one HTTP request; raises ConnectionFailure where a fault breaks the connection instead."""
    return shared(service.store, request, _answered(service, request, service.ids(service.store.now())))


def _answered(service: Service, request: Request, ids: Ids) -> Response:
    strike, form = NO_EFFECT, None
    try:
        if asked := preflight(service.store, request, ids):
            return asked
        form = posted(request)
        request = form.as_put() if form else request
        arrival = arrived(request)
        strike = service.faults.strike(arrival.operation.rpartition(".")[2], arrival.params, arrival.client_info)
        received = strike.received(request)
        if received is not request:
            arrival = arrived(received)
        answer = service.call(arrival, strike, ids)
    except S3Error as error:
        return strike.sent(refused(error, request.method, ids))
    response = written(arrival.operation, request.method, answer, ids)
    return strike.sent(form.answered(response) if form else response)
