// The JavaScript SDK v2 against the server at the URL given: its managed upload, a list, what it reads back, an error.
import assert from "node:assert/strict";
import AWS from "aws-sdk";

const s3 = new AWS.S3({ endpoint: process.argv[2], region: "us-east-1", s3ForcePathStyle: true });
const Body = Buffer.alloc((15 << 20) + 1, "a");
await s3.upload({ Bucket: "media", Key: "dir/big", Body }, { partSize: 5 << 20 }).promise();
assert.ok((await s3.getObject({ Bucket: "media", Key: "dir/big" }).promise()).Body.equals(Body));
assert.deepEqual((await s3.listObjectsV2({ Bucket: "media" }).promise()).Contents.map((each) => each.Key), ["dir/big"]);
await assert.rejects(s3.getObject({ Bucket: "media", Key: "missing" }).promise(), { code: "NoSuchKey", statusCode: 404 });
console.log("done");
