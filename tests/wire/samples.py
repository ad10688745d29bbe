"""Sample values for any shape of botocore's model."""

from datetime import datetime, timezone

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
KEY = "a key//with+odd %25 chars é/../x"
SCALARS = {"integer": 7, "long": 5_000_000_000, "boolean": True, "timestamp": MOMENT, "double": 1.5, "float": 1.5}


def sample(shape, name="", depth=0):
    """A value of this shape with every member set."""
    kind = shape.type_name
    if kind == "structure":
        return {each: sample(member, each, depth + 1) for each, member in shape.members.items()}
    if kind == "list":
        return [sample(shape.member, name, depth + 1)]
    if kind == "map":
        return {"one": "first", "two": "second"}
    if kind == "blob":
        return b"some bytes"
    if kind == "string":
        return string_sample(shape, name)
    return SCALARS[kind]


def string_sample(shape, name):
    if shape.enum:
        return shape.enum[0]
    located = shape.serialization.get("location")
    return {
        "Bucket": "some-bucket",
        "Key": KEY,
        "RequestRoute": "route",
        "KMSKeyArn": "arn:aws:kms:us-east-1:1:key/2",
    }.get(name, f"some {name}" if located else f" <{name}> & é\n ")


def required_only(shape):
    """A value of this shape with only what it requires."""
    return {each: sample(shape.members[each], each) for each in shape.required_members}
