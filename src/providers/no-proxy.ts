/** Whether a host of a URL is this machine: nobody else could answer for it. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const address = parseAddress(host);
  if (address === undefined) return false;
  const { bits, value } = address;
  // All zeros is what a server listens on, and what Linux takes for itself.
  if (value === 0n) return true;
  return bits === 32 ? value >> 24n === 127n : value === 1n;
}

/**
 * Whether a `NO_PROXY` list names the URL's host. Entries stand between commas or blanks: `*` for all, a domain with or
 * without a dot before it (itself and all below it), an address, a range of addresses (`10.0.0.0/8`); each but a range
 * may end in a port.
 */
export function isNamed(url: URL, list: string): boolean {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inRange(entry, host);
  // A port follows a name, an IPv4 address, or an IPv6 address in brackets; without brackets, all colons are its own.
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry);
  const name = bare(parts?.[1] ?? entry);
  if (parts?.[2] !== undefined && parts[2] !== port) return false;
  const address = parseAddress(host);
  if (address !== undefined) {
    const named = parseAddress(name);
    return named !== undefined && named.bits === address.bits && named.value === address.value;
  }
  const domain = name.replace(/^\*?\./, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function inRange(entry: string, host: string): boolean {
  const [text = "", length = ""] = entry.split("/");
  const range = parseAddress(bare(text));
  const address = parseAddress(host);
  if (range === undefined || address === undefined || range.bits !== address.bits) return false;
  if (!/^\d{1,3}$/.test(length) || Number(length) > range.bits) return false;
  const free = BigInt(range.bits - Number(length));
  return range.value >> free === address.value >> free;
}

/** Without the brackets of an IPv6 address in a URL, and without the dot of the root. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseAddress(text: string): Address | undefined {
  return parseIpv4(text) ?? (text.includes(":") ? parseIpv6(text) : undefined);
}

function parseIpv4(text: string): Address | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return { bits: 32, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

/** An IPv4 address that is dressed as one of IPv6 is read as what it is. */
function parseIpv6(text: string): Address | undefined {
  // The URL parser knows all spellings, and gives back one.
  const canonical = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [before = "", after] = canonical.split("::");
  const head = before === "" ? [] : before.split(":");
  const rest = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? 0 : 8 - head.length - rest.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...rest];
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}
