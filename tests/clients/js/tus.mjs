// The S3 store of tus-node-server against the server at the URL given: an upload that is resumed, and one given up.
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { S3Store } from "@tus/s3-store";
import { Upload } from "@tus/utils";

const s3ClientConfig = { bucket: "media", endpoint: process.argv[2], region: "us-east-1", forcePathStyle: true };
const store = () => new S3Store({ partSize: 5 << 20, s3ClientConfig });
const body = Buffer.alloc((15 << 20) + 1, "a");

await store().create(new Upload({ id: "big", size: body.length, offset: 0, metadata: { filename: "ü" } }));
assert.equal(await store().write(Readable.from([body.subarray(0, 6 << 20)]), "big", 0), 6 << 20);
const { offset, metadata } = await store().getUpload("big");
assert.deepEqual([offset, metadata], [6 << 20, { filename: "ü" }]);
await store().write(Readable.from([body.subarray(offset)]), "big", offset);
assert.ok((await buffer(await store().read("big"))).equals(body));

await store().create(new Upload({ id: "other", size: body.length, offset: 0 }));
await store().remove("other");
await assert.rejects(store().getUpload("missing"));
console.log("done");
