"""SelectObjectContent: records, SQL, output, events and errors (S3's manual; O354, O355)."""

import base64
import bz2
import gzip
import hashlib
import io
import json

import pytest

from fakes3mp import FakeS3
from tests.operations.scene import expect_error, row

pytest.importorskip("sqlglot", reason="S3 Select needs sqlglot: pip install 'fakes3mp[select]'")

CSV = """id,name,city,age,price,since
1,Anshu,Seattle,30,2.5,2017-01-02T03:04:05Z
2,Fred_x,New York,4,10.0,2018-01-02T03:04:05Z
3,Zed,seattle,17,7,2019-05-06T07:08:09Z
"""
# The documents of S3's manual, "FROM clause".
DOCUMENTS = """{"Rules": [{"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"}]}
{"created": "June 27", "modified": "July 6"}
"""
HEADER = {"CSV": {"FileHeaderInfo": "USE"}}
LINES = {"JSON": {"Type": "LINES"}}


def ask(expression, given=CSV, input_=HEADER, output=None, **params):
    """Put an object and query it."""

    def act(scene):
        scene.PutObject(Body=given if isinstance(given, bytes) else given.encode())
        return scene.SelectObjectContent(
            Expression=expression,
            InputSerialization=input_,
            OutputSerialization=output or {"CSV": {}},
            **{"ExpressionType": "SQL", **params},
        )

    return act


def records(answer):
    return b"".join(event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event).decode()


