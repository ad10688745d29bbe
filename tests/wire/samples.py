"""Sample values for any shape of botocore's model."""

from datetime import datetime, timezone

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
KEY = "a key//with+odd %25 chars é/../x"
SCALARS = {"integer": 7, "long": 5_000_000_000, "boolean": True, "timestamp": TIME, "double": 1.5, "float": 1.5}


def sample(shape, name=""):
    """A value of this shape with every member set."""
    type_name = shape.type_name
    if type_name == "structure":
        return {member_name: sample(member, member_name) for member_name, member in shape.members.items()}
    if type_name == "list":
        return [sample(shape.member, name)]
    if type_name == "map":
        return {"one": "first", "two": "second"}
    if type_name == "blob":
        return b"some bytes"
    if type_name == "string":
        return string_sample(shape, name)
    return SCALARS[type_name]


def string_sample(shape, name):
    if shape.enum:
        return shape.enum[0]
    is_in_body = "location" not in shape.serialization
    return {
        "Bucket": "some-bucket",
        "Key": KEY,
        "RequestRoute": "route",
        "KMSKeyArn": "arn:aws:kms:us-east-1:1:key/2",
    }.get(name, f" <{name}> & é\n " if is_in_body else f"some {name}")


def required_only(shape):
    """A value of this shape with only the members that it requires, and the document (O229)."""
    names = [*shape.required_members, *filter(None, [shape.serialization.get("payload")])]
    return {name: sample(shape.members[name], name) for name in names}
