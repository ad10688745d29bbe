"""The error codes of S3 Control, with their HTTP status and default message.

The messages are those of S3's manual, "Error responses", as far as it has them; none is recorded.
"""

from __future__ import annotations

CONTROL_ERRORS: dict[str, tuple[int, str]] = {
    "AccessGrantsInstanceAlreadyExists": (409, "Access Grants Instance already exists"),
    "AccessGrantsInstanceNotExistsError": (404, "Access Grants Instance does not exist"),
    "AccessPointAlreadyOwnedByYou": (
        409,
        "Your previous request to create the named accesspoint succeeded and you already own it.",
    ),
    "ClientTokenConflict": (
        409,
        "Your Multi-Region Access Point idempotency token was already used for a different request.",
    ),
    "ConfigurationAlreadyExists": (409, "The specified configuration already exists."),
    "DefaultConfigurationDeleteForbidden": (403, "The Default configuration cannot be deleted."),
    "DuplicateElement": (400, "Tags, prefixes and suffixes must be unique."),
    "EmptyExcludeContainer": (400, "The exclude container cannot be empty."),
    "EmptyIncludeContainer": (400, "The include container cannot be empty."),
    "IdempotencyException": (400, "The client token was used for another request."),  # the message is not verified
    "InvalidAge": (400, "DaysLessThan and DaysGreaterThan must be positive numbers."),
    "InvalidConfigId": (400, "The configuration ID is not valid."),
    "InvalidDestination": (400, "The S3 bucket ARN is malformed."),
    "InvalidEncryptionMethod": (400, "Only one encryption method can be specified."),
    "InvalidFilter": (
        400,
        "A filter must include one of the elements that the manual lists.",
    ),
    "InvalidIncludeExcludeContainers": (
        400,
        "You can specify either an Include container or an Exclude container.",
    ),
    "InvalidLogicalOperator": (400, "At least two sub elements must be present in the logical operators And or Or."),
    "InvalidMatchAnyPrefix": (400, "The MatchAnyPrefix parameter can't be empty."),
    "InvalidMatchAnySuffix": (400, "The MatchAnySuffix parameter can't be empty."),
    "InvalidMatchAnyTag": (400, "The MatchAnyTag parameter can't be empty."),
    "InvalidMatchObjectAge": (400, "The MatchObjectAge parameter can't be empty."),
    "InvalidMatchObjectSize": (400, "The MatchObjectSize parameter can't be empty."),
    "InvalidMaximumPrefixDepth": (400, "MaxDepth must be within the range [1,10]."),
    "InvalidMinimumStorageBytesPercentage": (400, "MinStorageBytesPercentage must be within the range [1.00,100.00]."),
    "InvalidName": (400, "Storage Lens group Name parameter must be between 1 and 64 characters."),
    "InvalidNumericCombination": (400, "This object age or object size combination isn't valid."),
    "InvalidPrefix": (400, "The maximum length of a prefix is 1,024 characters."),
    "InvalidSize": (400, "BytesLessThan and BytesGreaterThan must be positive numbers."),
    "InvalidSuffix": (400, "The maximum length of a suffix is 1,024 characters."),
    "MismatchedName": (400, "The name specified in the request doesn't match the Storage Lens group name."),
    "MissingAccountLevelActivityMetrics": (
        400,
        "Activity metrics must be enabled at the account level when they are enabled at the bucket level.",
    ),
    "MissingBucketLevelActivityMetrics": (
        400,
        "Activity metrics must be enabled at the bucket level when they are enabled at the account level.",
    ),
    "MissingEncryptionMethod": (400, "The encryption method cannot be blank. Specify either SSE-KMS or SSE-S3."),
    "MultiRegionAccessPointAlreadyOwnedByYou": (
        200,
        "You already have a Multi-Region Access Point with the same name.",
    ),
    "MultiRegionAccessPointSameBucketRegion": (
        200,
        "The buckets used to create a Multi-Region Access Point cannot be in the same Region.",
    ),
    "NoSuchAccessPointPolicy": (404, "The specified accesspoint policy does not exist"),
    "NoSuchAsyncRequest": (404, "The specified request was not found."),
    "NoSuchMultiRegionAccessPoint": (404, "The specified Multi-Region Access Point does not exist."),
    "NoSuchResource": (404, "The specified resource doesn't exist."),  # the message is not verified
    "NotFoundException": (404, "The specified job does not exist."),  # the message is not verified
    "StorageMetricsMustEnabled": (400, "Prefix-level storage metrics must be enabled."),
    "TooManyElements": (400, "Only 10 prefixes, suffixes, or tags are allowed."),
    "TooManyMultiRegionAccessPointregionsError": (
        400,
        "You have attempted to create a Multi-Region Access Point with more Regions than are allowed for an account.",
    ),
    "TooManyRegions": (400, "The Regions container cannot have more than 50 Regions."),
}
