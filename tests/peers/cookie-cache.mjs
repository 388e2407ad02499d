// What `getCookieCache` of better-auth/cookies reads in a Cookie header, as one line of JSON.
// cookie-cache.mjs STRATEGY COOKIES, with BETTER_AUTH_SECRET in the environment.
import { getCookieCache } from "better-auth/cookies";

const [strategy, cookie] = process.argv.slice(2);
const found = await getCookieCache(new Headers({ cookie }), { strategy, isSecure: cookie.startsWith("__Secure-") });
console.log(JSON.stringify(found));
