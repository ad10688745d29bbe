// The JavaScript SDK against the server at the URL given: uploads, lists, reads back, aborts, an error, a presigned URL.
import assert from "node:assert/strict";
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, GetObjectCommand,
  ListMultipartUploadsCommand, ListPartsCommand, PutObjectCommand, S3Client, UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const MiB = 1 << 20;
const s3 = new S3Client({ endpoint: process.argv[2], region: "us-east-1", forcePathStyle: true });
const at = (Key, more) => ({ Bucket: "media", Key, ...more });
const bodies = [Buffer.alloc(5 * MiB, "a"), Buffer.alloc(5 * MiB, "b"), Buffer.from("c")];
const whole = Buffer.concat(bodies);
const read = async (Key) => Buffer.from(await (await s3.send(new GetObjectCommand(at(Key)))).Body.transformToByteArray());

const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at("k", { Metadata: { a: "b" } })));
const Parts = [];
for (const [n, Body] of bodies.entries()) {
  const { ETag } = await s3.send(new UploadPartCommand(at("k", { UploadId, PartNumber: n + 1, Body })));
  Parts.push({ ETag, PartNumber: n + 1 });
}
assert.equal((await s3.send(new ListPartsCommand(at("k", { UploadId })))).Parts.length, 3);
assert.equal((await s3.send(new ListMultipartUploadsCommand({ Bucket: "media" }))).Uploads[0].UploadId, UploadId);
await s3.send(new CompleteMultipartUploadCommand(at("k", { UploadId, MultipartUpload: { Parts } })));
assert.ok(whole.equals(await read("k")));

await new Upload({ client: s3, params: at("managed", { Body: Buffer.concat([whole, whole]) }), partSize: 5 * MiB }).done();
assert.equal((await read("managed")).length, 2 * whole.length);

const other = await s3.send(new CreateMultipartUploadCommand(at("other")));
await s3.send(new AbortMultipartUploadCommand(at("other", { UploadId: other.UploadId })));
await assert.rejects(
  s3.send(new ListPartsCommand(at("other", { UploadId: other.UploadId }))),
  (error) => error.name === "NoSuchUpload" && error.$metadata.httpStatusCode === 404,
);

const signed = await getSignedUrl(s3, new PutObjectCommand(at("signed", { Metadata: { c: "d" } })), { expiresIn: 60 });
assert.equal((await fetch(signed, { method: "PUT", body: "hello" })).status, 200);
assert.equal((await read("signed")).toString(), "hello");
console.log("done");