# S3's manual, "SELECT command", "Operators", "SQL functions": expression -> the records as CSV
QUERIES = [
    ("SELECT * FROM S3Object s WHERE s.city = 'Seattle'", "1,Anshu,Seattle,30,2.5,2017-01-02T03:04:05Z\n"),
    ("SELECT s.name FROM S3Object s", "Anshu\nFred_x\nZed\n"),
    ("select S.NAME from s3object S limit 1", "Anshu\n"),
    ("SELECT name, age FROM S3Object LIMIT 2", "Anshu,30\nFred_x,4\n"),
    ("SELECT s._2 FROM S3Object s LIMIT 1", "Anshu\n"),
    ("SELECT s._9 FROM S3Object s LIMIT 1", "\n"),
    ('SELECT s."name" FROM S3Object s WHERE s."id" = \'3\'', "Zed\n"),
    ("SELECT COUNT(*) FROM S3Object s", "3\n"),
    ("SELECT COUNT(*), MAX(CAST(s.price AS FLOAT)), MIN(CAST(s.age AS INT)) FROM S3Object s", "3,10.0,4\n"),
    ("SELECT SUM(CAST(s.age AS INT)) / COUNT(*), AVG(CAST(s.age AS INT)) FROM S3Object s", "17,17.0\n"),
    ("SELECT SUM(CAST(s.age AS INT)) FROM S3Object s WHERE s.id = '9'", "\n"),
    ("SELECT s.name FROM S3Object s WHERE CAST(s.age AS INT) BETWEEN 10 AND 17", "Zed\n"),
    ("SELECT s.name FROM S3Object s WHERE CAST(s.age AS INT) NOT BETWEEN 10 AND 17", "Anshu\nFred_x\n"),
    ("SELECT s.name FROM S3Object s WHERE s.age > 4", "Anshu\nZed\n"),
    ("SELECT s.name FROM S3Object s WHERE s.city IN ('Seattle', 'New York')", "Anshu\nFred_x\n"),
    ("SELECT s.name FROM S3Object s WHERE s.name LIKE 'A%'", "Anshu\n"),
    ("SELECT s.name FROM S3Object s WHERE s.name LIKE '_ed'", "Zed\n"),
    ("SELECT s.name FROM S3Object s WHERE s.name LIKE '%$_x' ESCAPE '$'", "Fred_x\n"),
    ("SELECT s.name FROM S3Object s WHERE s.age IS NOT NULL AND NOT (s.id = '1' OR s.id <> '3')", "Zed\n"),
    ("SELECT CASE WHEN s.id = '1' THEN 'one' WHEN s.id = '2' THEN 'two' ELSE 'more' END FROM S3Object s", "one\ntwo\nmore\n"),
    ("SELECT CASE s.id WHEN '1' THEN 'one' END FROM S3Object s", "one\n\n\n"),
    ("SELECT COALESCE(NULLIF(s.id, '1'), 'none') FROM S3Object s LIMIT 2", "none\n2\n"),
    ("SELECT LOWER(s.city), UPPER(s.name), CHAR_LENGTH(s.name) FROM S3Object s LIMIT 1", "seattle,ANSHU,5\n"),
    ("SELECT SUBSTRING(s.name, 2, 2), SUBSTRING(s.name FROM 0 FOR 3), SUBSTRING(s.name, 3) FROM S3Object s LIMIT 1", "ns,An,shu\n"),
    ("SELECT TRIM('  x '), TRIM(LEADING '0' FROM '0010'), TRIM(BOTH '12' FROM '1112211foobar22211122') FROM S3Object s LIMIT 1", "x,10,foobar\n"),
    ("SELECT s.name || '!' FROM S3Object s LIMIT 1", "Anshu!\n"),
    ("SELECT CAST(s.age AS INT) + 1, CAST(s.age AS INT) % 7, -CAST(s.price AS DECIMAL), 7 / 2, 7.0 / 2 FROM S3Object s LIMIT 1", "31,2,-2.5,3,3.5\n"),
    ("SELECT EXTRACT(YEAR FROM TO_TIMESTAMP(s.since)), EXTRACT(MINUTE FROM TO_TIMESTAMP(s.since)) FROM S3Object s LIMIT 1", "2017,4\n"),
    ("SELECT DATE_ADD(year, 5, TO_TIMESTAMP(s.since)), DATE_ADD(month, -1, TO_TIMESTAMP('2012-03-31T')) FROM S3Object s LIMIT 1", "2022-01-02T03:04:05Z,2012-02-29T00:00:00Z\n"),
    ("SELECT DATE_DIFF(year, TO_TIMESTAMP('2010-01-01T'), TO_TIMESTAMP('2011-01-01T')), DATE_DIFF(month, TO_TIMESTAMP('2010T'), TO_TIMESTAMP('2010-05T')), DATE_DIFF(day, TO_TIMESTAMP('2010-01-01T23:00Z'), TO_TIMESTAMP('2010-01-02T01:00Z')) FROM S3Object s LIMIT 1", "1,4,0\n"),
    ("SELECT TO_STRING(TO_TIMESTAMP('1969-07-20T20:18Z'), 'MMMM d, y h:m a') FROM S3Object s LIMIT 1", '"July 20, 1969 8:18 PM"\n'),
    ("SELECT CAST(s.id AS BOOL), CAST(s.age AS STRING) FROM S3Object s LIMIT 1", "true,30\n"),
    ("SELECT 'it''s' FROM S3Object s LIMIT 1", "it's\n"),
    ("SELECT s.name FROM S3Object s WHERE CAST(s.since AS TIMESTAMP) > CAST('2018T' AS TIMESTAMP)", "Fred_x\nZed\n"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), QUERIES, ids=[expression for expression, _ in QUERIES])
def test_sql(expression, expected):
    with FakeS3(buckets=["bucket"]) as fake:
        assert records(ask(expression)(Caller(fake))) == expected


class Caller:
    """A client with the scene's shortcuts."""

    def __init__(self, fake):
        self._client = fake.client()

    def PutObject(self, **params):
        return self._client.put_object(Bucket="bucket", Key="key", **params)

    def SelectObjectContent(self, **params):
        return self._client.select_object_content(Bucket="bucket", Key="key", **params)


