import { ConfigurationError } from "../llm/errors.ts";
import { isLoopback, isNamed } from "./no-proxy.ts";
import { Secret } from "./secret.ts";

/** A proxy that requests go through. */
export interface Proxy {
  /** Where it is; without credentials, so that it may be shown. */
  readonly url: URL;
  /** The value of `proxy-authorization`. */
  readonly authorization?: Secret;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL: `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`;
 * none for the hosts in `NO_PROXY`, and never one for this machine itself. Each name may be in lower case, which wins;
 * one that is set and empty says "no proxy". Pure.
 *
 * @throws ConfigurationError `invalid-option` for a proxy that we cannot speak to: to go round it silently would send
 * requests where they must not go.
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const scheme = url.protocol.slice(0, -1);
  const [name, value] = variable(env, `${scheme}_proxy`) ?? variable(env, "all_proxy") ?? [];
  if (name === undefined || value === undefined || value.trim() === "") return undefined;
  const [, exceptions = ""] = variable(env, "no_proxy") ?? [];
  return isNamed(url, exceptions) ? undefined : parseProxy(name, value.trim());
}

function variable(env: Environment, lower: string): readonly [name: string, value: string] | undefined {
  const upper = lower.toUpperCase();
  // A CGI script finds the request's own header `Proxy` in HTTP_PROXY (CVE-2016-5385).
  const names = upper === "HTTP_PROXY" && env["REQUEST_METHOD"] !== undefined ? [lower] : [lower, upper];
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) return [name, value];
  }
  return undefined;
}

/** The value may hold a password: it is not quoted. */
function parseProxy(name: string, value: string): Proxy {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || url.hostname === "" || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigurationError(
      "invalid-option",
      `${name} does not name an http or https proxy; change it, or pass a fetch or a dispatcher of your own`,
    );
  }
  const { username, password } = url;
  const origin = new URL(url.origin);
  if (username === "" && password === "") return { url: origin };
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  return { url: origin, authorization: new Secret(`Basic ${credentials}`) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for itself.
    return text;
  }
}
