// aws4fetch against the server at the URL given: a multipart upload by hand, a list, what it reads back, an error.
import assert from "node:assert/strict";
import { AwsClient } from "aws4fetch";

const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
const s3 = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1", retries: 0 });
const call = (method, path, body) => s3.fetch(`${process.argv[2]}/media${path}`, { method, body });
const bodies = [5 << 20, 10 << 20, 1].map((size) => Buffer.alloc(size, "a"));

const started = await (await call("POST", "/dir/big?uploads=")).text();
const uploadId = started.match(/<UploadId>(.*)<\/UploadId>/)[1];
let parts = "";
for (const [n, body] of bodies.entries()) {
  const { headers } = await call("PUT", `/dir/big?partNumber=${n + 1}&uploadId=${uploadId}`, body);
  parts += `<Part><PartNumber>${n + 1}</PartNumber><ETag>${headers.get("etag")}</ETag></Part>`;
}
await call("POST", `/dir/big?uploadId=${uploadId}`, `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
assert.ok(Buffer.from(await (await call("GET", "/dir/big")).arrayBuffer()).equals(Buffer.concat(bodies)));
assert.match(await (await call("GET", "?list-type=2")).text(), /<Key>dir\/big<\/Key>/);
assert.equal((await call("GET", "/missing")).status, 404);
console.log("done");
