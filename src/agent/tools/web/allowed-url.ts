import { NotAllowed } from "./not-allowed.ts";
import { isPublic } from "../../sandbox/public-address.ts";
import type { WebAccess } from "./web-access.ts";

const MOST_NAMED = 20;
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The URL, if it may be asked: http or https at its usual port, no user, a host by name that is on the list and has
 * public addresses only.
 * @throws NotAllowed
 */
export async function allowedUrl(given: string, web: WebAccess): Promise<URL> {
  const url = parsed(given);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new NotAllowed("only http and https are asked");
  if (url.username !== "" || url.password !== "")
    throw new NotAllowed("a URL with a user or a password is not asked");
  if (url.port !== "") throw new NotAllowed("only the usual ports, 80 and 443, are asked");
  const host = url.hostname;
  if (host.length > 253 || !HOST.test(host) || isNumeric(host)) {
    throw new NotAllowed("only hosts with a plain name are asked, such as example.com");
  }
  if (!web.hosts.some((allowed) => allows(allowed, host))) {
    throw new NotAllowed(`${host} is not allowed. Allowed: ${namesOf(web.hosts)}. Ask the user.`);
  }
  const addresses = await web.addressesOf(host);
  if (addresses.length === 0) throw new NotAllowed(`${host} has no address`);
  if (!addresses.every(isPublic)) throw new NotAllowed(`${host} is in a private network, and is not asked`);
  url.hash = "";
  return url;
}

/** Which hosts are allowed, in few words. */
export function namesOf(hosts: readonly string[]): string {
  if (hosts.length === 0) return "none";
  const more = hosts.length - MOST_NAMED;
  return hosts.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function parsed(given: string): URL {
  // The parser would take some of these out, and others could read what is left differently.
  if (!/^[!-[\]-~]*$/.test(given)) {
    throw new NotAllowed("the URL has blanks, backslashes or characters beyond ASCII; encode them");
  }
  if (!URL.canParse(given)) throw new NotAllowed("that is no absolute URL");
  const url = new URL(given);
  // Escapes in the host are decoded by the parser: what was written and what is asked would differ.
  const [, host = ""] = /^[a-z]+:\/\/([^/?#]*)/i.exec(given) ?? [];
  const [name = ""] = host.split("@").slice(-1);
  if (name.replace(/:\d*$/, "").toLowerCase() !== url.hostname)
    throw new NotAllowed("write the host as it is");
  return url;
}

/** A name whose last label is a number is an IPv4 address to some. */
function isNumeric(host: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(host.split(".").at(-1) ?? "");
}

function allows(allowed: string, host: string): boolean {
  const wanted = allowed.toLowerCase();
  if (wanted === "*") return true;
  if (!wanted.startsWith("*.")) return wanted === host;
  const below = wanted.slice(2).split(".");
  const labels = host.split(".");
  return (
    labels.length > below.length &&
    below.every((label, at) => label === labels[labels.length - below.length + at])
  );
}
