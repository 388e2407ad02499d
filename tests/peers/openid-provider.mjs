// A certified OpenID provider (npm oidc-provider) to sign in with. See README.md. Prints `listening http://127.0.0.1:PORT`
// once it serves.
import { createServer } from "node:http";
import { fstatSync } from "node:fs";
import Provider from "oidc-provider";

const settings = JSON.parse(process.env.SETTINGS || "{}");

/** Where each client is told of sign-outs. */
const backchannel = {};
/** How often each grant was asked for at the token endpoint. */
const grants = {};

/** Who somebody is follows from what they type: `unverified-…` has no proof of the address, `nobody-…` has none. */
function account(id) {
  const email = id.startsWith("nobody") ? undefined : id.includes("@") ? id : `${id}@example.com`;
  return {
    sub: id,
    name: id[0].toUpperCase() + id.slice(1),
    email,
    email_verified: !id.startsWith("unverified"),
    picture: `https://img.example.com/${id}.png`,
  };
}

function configuration() {
  return {
    clients: (settings.clients ?? [{ client_id: "gateway" }]).map((client) => ({
      client_secret: "a-client-secret-for-tests-only-0123456789",
      redirect_uris: ["https://unused.example.com/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "client_secret_post",
      backchannel_logout_uri: "https://unused.example.com/logout",
      backchannel_logout_session_required: true,
      ...client,
    })),
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
    conformIdTokenClaims: settings.userInfoOnly ?? false,
    cookies: { keys: ["a-cookie-secret-for-tests-only-0123456789"] },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    // Its usual fetch refuses addresses of this machine.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, id) => ({ accountId: id, claims: () => account(id) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: settings.accessTokenLife ?? 3600, Interaction: 600, Grant: 3600, Session: 3600, IdToken: 3600 },
  };
}

/** Nobody's ports are known when clients are registered: each may be sent back anywhere. */
function openUp(provider) {
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed: () => true,
    postLogoutRedirectUriAllowed: () => true,
  });
  Object.defineProperty(provider.Client.prototype, "backchannelLogoutUri", {
    get() {
      return backchannel[this.clientId];
    },
    set() {},
  });
}

function answerTests(request, response, address) {
  const url = new URL(request.url, address);
  if (url.pathname === "/__backchannel") {
    backchannel[url.searchParams.get("client")] = url.searchParams.get("uri");
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ backchannel, grants }));
}

/** Ends with SIGTERM, SIGINT, or when the pipe on stdin is closed by whoever started us. */
function endWithStarter() {
  const end = () => process.exit(0);
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  if (fstatSync(0).isFIFO() || fstatSync(0).isSocket()) process.stdin.on("end", end).resume();
}

let handler;
const server = createServer((request, response) => {
  if (request.url.startsWith("/__")) answerTests(request, response, server.origin);
  else handler(request, response);
});
server.listen(Number(process.env.PORT || 0), "127.0.0.1", () => {
  server.origin = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(server.origin, configuration());
  openUp(provider);
  const count = (outcome) => (context) => {
    const kind = `${context.oidc?.params?.grant_type} ${outcome}`;
    grants[kind] = (grants[kind] ?? 0) + 1;
  };
  provider.on("grant.success", count("done"));
  provider.on("grant.error", count("refused"));
  handler = provider.callback();
  endWithStarter();
  console.log(`listening ${server.origin}`);
});
