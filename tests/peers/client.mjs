// Drives the official `better-auth/client` for tests: JSON lines in, JSON lines out.
// Each `jar` is a browser of its own: a cookie jar and a client. See README.md for the lines.
import { AsyncLocalStorage } from "node:async_hooks";
import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import { CookieJar } from "tough-cookie";

/** The package of `VERSION`, e.g. 1.3; without one the version that the gateway's contract is of. */
const PACKAGE = process.env.VERSION ? `better-auth-${process.env.VERSION}` : "better-auth";
const { createAuthClient } = await import(`${PACKAGE}/client`);
const plugins = await import(`${PACKAGE}/client/plugins`);

const BASE_URL = process.argv[2] ?? process.env.BASE_URL;
const ORIGIN = process.env.ORIGIN || (BASE_URL && new URL(BASE_URL).origin);
const USER_AGENT = process.env.USER_AGENT ?? "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const MAX_REDIRECTS = 10;
const NO_BODY = new Set([101, 204, 205, 304]);

const CLIENT_PLUGINS = {
  admin: plugins.adminClient,
  anonymous: plugins.anonymousClient,
  "device-authorization": plugins.deviceAuthorizationClient,
  "email-otp": plugins.emailOTPClient,
  "generic-oauth": plugins.genericOAuthClient,
  jwt: plugins.jwtClient,
  "last-login-method": plugins.lastLoginMethodClient,
  "magic-link": plugins.magicLinkClient,
  "multi-session": plugins.multiSessionClient,
  "one-time-token": plugins.oneTimeTokenClient,
  organization: plugins.organizationClient,
  "phone-number": plugins.phoneNumberClient,
  "two-factor": plugins.twoFactorClient,
  username: plugins.usernameClient,
};

/** Server plugins without a client part. */
const NO_CLIENT = new Set(["bearer"]);

const jars = new Map();
const exchange = new AsyncLocalStorage();

function clientPlugins(names) {
  return names.split(",").map((name) => name.trim()).filter((name) => name && !NO_CLIENT.has(name)).map((name) => {
    const make = CLIENT_PLUGINS[name];
    if (!make) throw new Error(`PLUGINS: unknown plugin "${name}"; known: ${Object.keys(CLIENT_PLUGINS).join(", ")}`);
    return make();
  });
}

function browser(name) {
  if (!jars.has(name)) {
    const cookies = new CookieJar();
    const client = createAuthClient({
      baseURL: BASE_URL,
      plugins: clientPlugins(process.env.PLUGINS ?? ""),
      fetchOptions: { customFetchImpl: (url, init) => fetchAsPage(cookies, url, init) },
    });
    jars.set(name, { cookies, client });
  }
  return jars.get(name);
}

/** How far the page at ORIGIN is from the address asked for, in the words of Sec-Fetch-Site. */
function site(url) {
  if (url.origin === ORIGIN) return "same-origin";
  return url.hostname === new URL(ORIGIN).hostname ? "same-site" : "cross-site";
}

/** The headers a browser adds by itself to a script's fetch or to a navigation. */
function browserHeaders(kind, method, url) {
  const from = { "user-agent": USER_AGENT, "sec-fetch-site": site(url) };
  if (kind === "navigation") {
    return { ...from, accept: "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  }
  const origin = method === "GET" && from["sec-fetch-site"] === "same-origin" ? {} : { origin: ORIGIN };
  return { ...from, ...origin, accept: "*/*", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };
}

/** One exchange on the wire, with nothing added but the body's length. */
function send(url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(url, { method, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({
        status: response.statusCode,
        statusText: response.statusMessage,
        headers: pairs(response.rawHeaders),
        body: Buffer.concat(chunks).toString("utf8"),
      }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i].toLowerCase(), raw[2 * i + 1]]);
}

function setCookies(headers) {
  return headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
}

/** Sends with the jar's cookies and keeps those of the answer, as far as a browser would. */
async function sendWithCookies(cookies, url, { sameSiteContext, ...request }) {
  const headers = { ...request.headers };
  const cookie = await cookies.getCookieString(url.href, { sameSiteContext });
  if (cookie && !("cookie" in headers)) headers.cookie = cookie;
  const response = await send(url, { ...request, headers });
  for (const line of setCookies(response.headers)) {
    await cookies.setCookie(line, url.href, { ignoreError: true, sameSiteContext });
  }
  return response;
}

/** The official client's `fetch`: what a page at ORIGIN would send. */
async function fetchAsPage(cookies, input, init = {}) {
  const url = new URL(input);
  const method = (init.method ?? "GET").toUpperCase();
  const given = Object.fromEntries(new Headers(init.headers));
  const response = await sendWithCookies(cookies, url, {
    method,
    headers: { ...browserHeaders("script", method, url), ...given },
    body: init.body,
    sameSiteContext: site(url) === "cross-site" ? "none" : "strict",
  });
  const seen = exchange.getStore();
  if (seen) seen.response = response;
  const { status, statusText, headers, body } = response;
  return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers });
}