# documents, expression -> the records as JSON; the first four by S3's manual, "FROM clause"
JSON_QUERIES = [
    (DOCUMENTS, "SELECT id FROM S3Object[*].Rules[*].id", '{"id":"1"}\n{}\n{"id":"2"}\n{}\n'),
    (DOCUMENTS, "SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING", '{"id":"1"}\n{"id":"2"}\n'),
    (DOCUMENTS, "SELECT d.created, d.modified FROM S3Object[*] d", '{}\n{"created":"June 27","modified":"July 6"}\n'),
    (DOCUMENTS, "SELECT * FROM S3Object[*] d WHERE d.created IS NOT MISSING", '{"created":"June 27","modified":"July 6"}\n'),
    (DOCUMENTS, "SELECT r.expr FROM S3Object[*].Rules[*] r WHERE r.expr LIKE '%DEBUG'", '{"expr":"z = DEBUG"}\n'),
    (DOCUMENTS, "SELECT d.Rules[0].id FROM S3Object d", '{"id":"1"}\n{}\n'),
    (DOCUMENTS, "SELECT d.Rules[2]['expr'] AS e, SIZE(d.Rules) FROM S3Object d LIMIT 1", '{"e":"z = DEBUG","_2":3}\n'),
    ('[{"a": 1}, {"a": null}, {}]', "SELECT s.a FROM S3Object[*][*] s", '{"a":1}\n{"a":null}\n{}\n'),
    ('[{"a": 1}, {"a": null}, {}]', "SELECT COUNT(s.a) AS n FROM S3Object[*][*] s", '{"n":1}\n'),
    ('{"a": {"B": [1, 2]}}', "SELECT s.a.b FROM S3Object s", '{"b":[1,2]}\n'),
    ('{"a": {"B": [1, 2]}}', 'SELECT s.a."b" FROM S3Object s', "{}\n"),
    ('{"a": {"B": [1, 2]}}', "SELECT * FROM S3Object[*].a.B[*]", '{"_1":1}\n{"_1":2}\n'),
    ('{"a": {"b c": {"x": 1}}}', 'SELECT * FROM S3Object[*].a."b c"', '{"x":1}\n'),
    ('{"a": true, "b": 1.5}', "SELECT * FROM S3Object s WHERE s.a IS TRUE AND s.b > 1", '{"a":true,"b":1.5}\n'),
    ('{"a": "é"}', "SELECT s.a FROM S3Object s", '{"a":"é"}\n'),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["LINES", "DOCUMENT"])
@pytest.mark.parametrize(("documents", "expression", "expected"), JSON_QUERIES, ids=[query for _, query, _ in JSON_QUERIES])  # fmt: skip
def test_json(documents, expression, expected, kind):
    with FakeS3(buckets=["bucket"]) as fake:
        answer = ask(expression, documents, {"JSON": {"Type": kind}}, {"JSON": {}})(Caller(fake))
        assert records(answer) == expected


ALL = "SELECT * FROM S3Object"
# what, object, options of the input's CSV -> the records as JSON
READING = [
    ("no header", "a,b\n1,2\n", {}, [{"_1": "a", "_2": "b"}, {"_1": "1", "_2": "2"}]),
    ("a header that is not used", "a,b\n1,2\n", {"FileHeaderInfo": "IGNORE"}, [{"_1": "1", "_2": "2"}]),
    ("a header", "a,b\n1,2", {"FileHeaderInfo": "USE"}, [{"a": "1", "b": "2"}]),
    ("a row longer than the header", "a\n1,2\n", {"FileHeaderInfo": "USE"}, [{"a": "1", "_2": "2"}]),
    ("other delimiters", "a;b|1;2|", {"FieldDelimiter": ";", "RecordDelimiter": "|"}, [{"_1": "a", "_2": "b"}, {"_1": "1", "_2": "2"}]),
    ("Windows lines", "a,b\r\n1,2\r\n", {"FileHeaderInfo": "USE"}, [{"a": "1", "b": "2"}]),
    ("quotes", '"a,""b""",c\n', {}, [{"_1": 'a,"b"', "_2": "c"}]),
    ("other quotes", "'a,b',c\n", {"QuoteCharacter": "'"}, [{"_1": "a,b", "_2": "c"}]),
    ("another escape", '"a\\"b",c\n', {"QuoteEscapeCharacter": "\\"}, [{"_1": 'a"b', "_2": "c"}]),
    ("a quoted line end", '"a\nb",c\n', {"AllowQuotedRecordDelimiter": True}, [{"_1": "a\nb", "_2": "c"}]),
    ("comments", "#x\n1\n", {}, [{"_1": "1"}]),
    ("other comments", "#x\n%y\n", {"Comments": "%"}, [{"_1": "#x"}]),
    ("empty lines", "1\n\n2\n", {}, [{"_1": "1"}, {"_1": "2"}]),
    ("nothing", "", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "options", "expected"), [each[1:] for each in READING], ids=[each[0] for each in READING])  # fmt: skip
def test_reading_csv(given, options, expected):
    with FakeS3(buckets=["bucket"]) as fake:
        answer = ask(ALL, given, {"CSV": options}, {"JSON": {}})(Caller(fake))
        assert [json.loads(line) for line in records(answer).splitlines()] == expected


