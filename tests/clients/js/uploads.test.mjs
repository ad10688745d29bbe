// A JavaScript test suite of its own: `fakes3mp run --bucket media -- node --test`. It steers the fake over the control API.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const MiB = 1 << 20;
const control = async (method, path, body) => {
  const response = await fetch(`${process.env.FAKES3MP_URL}/_fakes3mp/${path}`, {
    method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
};
const s3 = new S3Client({ maxAttempts: 3 }); // the environment says where, and with which keys
const upload = (Key, Body) =>
  new Upload({ client: s3, params: { Bucket: "media", Key, Body }, partSize: 5 * MiB, queueSize: 2 }).done();
const uploadOf = async (key) => {
  const { uploads } = await control("GET", `uploads?key=${key}`);
  assert.equal(uploads.length, 1);
  return uploads[0];
};
const outcomes = (part) => part.attempts.map((attempt) => attempt.outcome);

beforeEach(() => control("POST", "reset"));

test("a part that is slowed down and reset is sent again", async () => {
  await control("POST", "faults", { operation: "UploadPart", params: { PartNumber: 2 }, times: 1, error: "SlowDown" });
  await control("POST", "faults", { operation: "UploadPart", params: { PartNumber: 3 }, times: 1, reset_connection: true });
  await upload("video.mp4", Buffer.alloc(11 * MiB, "x"));
  const { state, parts } = await uploadOf("video.mp4");
  assert.equal(state, "completed");
  assert.deepEqual(parts.map((part) => part.size), [5 * MiB, 5 * MiB, MiB]);
  assert.deepEqual(outcomes(parts[0]), ["stored"]);
  assert.deepEqual(outcomes(parts[1]), ["SlowDown", "stored"]);
  assert.deepEqual(outcomes(parts[2]), ["reset_connection", "stored"]);
  assert.equal((await control("POST", "assert/all-faults-fired")).status, 200);
});

test("an upload that cannot be finished is aborted", async () => {
  await control("POST", "faults", { operation: "UploadPart", params: { PartNumber: 2 }, error: "AccessDenied" });
  await assert.rejects(upload("video.mp4", Buffer.alloc(11 * MiB, "x")), { name: "AccessDenied" });
  assert.equal((await control("POST", "assert/no-open-uploads")).status, 200);
  assert.equal((await uploadOf("video.mp4")).state, "aborted");
});

test("an assertion that fails says why", async () => {
  const answer = await control("POST", "assert/called", { operation: "UploadPart", params: { PartNumber: 9 } });
  assert.equal(answer.status, 409);
  assert.match(answer.error, /UploadPart/);
});
