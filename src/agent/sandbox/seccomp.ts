import { and, answer, ifAtLeast, ifEqual, load, type Instruction } from "./bpf.ts";
import { AUDIT_ARCH, DENIED, JUDGED, type SeccompArch } from "./syscalls.ts";

/** Where struct seccomp_data (include/uapi/linux/seccomp.h) has what; the low half of an argument stands first. */
const NR = 0;
const ARCH = 4;
const low = (argument: number) => 16 + argument * 8;

const ALLOW = answer(0x7fff0000);
const errno = (number: number) => answer(0x00050000 | number);
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);

/** Calls numbered from here on are those of x32, which would be a second name for each. */
const X32 = 0x40000000;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const NEW_NAMESPACES = 0x7e020000;
/** S_ISUID and S_ISGID: a file of ours that runs as us, whoever starts it. */
const SET_ID = 0o6000;
/** O_CREAT, and the bit of O_TMPFILE that it does not share. Without them `open` has no mode. */
const CREATES = 0o100 | 0o20000000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK */
const FAMILIES = [1, 2, 10, 16];
const NETLINK = 16;

/**
 * The filter for what is called inside: all is allowed but what `syscalls.ts` lists, with EPERM, and with ENOSYS where
 * a filter cannot see the arguments (`clone3`, `openat2`) and every C library then takes the older call. Pure.
 *
 * It adds to the namespaces: what they do not part (keyrings, VSOCK, the terminal's input), how one gets new ones, and
 * the set-user-id bit, which would work on the file outside.
 */
export function seccompProgram(arch: SeccompArch): Instruction[] {
  return [
    load(ARCH),
    // A 32-bit program has other numbers: it gets no call at all, not even the one to end.
    ifEqual(AUDIT_ARCH[arch], 1, 0),
    EPERM,
    load(NR),
    ...(arch === "x64" ? [ifAtLeast(X32, 0, 1), EPERM] : []),
    ...Object.values(DENIED[arch]).flatMap((nr) => [ifEqual(nr, 0, 1), EPERM]),
    ...Object.entries(JUDGED[arch]).flatMap(([name, nr]) => when(nr, judge(name))),
    ALLOW,
  ];
}

/** Runs the judgement, which ends in an answer, for one call, and nothing otherwise. */
function when(nr: number, judgement: readonly Instruction[]): Instruction[] {
  return [ifEqual(nr, 0, judgement.length), ...judgement];
}

function judge(name: string): Instruction[] {
  switch (name) {
    case "clone3":
    case "openat2":
      return [ENOSYS];
    case "clone":
      return [load(low(0)), ...unlessAny(NEW_NAMESPACES)];
    case "ioctl":
      // The kernel takes 32 bits of it, whatever stands above them.
      return [load(low(1)), ifEqual(TIOCSTI, 1, 0), ifEqual(TIOCLINUX, 0, 1), EPERM, ALLOW];
    case "socket":
      return [
        load(low(0)),
        // Of netlink the routes, which tell of this network namespace alone.
        ifEqual(NETLINK, 0, 3),
        load(low(2)),
        ifEqual(0, 0, FAMILIES.length),
        ALLOW,
        ...FAMILIES.filter((family) => family !== NETLINK).map((family, index, all) =>
          ifEqual(family, all.length - index, 0),
        ),
        EAFNOSUPPORT,
        ALLOW,
      ];
    case "socketpair":
      return [load(low(0)), ifEqual(1, 1, 0), EAFNOSUPPORT, ALLOW];
    case "open":
      return openingWith(1, 2);
    case "openat":
      return openingWith(2, 3);
    case "chmod":
    case "fchmod":
    case "creat":
    case "mkdir":
    case "mknod":
      return [load(low(1)), ...unlessAny(SET_ID)];
    default:
      // fchmodat, fchmodat2, mkdirat, mknodat
      return [load(low(2)), ...unlessAny(SET_ID)];
  }
}

function openingWith(flags: number, mode: number): Instruction[] {
  return [load(low(flags)), and(CREATES), ifEqual(0, 0, 1), ALLOW, load(low(mode)), ...unlessAny(SET_ID)];
}

function unlessAny(mask: number): Instruction[] {
  return [and(mask), ifEqual(0, 1, 0), EPERM, ALLOW];
}