# options of the output's CSV -> the records
WRITING = [
    ({}, 'plain,"with,comma","with""quote",\n'),
    ({"QuoteFields": "ALWAYS"}, '"plain","with,comma","with""quote",""\n'),
    ({"FieldDelimiter": ";", "RecordDelimiter": "|"}, 'plain;with,comma;"with""quote";|'),
    ({"QuoteEscapeCharacter": "\\"}, 'plain,"with,comma","with\\"quote",\n'),
    ({"QuoteCharacter": "'"}, "plain,'with,comma',with\"quote,\n"),
]


@pytest.mark.parametrize(("options", "expected"), WRITING)
def test_writing_csv(options, expected):
    document = json.dumps({"a": "plain", "b": "with,comma", "c": 'with"quote', "d": None})
    with FakeS3(buckets=["bucket"]) as fake:
        assert records(ask(ALL, document, LINES, {"CSV": options})(Caller(fake))) == expected


@pytest.mark.parametrize(
    ("scan_range", "expected"),
    [
        ({"Start": 0, "End": 3}, "1\n22\n"),
        ({"Start": 1, "End": 5}, "22\n333\n"),
        ({"Start": 5}, "333\n4444\n"),
        ({"End": 5}, "4444\n"),  # the last five bytes
        ({"Start": 3, "End": 4}, ""),
        ({"Start": 0, "End": 999}, "1\n22\n333\n4444\n"),
    ],
)
def test_scan_ranges(scan_range, expected):
    """Records that begin in the range are processed, to their end."""
    with FakeS3(buckets=["bucket"]) as fake:
        for input_, output in (({"CSV": {}}, {"CSV": {}}), (LINES, {"CSV": {}})):
            answer = ask(ALL, "1\n22\n333\n4444\n", input_, output, ScanRange=scan_range)(Caller(fake))
            assert records(answer) == expected


def test_the_header_is_known_in_every_scan_range():
    with FakeS3(buckets=["bucket"]) as fake:
        answer = ask("SELECT s.a FROM S3Object s", "a\n1\n2\n", ScanRange={"Start": 3, "End": 5})(Caller(fake))
        assert records(answer) == "2\n"


COMPRESSED = {"GZIP": gzip.compress, "BZIP2": bz2.compress}


@pytest.mark.parametrize("format_", COMPRESSED)
def test_compressed_objects(scene, format_):
    data = COMPRESSED[format_](CSV.encode()) + COMPRESSED[format_](b"4,Late\n")
    answer = ask("SELECT s.name FROM S3Object s", data, {**HEADER, "CompressionType": format_})(scene)
    assert records(answer) == "Anshu\nFred_x\nZed\nLate\n"
    [stats] = [event["Stats"]["Details"] for event in answer["Payload"] if "Stats" in event]
    assert stats == {"BytesScanned": len(data), "BytesProcessed": len(CSV) + 7, "BytesReturned": 22}


def test_parquet(scene):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table({"id": [1, 2], "name": ["a", "b"]}), buffer)
    answer = ask("SELECT s.name FROM S3Object s WHERE s.id > 1", buffer.getvalue(), {"Parquet": {}})(scene)
    assert records(answer) == "b\n"
    expect_error("ParquetParsingError", 400).check(after_put(scene, b"x"), query(ALL, {"Parquet": {}}))


def test_events(scene):
    """Records, Progress where it is wanted, Stats, End."""
    answer = ask("SELECT s.name FROM S3Object s", RequestProgress={"Enabled": True})(scene)
    details = {"BytesScanned": len(CSV), "BytesProcessed": len(CSV), "BytesReturned": 17}
    assert answer["Payload"] == [
        {"Records": {"Payload": b"Anshu\nFred_x\nZed\n"}},
        {"Progress": {"Details": details}},
        {"Stats": {"Details": details}},
        {"End": {}},
    ]
    assert [next(iter(event)) for event in ask(f"{ALL} s WHERE s.id = '9'")(scene)["Payload"]] == ["Stats", "End"]


