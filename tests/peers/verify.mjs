// Checks tokens with nothing but the public keys: one token a line on stdin, its claims or null a line on stdout.
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [url, issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const verified = await jwtVerify(line.trim(), keys, { issuer, audience }).catch((error) => console.error(error));
  console.log(JSON.stringify(verified?.payload ?? null));
}
