import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { toBytes } from "../../src/agent/sandbox/bpf.ts";
import { seccompProgram } from "../../src/agent/sandbox/seccomp.ts";
import { AUDIT_ARCH, DENIED, JUDGED, type SeccompArch } from "../../src/agent/sandbox/syscalls.ts";
import { runFilter } from "./bpf-machine.ts";

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;
const machines: SeccompArch[] = ["x64", "arm64"];

for (const arch of machines) {
  const program = seccompProgram(arch);
  const ask = (nr: number, ...args: (number | bigint)[]) =>
    runFilter(program, { arch: AUDIT_ARCH[arch], nr, args: args.map(BigInt) });
  const nr = (name: string) => JUDGED[arch][name] ?? assert.fail(`${name} is not judged`);
  const has = (name: string) => JUDGED[arch][name] !== undefined;

  suite(`the system call filter of ${arch}`, () => {
    test("denies what is listed, whatever its arguments", () => {
      for (const [name, number] of Object.entries(DENIED[arch])) {
        assert.equal(ask(number), EPERM, name);
        assert.equal(ask(number, -1n, -1n, -1n), EPERM, name);
      }
    });

    test("allows every other number, and ends for each", () => {
      const special = new Set([...Object.values(DENIED[arch]), ...Object.values(JUDGED[arch])]);
      for (let number = 0; number < 1000; number++) {
        if (!special.has(number)) assert.equal(ask(number, -1n, -1n, -1n, -1n), ALLOW, String(number));
      }
    });

    test("answers for whatever is asked, with one of its four answers", () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.constantFrom(...Object.values(JUDGED[arch])), fc.nat(0xffffffff)),
          fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 6 }),
          (number, args) => [ALLOW, EPERM, ENOSYS, EAFNOSUPPORT].includes(ask(number, ...args)),
        ),
      );
    });

    test("gives other kinds of programs no call", () => {
      for (const other of [0x40000003, 0x40000028, AUDIT_ARCH[arch === "x64" ? "arm64" : "x64"], 0]) {
        assert.equal(runFilter(program, { arch: other, nr: 1, args: [] }), EPERM);
      }
      if (arch === "x64")
        for (const number of [0x40000000, 0x40000001, 0xffffffff]) assert.equal(ask(number), EPERM);
    });

    test("lets processes be made, and no namespace with them", () => {
      // What fork and pthread_create pass.
      assert.equal(ask(nr("clone"), 0x01200011), ALLOW);
      assert.equal(ask(nr("clone"), 0x003d0f00), ALLOW);
      for (const space of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
        assert.equal(ask(nr("clone"), space | 17), EPERM, space.toString(16));
      }
      assert.equal(ask(nr("clone3"), 1, 88), ENOSYS);
    });

    test("lets sockets be made of the families that namespaces part", () => {
      for (const family of [1, 2, 10]) assert.equal(ask(nr("socket"), family, 1, 6), ALLOW, String(family));
      assert.equal(ask(nr("socket"), 16, 3, 0), ALLOW);
      for (const protocol of [9, 15, 16]) assert.equal(ask(nr("socket"), 16, 3, protocol), EAFNOSUPPORT);
      for (const family of [0, 3, 17, 29, 31, 38, 40, 44]) {
        assert.equal(ask(nr("socket"), family, 1, 0), EAFNOSUPPORT, String(family));
      }
      assert.equal(ask(nr("socketpair"), 1, 1, 0), ALLOW);
      assert.equal(ask(nr("socketpair"), 40, 1, 0), EAFNOSUPPORT);
    });

    test("lets no terminal be typed into, however the number is dressed", () => {
      for (const number of [0x5412n, 0x541cn, 0x1_0000_5412n, 0xffff_ffff_0000_5412n]) {
        assert.equal(ask(nr("ioctl"), 0, number), EPERM);
      }
      for (const number of [0x5401, 0x5413, 0x541b]) assert.equal(ask(nr("ioctl"), 0, number), ALLOW);
    });

    test("lets modes be set, but not to run as another", () => {
      for (const [name, at] of [
        ["chmod", 1],
        ["fchmod", 1],
        ["fchmodat", 2],
        ["fchmodat2", 2],
        ["creat", 1],
        ["mkdir", 1],
        ["mkdirat", 2],
        ["mknod", 1],
        ["mknodat", 2],
      ] as const) {
        if (!has(name)) continue;
        const mode = (value: number) => ask(nr(name), ...Array.from({ length: at }, () => 0), value);
        for (const fine of [0, 0o644, 0o755, 0o1777, 0o100644]) assert.equal(mode(fine), ALLOW, name);
        for (const bad of [0o4755, 0o2755, 0o6777, 0o104755]) assert.equal(mode(bad), EPERM, name);
      }
    });

    test("looks at the mode of an opened file where there is one", () => {
      for (const [name, flags] of [
        ["open", 1],
        ["openat", 2],
      ] as const) {
        if (!has(name)) continue;
        const open = (how: number, mode: number) =>
          ask(nr(name), ...Array.from({ length: flags }, () => 0), how, mode);
        assert.equal(open(0o100 | 1, 0o644), ALLOW);
        assert.equal(open(0o100 | 1, 0o4755), EPERM);
        assert.equal(open(0o20200000 | 2, 0o2755), EPERM);
        // Whatever lies in the register.
        assert.equal(open(0o2000000, 0o7777), ALLOW);
      }
      assert.equal(ask(nr("openat2"), 0, 0, 0, 24), ENOSYS);
    });

    test("is short enough for the kernel, and written as it reads it", () => {
      assert.ok(program.length < 4096);
      const bytes = toBytes(program);
      assert.equal(bytes.length, program.length * 8);
      assert.deepEqual([...bytes.subarray(0, 8)], [0x20, 0, 0, 0, 4, 0, 0, 0]);
    });
  });
}
