import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Duplex } from "node:stream";
import { suite, test, type TestContext } from "node:test";
import fc from "fast-check";
import { EgressProxy, type EgressDecision, type Resolve } from "../../src/agent/sandbox/egress-proxy.ts";
import { parseHost, parseHostRule, ruleFor } from "../../src/agent/sandbox/host-rule.ts";
import { openSandbox } from "../../src/agent/sandbox/open-sandbox.ts";
import { isPublic } from "../../src/agent/sandbox/public-address.ts";
import { outputOf } from "./escape/run.ts";
import { temporaryFolder, withoutBwrap } from "./support.ts";

/** What has been taken for a name that was allowed, somewhere. */
const NO_HOSTS: readonly string[] = [
  [
    "",
    " ",
    ".",
    "..",
    "a..b",
    ".example.com",
    "example.com.",
    "example.com..",
    "-a.com",
    "a-.com",
    "*.example.com",
  ],
  [
    "example.com\0",
    "example.com\0.evil.com",
    "evil.com\0.example.com",
    "example.com%00",
    "evil.com%00.example.com",
  ],
  [
    "example.com%2eevil.com",
    "example.com/",
    "example.com/.evil.com",
    "example.com\\.evil.com",
    "evil.com#.example.com",
  ],
  [
    "evil.com?.example.com",
    "user@example.com",
    "evil.com@example.com",
    "example.com@evil.com",
    "example.com:80",
  ],
  [
    "example.com ",
    " example.com",
    "example.com\t",
    "example.com\r\n",
    "example.com\nhost: evil",
    "exa mple.com",
  ],
  [
    "ex\u00e4mple.com",
    "example\u3002com",
    "example\uff0ecom",
    "\u212aernel.org",
    "e\u0301.com",
    "\u202eexample.com",
  ],
  ["[::1]", "::1", "[::ffff:127.0.0.1]", "::ffff:1.2.3.4", "[fe80::1%25eth0]", "fe80::1%eth0"],
  [
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.04",
    "a.1",
  ],
  [
    "example.com;evil.com",
    "example.com,evil.com",
    "example.com|evil.com",
    "example.com'",
    'example.com"',
    "example.com`",
  ],
  [
    "$(evil).com",
    "{example}.com",
    "example.com<",
    "example_com.com",
    "~.com",
    "!.com",
    "a+b.com",
    "a=b.com",
    "a&b.com",
  ],
  ["a".repeat(64) + ".com", "a.".repeat(130) + "com"],
].flat();

suite("hosts", () => {
  test("what is no name of a host is none", () => {
    assert.deepEqual(
      NO_HOSTS.filter((text) => parseHost(text) !== undefined),
      [],
    );
    for (let code = 0; code < 0x250; code++) {
      const letter = String.fromCodePoint(code);
      if (/[A-Za-z0-9.-]/.test(letter)) continue;
      for (const text of [
        `${letter}example.com`,
        `example${letter}.com`,
        `example.com${letter}`,
        `evil.com${letter}.example.com`,
      ]) {
        assert.equal(parseHost(text), undefined, JSON.stringify(text));
      }
    }
  });

  test("a rule opens its host, and a star what is below", () => {
    const rules = ["example.com", "*.wide.org", "10.1.2.3:8080"].map(parseHostRule);
    const open = (host: string, port: number) => ruleFor(rules, host, port) !== undefined;
    assert.deepEqual(
      [
        open("example.com", 443),
        open("example.com", 80),
        open("a.wide.org", 443),
        open("a.b.wide.org", 443),
        open("10.1.2.3", 8080),
      ],
      [true, true, true, true, true],
    );
    for (const [host, port] of [
      ["example.com", 22],
      ["example.com", 8443],
      ["a.example.com", 443],
      ["notexample.com", 443],
      ["wide.org", 443],
      ["awide.org", 443],
      ["wide.org.evil.com", 443],
      ["10.1.2.3", 443],
      ["10.1.2.4", 8080],
    ] as const) {
      assert.equal(open(host, port), false, `${host}:${port}`);
    }
  });

  test("nothing but rules is taken for one", () => {
    for (const text of [
      ...NO_HOSTS.filter((each) => each !== "*.example.com"),
      "*",
      "*.",
      "*.com",
      "a.*.com",
      "*example.com",
      "1.2.3.4",
      "1.2.3.4:0",
      "1.2.3.4:65536",
      "example.com:443",
      "https://example.com",
    ]) {
      assert.throws(() => parseHostRule(text), /is no host to open/, JSON.stringify(text));
    }
  });

  test("a host is open only if it is a rule's, or ends in a star's by a whole label", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,5}$/).filter((text) => !/^(?:\d+|0x.*)$/.test(text));
    const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join("."));
    fc.assert(
      fc.property(host, host, fc.boolean(), (rule, asked, star) => {
        const parsed = parseHostRule(star ? `*.${rule}` : rule);
        const labels = asked.split(".").slice(-rule.split(".").length).join(".");
        const expected = star ? labels === rule && asked !== rule : asked === rule;
        return (ruleFor([parsed], asked, 443) !== undefined) === expected;
      }),
    );
  });

  test("what is not the public internet is known", () => {
    for (const address of [
      "127.0.0.1",
      "127.9.9.9",
      "0.0.0.0",
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "100.100.100.200",
      "168.63.129.16",
      "198.18.0.1",
      "224.0.0.1",
      "255.255.255.255",
      "192.0.0.192",
      "::1",
      "::",
      "fe80::1",
      "fc00::1",
      "fd00:ec2::254",
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "64:ff9b::7f00:1",
      "2002:7f00:1::",
      "2001:db8::1",
      "2001::1",
      "ff02::1",
      "fe80::1%eth0",
      "no address",
      "",
    ]) {
      assert.equal(isPublic(address), false, address);
    }
    for (const address of [
      "1.1.1.1",
      "8.8.8.8",
      "172.32.0.1",
      "100.128.0.1",
      "2606:4700:4700::1111",
      "2a00:1450::1",
    ]) {
      assert.equal(isPublic(address), true, address);
    }
  });
});

