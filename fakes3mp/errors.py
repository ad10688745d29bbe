"""S3's errors: the exception ``S3Error``, and the table ``ERRORS`` of codes with their HTTP status and default message.

No other module has a status or a default message of a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.control_errors import CONTROL_ERRORS
from fakes3mp.select_errors import SELECT_ERRORS


class S3Error(Exception):
    """An error that S3 answers. It is the only exception that becomes a response of the fake.

    Parameters
    ----------
    code : str
        The error code, ``"NoSuchKey"``. It must be in ``ERRORS``.
    message : str, optional
        The message, by default that of the code.
    fields : mapping of str to str, optional
        Further elements of the error document in their order, ``{"UploadId": "..."}``.
    headers : mapping of str to str, optional
        Further HTTP headers of the response.

    Attributes
    ----------
    code : str
        The error code.
    status : int
        The HTTP status code.
    message : str
        The message.
    fields : dict of str to str
        Further elements of the error document.
    headers : dict of str to str
        Further HTTP headers of the response.

    Raises
    ------
    KeyError
        If ``code`` is not in ``ERRORS``.

    Examples
    --------
    >>> error = S3Error("NoSuchKey", fields={"Key": "a.txt"})
    >>> error.status, str(error)
    (404, 'NoSuchKey: The specified key does not exist.')
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        status, default = ERRORS[code]
        self.status: int = status
        self.message: str = default if message is None else message
        self.fields: dict[str, str] = dict(fields or {})
        self.headers: dict[str, str] = dict(headers or {})
        super().__init__(f"{code}: {self.message}")

    def __eq__(self, other: object) -> bool:
        """Equal errors have the same code, status, message and fields."""
        if not isinstance(other, S3Error):
            return NotImplemented
        members = ("code", "status", "message", "fields", "headers")
        return all(getattr(self, name) == getattr(other, name) for name in members)

    def __hash__(self) -> int:
        return hash((self.code, self.message))

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickle and copy make it of again: results of process pools and of pytest-xdist travel."""
        return _rebuild_error, (type(self), self.code, self.message, self.fields, self.headers, self.status)

    def is_final_for(self, operation: str) -> bool:
        """Whether clients raise the error at once, without a retry and without a redirect to another region.

        Parameters
        ----------
        operation : str
            The operation that failed, ``"HeadObject"``. A HEAD response with status 400 has no code, so botocore asks
            whether the bucket is in another region.

        Returns
        -------
        bool

        Examples
        --------
        >>> S3Error("NoSuchKey").is_final_for("GetObject"), S3Error("SlowDown").is_final_for("GetObject")
        (True, False)
        """
        if self.status == 400:
            return self.code not in RETRIED_BY_CLIENTS and not operation.startswith("Head")
        return self.status == 304 or 400 < self.status < 500


def _rebuild_error(
    kind: type[S3Error], code: str, message: str, fields: dict[str, str], headers: dict[str, str], status: int
) -> S3Error:
    error = kind(code, message, fields, headers)
    error.status = status
    return error


def invalid_argument(message: str, name: str, value: str | None = None) -> S3Error:
    """InvalidArgument with the name of the argument and mostly its value (F17, O11)."""
    fields = {"ArgumentName": name}
    if value is not None:
        fields["ArgumentValue"] = value
    return S3Error("InvalidArgument", message, fields)


def not_implemented_header(header: str, explanation: str | None = None) -> S3Error:
    """NotImplemented for a header that S3 does not support in this operation (F72, O47)."""
    fields = {"Header": header}
    if explanation is not None:
        fields["additionalMessage"] = explanation
    return S3Error("NotImplemented", None, fields)


def precondition_failed(condition: str) -> S3Error:
    """PreconditionFailed with the header of the condition that did not hold (F37, F66)."""
    return S3Error("PreconditionFailed", None, {"Condition": condition})


class UnhonouredParameter(AssertionError):
    """Raised in strict mode when a call has a parameter that the fake does not act on."""


# Errors with status 400 after which clients retry: later, with the same bytes, or in the region that the error names.
RETRIED_BY_CLIENTS = frozenset(
    ("RequestTimeout", "BadDigest", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
)

# code: (HTTP status, default message)
ERRORS: dict[str, tuple[int, str]] = {
    "400": (400, "Bad Request"),  # an answer without a document, of which clients make this code (O206)
    "AccessControlListNotSupported": (400, "The bucket does not allow ACLs"),
    "AccessDenied": (403, "Access Denied"),
    "AccessForbidden": (403, "CORSResponse: CORS is not enabled for this bucket."),
    "AccountProblem": (
        403,
        "There is a problem with your AWS account that prevents the operation from completing successfully.",
    ),
    "AllAccessDisabled": (403, "All access to this Amazon S3 resource has been disabled."),
    "AnnotationLimitExceeded": (400, "The request would exceed the maximum number of annotations allowed per object."),
    "AnnotationNameTooLong": (400, "The annotation name exceeds 512 bytes."),
    "AuthorizationHeaderMalformed": (400, "The authorization header that you provided is not valid."),
    "AuthorizationQueryParametersError": (400, "The authorization query parameters that you provided are not valid."),
    "BadDigest": (400, "The Content-MD5 you specified did not match what we received."),
    "BadRequest": (400, "An error occurred when parsing the HTTP request."),
    "BucketAlreadyExists": (
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the "
        "system. Please select a different name and try again.",
    ),
    "BucketAlreadyOwnedByYou": (
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    "BucketHasAccessPointsAttached": (
        400,
        "The bucket you tried to delete has access points attached. Delete your access points before deleting your bucket.",
    ),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty"),
    "ConditionalRequestConflict": (
        409,
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
    ),
    "CredentialsNotSupported": (400, "This request does not support credentials."),
    "CrossLocationLoggingProhibitted": (403, "Cross S3 location logging not allowed. "),
    "EncryptionTypeMismatch": (400, "The existing object was created with a different encryption type."),
    "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed size"),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed size"),
    "ExpiredToken": (400, "The provided token has expired."),
    "IdMismatch": (400, "Document ID does not match the specified configuration ID."),
    "IdempotencyParameterMismatch": (
        400,
        "Parameters on this idempotent request are inconsistent with parameters used in previous request(s).",
    ),
    "IllegalLocationConstraintException": (
        400,
        "The unspecified location constraint is incompatible for the region specific endpoint this "
        "request was sent to.",
    ),
    "IllegalVersioningConfigurationException": (400, "The Versioning element must be specified"),
    "IncompleteBody": (400, "You did not provide the number of bytes specified by the Content-Length HTTP header."),
    "IncorrectEndpoint": (
        400,
        "The specified bucket exists in another region. Please direct requests to the specified endpoint.",
    ),
    "IncorrectNumberOfFilesInPostRequest": (400, "POST requires exactly one file upload per request."),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "InvalidAnnotationName": (400, "The annotation name you provided is invalid."),
    "InvalidArgument": (400, "Invalid Argument"),
    "InvalidBucketAclWithBlockPublicAccessError": (
        400,
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    ),
    "InvalidBucketAclWithObjectOwnership": (
        400,
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidBucketOwnerAWSAccountID": (
        400,
        "The value of the expected bucket owner parameter must be an AWS Account ID",
    ),
    "InvalidBucketNamespace": (400, "The specified bucket namespace is not valid."),  # the message is not verified
    "InvalidBucketState": (409, "The request is not valid with the current state of the bucket."),
    "InvalidChunkSizeError": (400, "Only the last chunk is allowed to have a size less than 8192 bytes"),
    "InvalidDigest": (400, "The Content-MD5 you specified was invalid."),
    "InvalidEncryptionAlgorithmError": (
        400,
        "The Encryption request you specified is not valid. Supported value: AES256.",
    ),
    "InvalidLocationConstraint": (400, "The specified location-constraint is not valid"),
    "InvalidObjectState": (403, "The operation is not valid for the object's storage class"),
    "InvalidPart": (
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or"
        " the specified entity tag may not match the part's entity tag.",
    ),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable"),
    "InvalidPartOrder": (400, "The list of parts was not in ascending order. Parts must be ordered by part number."),
    "InvalidPayer": (403, "All access to this object has been disabled."),
    "InvalidPolicyDocument": (
        400,
        "The content of the form does not meet the conditions specified in the policy document.",
    ),
    "InvalidRange": (416, "The requested range is not satisfiable"),
    "InvalidRedirectLocation": (
        400,
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    ),
    "InvalidRequest": (400, "Invalid Request"),
    "InvalidS3DestinationBucket": (400, "Invalid bucket ARN."),
    "InvalidSecurity": (403, "The provided security credentials are not valid."),
    "InvalidSignature": (
        400,
        "The request signature that the server calculated does not match the signature that you provided.",
    ),
    "InvalidStorageClass": (400, "The storage class you specified is not valid"),
    "InvalidTag": (400, "The tag provided was not a valid tag."),
    "InvalidTargetBucketForLogging": (400, "The target bucket for logging does not exist"),
    "InvalidToken": (400, "The provided token is malformed or otherwise not valid."),
    "InvalidURI": (400, "The specified URI couldn't be parsed."),
    "KMS.DisabledException": (400, "The request was rejected because the specified KMS key is not enabled."),
    "KMS.KMSInvalidStateException": (
        400,
        "The request was rejected because the state of the specified resource is not valid for this request.",
    ),
    "KMS.NotFoundException": (
        400,
        "The request was rejected because the specified entity or resource could not be found.",
    ),
    "InvalidWriteOffset": (400, "The write offset value that you specified does not match the current object size."),
    "KeyTooLongError": (400, "Your key is too long"),
    "LambdaInvalidResponse": (400, "The AWS Lambda function's response is malformed."),
    "LambdaNotFound": (404, "The AWS Lambda function could not be found."),
    "LambdaResponseNotReceived": (
        500,
        "The Lambda function exited without successfully calling WriteGetObjectResponse.",
    ),
    "LambdaRuntimeError": (400, "The Lambda function failed during execution."),
    "MalformedACLError": (
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "MalformedPOSTRequest": (400, "The body of your POST request is not well-formed multipart/form-data."),
    "MalformedPolicy": (400, "Policies must be valid JSON and the first byte must be '{'"),
    "MalformedTrailerError": (
        400,
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    ),
    "MalformedXML": (400, "The XML you provided was not well-formed or did not validate against our published schema"),
    "MaxMessageLengthExceeded": (400, "Your request was too large."),
    "MaxPostPreDataLengthExceededError": (400, "Your POST request fields preceding the upload file were too large."),
    "MetadataConfigurationNotFound": (404, "The specified bucket does not have a metadata configuration"),
    "MetadataTooLarge": (400, "Your metadata headers exceed the maximum allowed metadata size"),
    "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
    "MissingContentLength": (411, "You must provide the Content-Length HTTP header."),
    "MissingRequestBodyError": (400, "Request Body is empty"),
    "MissingSecurityHeader": (400, "Your request was missing a required header"),
    "NoLoggingStatusForKey": (400, "There is no such thing as the ?logging sub-resource for a key"),
    "NoSuchAccessPoint": (404, "The specified accesspoint does not exist"),
    "NoSuchAnnotation": (404, "The specified annotation does not exist on this object."),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchBucketPolicy": (404, "The bucket policy does not exist"),
    "NoSuchCORSConfiguration": (404, "The CORS configuration does not exist"),
    "NoSuchConfiguration": (404, "The specified configuration does not exist."),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchLifecycleConfiguration": (404, "The lifecycle configuration does not exist"),
    "NoSuchObjectLockConfiguration": (404, "The specified object does not have a ObjectLock configuration"),
    "NoSuchPublicAccessBlockConfiguration": (404, "The public access block configuration was not found"),
    "NoSuchTagSet": (404, "The TagSet does not exist"),
    "NoSuchUpload": (
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
    ),
    "NoSuchVersion": (404, "The specified version does not exist."),
    "NoSuchWebsiteConfiguration": (404, "The specified bucket does not have a website configuration"),
    "NotImplemented": (501, "A header you provided implies functionality that is not implemented"),
    "NotModified": (304, "Not Modified"),
    "NotSignedUp": (403, "Your account is not signed up for the Amazon S3 service."),
    "ObjectNotInActiveTierError": (
        403,
        "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.",
    ),
    "ObjectLockConfigurationNotFoundError": (404, "Object Lock configuration does not exist for this bucket"),
    "OperationAborted": (
        409,
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    ),
    "OwnershipControlsNotFoundError": (404, "The bucket ownership controls were not found"),
    "PermanentRedirect": (
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please "
        "send all future requests to this endpoint.",
    ),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
    "Redirect": (
        307,
        "Temporary redirect. You are being redirected to the bucket while the Domain Name System (DNS) "
        "server is being updated.",
    ),
    "ReplicationConfigurationNotFoundError": (404, "The replication configuration was not found"),
    "RequestTimeTooSkewed": (403, "The difference between the request time and the current time is too large."),
    "RequestTimeout": (
        400,
        "Your socket connection to the server was not read from or written to within the timeout period."
        " Idle connections will be closed.",
    ),
    "RestoreAlreadyInProgress": (409, "Object restore is already in progress"),
    "ServerSideEncryptionConfigurationNotFoundError": (404, "The server side encryption configuration was not found"),
    "ServiceUnavailable": (503, "Service is unable to handle request."),
    "SignatureDoesNotMatch": (
        403,
        "The request signature we calculated does not match the signature you provided. Check your key "
        "and signing method.",
    ),
    "SlowDown": (503, "Please reduce your request rate."),
    "TemporaryRedirect": (
        307,
        "You are being redirected to the bucket while the Domain Name System (DNS) server is being updated.",
    ),
    "TokenRefreshRequired": (400, "The provided token must be refreshed."),
    "TooManyBuckets": (400, "You have attempted to create more buckets than allowed."),
    "TooManyConfigurations": (
        400,
        "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.",
    ),
    "TooManyParts": (
        400,
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this object.",
    ),
    "UnexpectedContent": (400, "This request contains unsupported content."),
    "UnresolvableGrantByEmailAddress": (400, "The e-mail address you provided does not match any account on record."),
    "UnsupportedMediaType": (415, "The annotation payload is not valid UTF-8 encoded text."),
    "UserKeyMustBeSpecified": (
        400,
        "The bucket POST request must contain the specified field name. If it is specified, check the "
        "order of the fields.",
    ),
    "XAmzContentSHA256Mismatch": (400, "The provided 'x-amz-content-sha256' header does not match what was computed."),
    **{code: (400, message) for code, message in SELECT_ERRORS.items()},
    **CONTROL_ERRORS,
}
