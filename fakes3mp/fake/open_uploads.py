"""What a fake raises or warns of when it stops while multipart uploads are open."""


class OpenUploadWarning(UserWarning):
    """A multipart upload was still open when its fake stopped: S3 would go on charging for its parts (S3's manual).

    Its message lists the uploads, each with key, parts, bytes and upload id. ``open_uploads="ignore"`` turns it off. With
    ``-W error::fakes3mp.OpenUploadWarning`` pytest makes it an error.

    Examples
    --------
    >>> import warnings
    >>> from fakes3mp import FakeS3, OpenUploadWarning
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     with FakeS3(buckets=["media"]) as s3:
    ...         upload = s3.client().create_multipart_upload(Bucket="media", Key="video.mp4")
    >>> caught[0].category is OpenUploadWarning, "media/video.mp4: 0 parts, 0 bytes" in str(caught[0].message)
    (True, True)
    """


class OpenUploadError(AssertionError):
    """A multipart upload was still open when its fake stopped, and the fake has ``open_uploads="error"``.

    Its message lists the uploads, each with key, parts, bytes and upload id. It is not raised where the test has failed
    already.

    Examples
    --------
    >>> from fakes3mp import FakeS3, OpenUploadError
    >>> try:
    ...     with FakeS3(buckets=["media"], open_uploads="error") as s3:
    ...         upload = s3.client().create_multipart_upload(Bucket="media", Key="video.mp4")
    ... except OpenUploadError as error:
    ...     print("media/video.mp4: 0 parts, 0 bytes" in str(error))
    True
    """
