// The original Better Auth server on node:http, configured through the environment.
// See README.md for the variables. Prints `listening http://127.0.0.1:PORT` once it serves.
import { createServer } from "node:http";
import { fstatSync } from "node:fs";

/** With `PROVIDERS` every https://host/path is asked for at that address, below /host/path. */
if (process.env.PROVIDERS) {
  const real = globalThis.fetch;
  const moved = (address) => String(address).replace(/^https:\//, process.env.PROVIDERS);
  globalThis.fetch = (input, init) =>
    real(input instanceof Request ? new Request(moved(input.url), input) : moved(input), init);
}

/** The package of `VERSION`, e.g. 1.3; without one the version that the gateway's contract is of. */
const PACKAGE = process.env.VERSION ? `better-auth-${process.env.VERSION}` : "better-auth";
const { betterAuth } = await import(PACKAGE);
const { toNodeHandler } = await import(`${PACKAGE}/node`);
const plugins = await import(`${PACKAGE}/plugins`);

const mails = [];

/** Roles of the admin plugin as JSON can say them, `{"roles": {"support": {"user": ["list"]}}}`, in the plugin's own form. */
async function withRoles({ roles, ...options } = {}) {
  if (!roles) return options;
  const { createAccessControl } = await import(`${PACKAGE}/plugins/access`);
  const statements = {};
  for (const [resource, actions] of Object.values(roles).flatMap(Object.entries)) {
    statements[resource] = [...new Set([...(statements[resource] ?? []), ...actions])];
  }
  const ac = createAccessControl(statements);
  const made = Object.entries(roles).map(([name, permissions]) => [name, ac.newRole(permissions)]);
  return { ...options, ac, roles: Object.fromEntries(made) };
}

/** Makes a mail hook that keeps what it was told to send. */
function capture(kind) {
  return async ({ user, ...rest }) => {
    const to = user?.email ?? rest.email ?? rest.phoneNumber ?? null;
    mails.push({ kind, to, userId: user?.id ?? null, ...rest, at: new Date().toISOString() });
  };
}

/** Names as written in PLUGINS; each gets its part of PLUGIN_OPTIONS. */
const FACTORIES = {
  admin: async (o) => plugins.admin(await withRoles(o)),
  anonymous: (o) => plugins.anonymous(o),
  bearer: (o) => plugins.bearer(o),
  "device-authorization": (o) => plugins.deviceAuthorization(o),
  "email-otp": (o) => plugins.emailOTP({ sendVerificationOTP: capture("email-otp"), ...o }),
  "generic-oauth": (o) => plugins.genericOAuth({ config: [], ...o }),
  jwt: (o) => plugins.jwt(o),
  "last-login-method": (o) => plugins.lastLoginMethod(o),
  "magic-link": (o) => plugins.magicLink({ sendMagicLink: capture("magic-link"), ...o }),
  "multi-session": (o) => plugins.multiSession(o),
  "one-time-token": (o) => plugins.oneTimeToken(o),
  organization: (o) => plugins.organization({ sendInvitationEmail: capture("invitation"), ...o }),
  "phone-number": (o) => plugins.phoneNumber({ sendOTP: capture("phone-otp"), ...o }),
  "two-factor": (o) => plugins.twoFactor({ otpOptions: { sendOTP: capture("two-factor-otp") }, ...o }),
  username: (o) => plugins.username(o),
};

function pluginList(names, options) {
  return Promise.all(names.split(",").map((name) => name.trim()).filter(Boolean).map((name) => {
    const make = FACTORIES[name];
    if (!make) throw new Error(`PLUGINS: unknown plugin "${name}"; known: ${Object.keys(FACTORIES).join(", ")}`);
    return make(options[name]);
  }));
}

/** JSON from an environment variable, `{}` when it is not set. */
function jsonFrom(name) {
  try {
    return JSON.parse(process.env[name] || "{}");
  } catch (error) {
    throw new Error(`${name} is not valid JSON: ${error.message}`);
  }
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Lays `over` on `base`, object by object; everything else is replaced. */
function merge(base, over) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isObject(value) && isObject(base[key]) ? merge(base[key], value) : value;
  }
  return merged;
}

