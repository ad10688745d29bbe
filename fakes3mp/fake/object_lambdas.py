"""Functions of Object Lambda access points, as users give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes3mp.service.service import Service


class ObjectLambdaMethods:
    """Part of FakeS3: the functions that answer reads through Object Lambda access points."""

    _service: Service

    def object_lambda(self, arn: str, function: Callable[..., Any]) -> None:
        """Let a function answer reads through an Object Lambda access point.

        Parameters
        ----------
        arn : str
            The ARN of the Object Lambda access point, or that of the function in its configuration.
        function : callable
            It is called with S3's event, and with a context if it takes two arguments, as a Lambda function is. It answers
            with WriteGetObjectResponse, or by what it returns: bytes, text, or a dict with members of
            WriteGetObjectResponse.

        Examples
        --------
        >>> from fakes3mp import FakeS3
        >>> fake = FakeS3()
        >>> fake.object_lambda("arn:aws:lambda:us-east-1:123456789012:function:upper", lambda event: b"BODY")
        """
        self._service.object_lambdas.functions[arn] = function