/** Where a redirect leads, and as what; `null` when the answer is not one. */
function redirected(response, url, request) {
  const location = response.headers.find(([name]) => name === "location")?.[1];
  if (!location || ![301, 302, 303, 307, 308].includes(response.status)) return null;
  const keeps = response.status >= 307 || request.method === "GET" || request.method === "HEAD";
  const { "content-type": _, ...headers } = request.headers;
  return { url: new URL(location, url), request: keeps ? request : { ...request, method: "GET", headers, body: undefined } };
}

function lowerCased(headers = {}) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A request as the test wrote it; `as` adds a browser's own headers. */
function rawRequest({ method = "GET", headers, body, as }, url) {
  const added = as ? browserHeaders(as, method, url) : {};
  const request = { method, headers: { ...added, ...lowerCased(headers) }, body };
  if (as === "script") request.sameSiteContext = site(url) === "cross-site" ? "none" : "strict";
  if (body === undefined || typeof body === "string") return request;
  request.headers["content-type"] ??= "application/json";
  return { ...request, body: JSON.stringify(body) };
}

async function rawFetch(cookies, asked) {
  let url = new URL(asked.url, BASE_URL);
  let request = rawRequest(asked, url);
  for (let hops = 0; ; hops += 1) {
    const response = await sendWithCookies(cookies, url, request);
    const next = asked.redirect === "follow" && hops < MAX_REDIRECTS && redirected(response, url, request);
    if (!next) {
      const { status, headers, body } = response;
      return { url: url.href, status, headers, setCookie: setCookies(headers), body };
    }
    ({ url, request } = next);
  }
}

/** What scripts of a page read as `document.cookie`, while `read` runs. Plugins that ask for it answer at once. */
function withDocument(cookies, read) {
  const readable = cookies.getCookiesSync(BASE_URL).filter((cookie) => !cookie.httpOnly);
  globalThis.document = { cookie: readable.map((cookie) => cookie.cookieString()).join("; ") };
  try {
    return read();
  } finally {
    delete globalThis.document;
  }
}

/** Calls the official client by its dotted name, as an app would. What is no answer of a server is given as data. */
async function callClient({ client, cookies }, name, args = []) {
  const seen = { response: null };
  const method = name.split(".").reduce((at, part) => at[part], client);
  const called = exchange.run(seen, () => (name.includes("LastUsed") ? withDocument(cookies, () => method(...args)) : method(...args)));
  const result = await called;
  const { data, error } = result !== null && typeof result === "object" && "error" in result ? result : { data: result };
  const { status, headers = [] } = seen.response ?? {};
  const response = seen.response && { status, headers, setCookie: setCookies(headers) };
  return { data: data ?? null, error: error ?? null, response };
}

async function answer({ jar = "default", call, args, fetch: asked, cookies: list, forget }) {
  if (forget) return { forgotten: jars.delete(jar) };
  const { cookies, client } = browser(jar);
  if (call) return callClient({ client, cookies }, call, args);
  if (asked) return rawFetch(cookies, asked);
  if (list) return { cookies: await cookies.getCookies(BASE_URL, { allPaths: true }) };
  throw new Error("a line needs one of: call, fetch, cookies, forget");
}

async function answerLine(text) {
  let line = {};
  let result;
  try {
    line = JSON.parse(text);
    result = await answer(line);
  } catch (error) {
    result = { failed: error.message || error.code || String(error) };
  }
  process.stdout.write(`${JSON.stringify({ id: line.id ?? null, ...result })}\n`);
}

if (!BASE_URL) {
  console.error("client: no base URL: give it as the first argument or in BASE_URL");
  process.exit(1);
}
createInterface({ input: process.stdin }).on("line", (text) => text.trim() && answerLine(text));