/** A proxy that looks up names in a table, and what came of each wish. */
function proxyOver(hosts: readonly string[], names: Readonly<Record<string, readonly string[]>> = {}) {
  const decisions: EgressDecision[] = [];
  const asked: string[] = [];
  const resolve: Resolve = (host) => {
    asked.push(host);
    return Promise.resolve(
      (names[host] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { proxy: new EgressProxy(hosts, (decision) => decisions.push(decision), resolve), decisions, asked };
}

/** Says something to a proxy and reads to the end. */
async function say(proxy: EgressProxy, text: string): Promise<string> {
  let back = "";
  let give: Duplex | undefined;
  const ended = new Promise<void>((resolve) => {
    const theirs = new Duplex({
      read() {},
      write(piece: Buffer, _encoding, done) {
        back += piece.toString();
        done();
      },
      final(done) {
        resolve();
        done();
      },
      destroy(_error, done) {
        resolve();
        done(null);
      },
    });
    give = theirs;
  });
  assert.ok(give !== undefined);
  proxy.accept(give);
  give.push(text);
  await ended;
  return back;
}

async function listening(context: TestContext, answer: (request: { url?: string; host?: string }) => string) {
  const server: Server = createServer((request, response) => {
    const { url = "", headers } = request;
    response.end(answer({ url, host: headers.host ?? "" }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

suite("the proxy", () => {
  test("refuses each malformed host, and asks no name server for it", async () => {
    const { proxy, asked, decisions } = proxyOver(["example.com", "*.example.com"]);
    // A blank is of the request, and not of the host.
    const sayable = NO_HOSTS.filter((text) => !/[\s\0]/.test(text));
    for (const host of sayable) {
      const connected = await say(proxy, `CONNECT ${host}:443 HTTP/1.1\r\nhost: x\r\n\r\n`);
      assert.doesNotMatch(connected, /^HTTP\/1.1 2/, host);
      // In a URL these end the host, and what is before them may be one.
      if (/[/?#:\s\\]/.test(host)) continue;
      const got = await say(
        proxy,
        `GET http://${host}/ HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n`,
      );
      assert.doesNotMatch(got, /^HTTP\/1.1 2/, host);
    }
    assert.deepEqual(asked, []);
    assert.ok(decisions.every(({ allowed }) => !allowed));
  });

  test("refuses names that lead inside, all or one of their addresses", async () => {
    const { proxy, decisions } = proxyOver(["one.org", "two.org", "none.org"], {
      "one.org": ["127.0.0.1"],
      "two.org": ["1.1.1.1", "169.254.169.254"],
    });
    for (const host of ["one.org", "two.org", "none.org"]) {
      assert.match(await say(proxy, `CONNECT ${host}:443 HTTP/1.1\r\n\r\n`), /^HTTP\/1.1 403/);
    }
    assert.deepEqual(
      decisions.map((each) => (each.allowed ? "" : each.reason)),
      [
        "one.org leads to 127.0.0.1, which is not public",
        "two.org leads to 169.254.169.254, which is not public",
        "none.org has no address",
      ],
    );
  });

  test("refuses other ports, other hosts, and addresses that were not named", async () => {
    const { proxy, asked } = proxyOver(["example.com"], { "example.com": ["1.1.1.1"] });
    for (const target of [
      "example.com:22",
      "example.com:8443",
      "other.org:443",
      "1.1.1.1:443",
      "127.0.0.1:80",
      "example.com",
      "example.com:99999",
    ]) {
      assert.match(await say(proxy, `CONNECT ${target} HTTP/1.1\r\n\r\n`), /^HTTP\/1.1 4/, target);
    }
    assert.deepEqual(asked, []);
  });

  test("lets through to an address and port that were named, by CONNECT and by GET", async (context) => {
    const port = await listening(context, ({ url, host }) => `got ${url} of ${host}`);
    const { proxy, decisions } = proxyOver([`127.0.0.1:${port}`]);
    const plain = await say(
      proxy,
      `GET http://127.0.0.1:${port}/a?b HTTP/1.1\r\nhost: elsewhere.org\r\nproxy-authorization: x\r\nconnection: close\r\n\r\n`,
    );
    assert.match(plain, new RegExp(`^HTTP/1.1 200 .*got /a\\?b of 127.0.0.1:${port}$`, "s"));
    const tunnelled = await say(
      proxy,
      `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`,
    );
    assert.match(tunnelled, /^HTTP\/1.1 200 Connection established\r\n\r\nHTTP\/1.1 200 .*got \/c of h$/s);
    assert.deepEqual(
      decisions.map(({ allowed }) => allowed),
      [true, true],
    );
  });

  test("what is no request is refused", async () => {
    const { proxy } = proxyOver(["example.com"]);
    for (const text of [
      "nonsense\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n",
      "GET https://example.com/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ]) {
      assert.match(await say(proxy, text), /^HTTP\/1.1 4/, text);
    }
  });
});

test(
  "a host that is open can be reached from inside, and no other",
  { skip: withoutBwrap },
  async (context) => {
    const port = await listening(context, ({ url }) => `got ${url}`);
    const other = await listening(context, () => "never");
    const workspace = path.join(temporaryFolder(context), "project");
    mkdirSync(workspace);
    const decisions: EgressDecision[] = [];
    const sandbox = await openSandbox({
      kind: "bwrap",
      workspace,
      allowHosts: [`127.0.0.1:${port}`],
      onEgress: (decision) => decisions.push(decision),
    });
    context.after(() => sandbox.close());
    assert.match(sandbox.enforcement, /network through a proxy to 127\.0\.0\.1:/);
    const program = `
    const http = require("node:http");
    const get = (port, path) => new Promise((done) => {
      http.get({ host: "127.0.0.1", port: 3128, path: "http://127.0.0.1:" + port + path }, (response) => {
        let text = response.statusCode + " ";
        response.on("data", (piece) => (text += piece)).on("end", () => done(text.trim()));
      }).on("error", (error) => done(error.code));
    });
    (async () => {
      console.log(await get(${port}, "/one"));
      console.log((await Promise.all(Array.from({ length: 20 }, (_, i) => get(${port}, "/" + i)))).join());
      console.log(await get(${other}, "/"));
      const direct = await new Promise((done) => http.get({ host: "127.0.0.1", port: ${port} }, () => done("direct")).on("error", (error) => done(error.code)));
      console.log(direct, process.env.HTTPS_PROXY);
    })();`;
    const text = await outputOf(sandbox.start({ argv: [process.execPath, "--no-warnings", "-e", program] }));
    const many = Array.from({ length: 20 }, (_, index) => `200 got /${index}`).join();
    assert.equal(
      text,
      `200 got /one\n${many}\n403 colloquy sandbox: 127.0.0.1:${other} is not open; its user opens hosts with --allow-host\nECONNREFUSED http://127.0.0.1:3128\n`,
    );
    assert.equal(decisions.filter(({ allowed }) => allowed).length, 21);
    assert.equal(decisions.filter(({ allowed }) => !allowed).length, 1);
  },
);