def test_many_records_come_in_several_messages(scene):
    answer = ask(ALL, b"0123456789\n" * 200_000, {"CSV": {}})(scene)
    names = [next(iter(event)) for event in answer["Payload"]]
    assert names == ["Records", "Cont", "Records", "Cont", "Records", "Stats", "End"]
    assert records(answer) == "0123456789\n" * 200_000


def after_put(scene, body):
    scene.PutObject(Body=body)
    return scene


def query(expression=ALL, input_=HEADER, output=None, expression_type="SQL", **params):
    return lambda scene: scene.SelectObjectContent(
        Expression=expression,
        ExpressionType=expression_type,
        InputSerialization=input_,
        OutputSerialization=output or {"CSV": {}},
        **params,
    )


def refused(code):
    return expect_error(code, 400)


ROWS = [
    row("O354", "no SQL", query(expression_type="GraphQL"), refused("InvalidExpressionType")),
    row("O354", "an odd token", query("SELECT FROM"), refused("ParseUnexpectedToken")),
    row("O354", "an open string", query("SELECT 'a FROM S3Object"), refused("ParseUnexpectedToken")),
    row("O354", "another statement", query("DELETE FROM S3Object"), refused("UnsupportedSqlStructure")),
    row("O354", "two statements", query("SELECT * FROM S3Object; SELECT 1"), refused("UnsupportedSqlStructure")),
    row("O354", "no table", query("SELECT 1"), refused("UnsupportedSqlStructure")),
    row("O354", "another table", query("SELECT * FROM users"), refused("InvalidTableAlias")),
    row("O354", "a join", query("SELECT * FROM S3Object s JOIN S3Object t ON s.id = t.id"), refused("UnsupportedSqlStructure")),
    row("O354", "a group", query("SELECT COUNT(*) FROM S3Object s GROUP BY s.city"), refused("UnsupportedSqlStructure")),
    row("O354", "an order", query("SELECT * FROM S3Object s ORDER BY s.id"), refused("UnsupportedSqlStructure")),
    row("O354", "distinct", query("SELECT DISTINCT s.id FROM S3Object s"), refused("UnsupportedSqlStructure")),
    row("O354", "a subquery", query("SELECT * FROM S3Object s WHERE s.id IN (SELECT 1)"), refused("UnsupportedSqlStructure")),
    row("O354", "a count beside a column", query("SELECT COUNT(*), s.id FROM S3Object s"), refused("UnsupportedSqlStructure")),
    row("O354", "an unknown function", query("SELECT SQRT(s.id) FROM S3Object s"), refused("UnsupportedFunction")),
    row("O354", "too many arguments", query("SELECT LOWER(s.id, 1) FROM S3Object s"), refused("EvaluatorInvalidArguments")),
    row("O354", "no number", query("SELECT CAST(s.name AS INT) FROM S3Object s"), refused("CastFailed")),
    row("O354", "no time", query("SELECT TO_TIMESTAMP(s.name) FROM S3Object s"), refused("CastFailed")),
    row("O354", "no such column", query("SELECT s.salary FROM S3Object s"), refused("MissingHeaders")),
    row("O354", "a long expression", query("SELECT '" + "a" * 262_144 + "' FROM S3Object"), refused("ExpressionTooLong")),
    row("O354", "no format", query(input_={"CompressionType": "NONE"}), refused("MissingRequiredParameter")),
    row("O354", "two formats", query(input_={"CSV": {}, "JSON": {"Type": "LINES"}}), refused("ObjectSerializationConflict")),
    row("O354", "two outputs", query(output={"CSV": {}, "JSON": {}}), refused("ObjectSerializationConflict")),
    row("O354", "an unknown header", query(input_={"CSV": {"FileHeaderInfo": "SOME"}}), refused("InvalidFileHeaderInfo")),
    row("O354", "an unknown type", query(input_={"JSON": {"Type": "TREE"}}), refused("InvalidJsonType")),
    row("O354", "unknown quoting", query(output={"CSV": {"QuoteFields": "NEVER"}}), refused("InvalidQuoteFields")),
    row("O354", "a long delimiter", query(input_={"CSV": {"FieldDelimiter": "::"}}), refused("InvalidRequestParameter")),
    row("O354", "unknown compression", query(input_={**HEADER, "CompressionType": "ZSTD"}), refused("InvalidCompressionFormat")),
    row("O354", "not compressed", query(input_={**HEADER, "CompressionType": "GZIP"}), expect_error("InvalidCompressionFormat", 400, "GZIP is not applicable to the queried object. Please correct the request and try again.")),
    row("O354", "not compressed, either", query(input_={**HEADER, "CompressionType": "BZIP2"}), refused("InvalidCompressionFormat")),
    row("O354", "compressed Parquet", query(input_={"Parquet": {}, "CompressionType": "GZIP"}), refused("InvalidCompressionFormat")),
    row("O354", "no JSON", query(input_=LINES), refused("JSONParsingError")),
    row("O354", "a range behind the end", query(ScanRange={"Start": 10_000}), refused("InvalidScanRange")),
    row("O354", "a reversed range", query(ScanRange={"Start": 3, "End": 2}), refused("InvalidScanRange")),
    row("O354", "a negative range", query(ScanRange={"Start": -1}), refused("InvalidScanRange")),
    row("O354", "a range of documents", query(input_={"JSON": {"Type": "DOCUMENT"}}, ScanRange={"Start": 0}), refused("UnsupportedScanRangeInput")),
    row("O354", "a range of what is compressed", query(input_={**HEADER, "CompressionType": "GZIP"}, ScanRange={"Start": 0}), refused("UnsupportedScanRangeInput")),
    row("manual", "no such key", query(Key="none"), expect_error("NoSuchKey", 404, Key="none")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(after_put(scene, CSV.encode()), act)


@pytest.mark.parametrize(
    ("body", "input_", "code"),
    [
        (b"\xff\xfe,1\n", {"CSV": {}}, "InvalidTextEncoding"),
        (b'{"a": "\xff"}', LINES, "InvalidTextEncoding"),
        (gzip.compress(CSV.encode())[:-9], {**HEADER, "CompressionType": "GZIP"}, "TruncatedInput"),
        (bz2.compress(CSV.encode())[:-9], {**HEADER, "CompressionType": "BZIP2"}, "TruncatedInput"),
        (b'{"a": 1} nonsense', LINES, "JSONParsingError"),
    ],
)
def test_objects_that_cannot_be_read(scene, body, input_, code):
    refused(code).check(after_put(scene, body), query(input_=input_))


def test_customers_keys(scene):
    key = base64.b64encode(b"k" * 32).decode()
    md5 = base64.b64encode(hashlib.md5(b"k" * 32).digest()).decode()
    customer_key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key, "SSECustomerKeyMD5": md5}
    scene.PutObject(Body=CSV.encode(), **customer_key)
    refused("InvalidRequest").check(scene, query())
    assert records(query("SELECT COUNT(*) FROM S3Object", **customer_key)(scene)) == "3\n"


def test_archived_objects(scene):
    scene.PutObject(Body=CSV.encode(), StorageClass="GLACIER")
    message = "The operation is not valid for the object's storage class"
    expect_error("InvalidObjectState", 403, message, StorageClass="GLACIER").check(scene, query())


def test_a_presigned_url_through_requests():
    """Its events are those that botocore's own reader yields."""
    import requests
    from botocore.eventstream import EventStreamBuffer

    document = (
        "<SelectObjectContentRequest><Expression>SELECT s.name FROM S3Object s LIMIT 1</Expression>"
        "<ExpressionType>SQL</ExpressionType>"
        "<InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization>"
        "<OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>"
    )
    with FakeS3(buckets=["bucket"]) as fake:
        fake.put("bucket", "key", CSV.encode())
        params = {"Bucket": "bucket", "Key": "key"}
        url = fake.client().generate_presigned_url(
            "select_object_content",
            {**params, "Expression": ALL, "ExpressionType": "SQL", "InputSerialization": HEADER, "OutputSerialization": {"CSV": {}}},
        )  # fmt: skip
        buffer = EventStreamBuffer()
        buffer.add_data(requests.post(url, data=document, timeout=10).content)
    events = [(event.headers[":event-type"], event.payload) for event in buffer]
    assert events[0] == ("Records", b"Anshu\n")
    assert [name for name, _ in events] == ["Records", "Stats", "End"]


def test_now(scene):
    scene.fake.clock.freeze("2090-01-01T00:00:00Z")
    assert records(ask("SELECT UTCNOW() FROM S3Object LIMIT 1")(scene)) == "2090-01-01T00:00:00Z\n"
