"""The error codes of S3 Select with their messages, all of status 400 (S3's manual, "Error code list")."""

from __future__ import annotations

SELECT_ERRORS = {
    "CSVParsingError": "Encountered an error parsing the CSV file. Check the file and try again.",
    "CastFailed": "Attempt to convert from one data type to another using CAST failed in the SQL expression.",
    "EvaluatorInvalidArguments": "Incorrect number of arguments in the function call in the SQL expression.",
    "ExpressionTooLong": "The SQL expression is too long. The maximum byte-length for the SQL expression is 256 KB.",
    "InvalidCompressionFormat": "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.",
    "InvalidExpressionType": "The ExpressionType is invalid. Only SQL expressions are supported.",
    "InvalidFileHeaderInfo": "The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.",
    "InvalidJsonType": "The JsonType is invalid. Only DOCUMENT and LINES are supported.",
    "InvalidQuoteFields": "The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.",
    "InvalidRequestParameter": (
        "The value of a parameter in SelectRequest element is invalid. "
        "Check the service API documentation and try again."
    ),
    "InvalidScanRange": "The provided scan range is not valid.",
    "InvalidTableAlias": "The SQL expression contains an invalid table alias.",
    "InvalidTextEncoding": "Invalid encoding type. Only UTF-8 encoding is supported.",
    "JSONParsingError": "Encountered an error parsing the JSON file. Check the file and try again.",
    "MissingHeaders": "Some headers in the query are missing from the file. Check the file and try again.",
    "MissingRequiredParameter": (
        "The SelectRequest entity is missing a required parameter. Check the service documentation and try again."
    ),
    "ObjectSerializationConflict": (
        "The SelectRequest entity can only contain one of CSV or JSON. Check the service documentation and try again."
    ),
    "ParquetParsingError": "Encountered an error parsing the Parquet file. Check the file and try again.",
    "ParseUnexpectedToken": "The SQL expression contains an unexpected token.",
    "TruncatedInput": (
        "Object decompression failed. "
        "Check that the object is properly compressed using the format specified in the request."
    ),
    "UnsupportedFunction": "We encountered an unsupported SQL function.",
    "UnsupportedScanRangeInput": "The scan range queries are not supported on this type of object.",
    "UnsupportedSqlStructure": "Encountered an unsupported SQL structure. Check the SQL Reference.",
}
