// minio-js against the server at the URL given: an upload in parts, a list, what it reads back, an error.
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import * as Minio from "minio";

const { hostname: endPoint, port } = new URL(process.argv[2]);
const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey } = process.env;
const s3 = new Minio.Client({ endPoint, port: Number(port), useSSL: false, accessKey, secretKey, region: "us-east-1", partSize: 5 << 20 });
const pieces = [1, 2, 3].map((n) => Buffer.alloc(5 << 20, String(n))).concat(Buffer.from("c"));
const body = Buffer.concat(pieces);
await s3.putObject("media", "dir/big", Readable.from(pieces), body.length);
assert.ok((await buffer(await s3.getObject("media", "dir/big"))).equals(body));
assert.deepEqual((await s3.listObjectsV2("media", "", true).toArray()).map((each) => each.name), ["dir/big"]);
await assert.rejects(s3.getObject("media", "missing"), { code: "NoSuchKey" });
console.log("done");