/** Mail hooks cannot be written in JSON: `true` turns one on, `false` takes it out. */
const MAIL_HOOKS = [
  [["emailAndPassword"], "sendResetPassword", "reset-password"],
  [["emailAndPassword"], "onExistingUserSignUp", "existing-user-sign-up"],
  [["emailVerification"], "sendVerificationEmail", "verification"],
  [["user", "changeEmail"], "sendChangeEmailConfirmation", "change-email"],
  [["user", "deleteUser"], "sendDeleteAccountVerification", "delete-account"],
];

function withMailHooks(options) {
  for (const [path, key, kind] of MAIL_HOOKS) {
    const section = path.reduce((at, part) => at?.[part], options);
    if (section?.[key] === true) section[key] = capture(kind);
    else if (section?.[key] === false) delete section[key];
  }
  return options;
}

/** The database option: a pg pool, or Kysely's SQLite dialect over the prebuilt libsql driver. */
async function database(url) {
  if (/^postgres(ql)?:/.test(url)) {
    const { default: pg } = await import("pg");
    return new pg.Pool({ connectionString: url });
  }
  const { default: Sqlite } = await import("libsql");
  const { SqliteDialect } = await import("kysely");
  const file = new Sqlite(url.replace(/^sqlite:(\/\/)?/, "").replace(/\?.*$/, ""));
  file.exec("pragma busy_timeout = 5000; pragma foreign_keys = on");
  return { dialect: new SqliteDialect({ database: file }), type: "sqlite" };
}

async function options(baseURL) {
  const { DATABASE_URL, BETTER_AUTH_SECRET, PLUGINS = "" } = process.env;
  if (!DATABASE_URL) throw new Error("DATABASE_URL is not set (postgres://… or the path of a SQLite file)");
  if (!BETTER_AUTH_SECRET) throw new Error("BETTER_AUTH_SECRET is not set");
  const defaults = {
    baseURL,
    secret: BETTER_AUTH_SECRET,
    database: await database(DATABASE_URL),
    emailAndPassword: { enabled: true, sendResetPassword: true },
    emailVerification: { sendVerificationEmail: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: await pluginList(PLUGINS, jsonFrom("PLUGIN_OPTIONS")),
  };
  return withMailHooks(merge(defaults, jsonFrom("OPTIONS")));
}

/** The captured mails: GET reads them, DELETE forgets them. */
function answerMails(request, response) {
  if (request.method === "DELETE") mails.length = 0;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(mails));
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

/** Ends with SIGTERM, SIGINT, or when the pipe on stdin is closed by whoever started us. */
function endWithStarter() {
  const end = () => process.exit(0);
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  if (fstatSync(0).isFIFO() || fstatSync(0).isSocket()) process.stdin.on("end", end).resume();
}

async function migrate() {
  const { getMigrations } = await import(`${PACKAGE}/db/migration`).catch(() => import(`${PACKAGE}/db`));
  const { runMigrations } = await getMigrations(await options(process.env.BETTER_AUTH_URL ?? "http://127.0.0.1"));
  await runMigrations();
  console.log("migrated");
}

async function serve() {
  let handler;
  const server = createServer((request, response) => {
    if (request.url === "/__mails") answerMails(request, response);
    else handler(request, response);
  });
  const address = await listen(server, Number(process.env.PORT || 0));
  handler = toNodeHandler(betterAuth(await options(process.env.BETTER_AUTH_URL || address)));
  endWithStarter();
  console.log(`listening ${address}`);
}

try {
  if (process.argv.includes("--migrate")) {
    await migrate();
    process.exit(0);
  }
  await serve();
} catch (error) {
  console.error(`better-auth-server: ${error.message}`);
  process.exit(1);
}
