import path from "node:path";
import { said, type Escape } from "./case.ts";
import { ABSTRACT, CANARY, UNTOUCHED, type World } from "./world.ts";

type Numbers = Readonly<Record<string, number>>;

/** Written down once more, from the kernel's tables, for x86-64 and for arm64. */
const NUMBERS: Numbers =
  process.arch === "arm64"
    ? {
        ptrace: 117,
        process_vm_readv: 270,
        add_key: 217,
        request_key: 218,
        keyctl: 219,
        bpf: 280,
        io_uring_setup: 425,
        userfaultfd: 282,
        perf_event_open: 241,
        fanotify_init: 262,
        mount: 40,
        umount2: 39,
        pivot_root: 41,
        chroot: 51,
        open_tree: 428,
        fsopen: 430,
        unshare: 97,
        setns: 268,
        open_by_handle_at: 265,
        kexec_load: 104,
        init_module: 105,
        delete_module: 106,
        reboot: 142,
        swapoff: 225,
        acct: 89,
        syslog: 116,
        clock_settime: 112,
        clone: 220,
        clone3: 435,
        socket: 198,
        ioctl: 29,
        fchmodat: 53,
        openat: 56,
        mkdirat: 34,
        mknodat: 33,
        openat2: 437,
        fchmodat2: 452,
      }
    : {
        ptrace: 101,
        process_vm_readv: 310,
        add_key: 248,
        request_key: 249,
        keyctl: 250,
        bpf: 321,
        io_uring_setup: 425,
        userfaultfd: 323,
        perf_event_open: 298,
        fanotify_init: 300,
        mount: 165,
        umount2: 166,
        pivot_root: 155,
        chroot: 161,
        open_tree: 428,
        fsopen: 430,
        unshare: 272,
        setns: 308,
        open_by_handle_at: 304,
        kexec_load: 246,
        init_module: 175,
        delete_module: 176,
        reboot: 169,
        swapoff: 168,
        acct: 163,
        syslog: 103,
        clock_settime: 227,
        clone: 56,
        clone3: 435,
        socket: 41,
        ioctl: 16,
        fchmodat: 268,
        openat: 257,
        mkdirat: 258,
        mknodat: 259,
        openat2: 437,
        fchmodat2: 452,
      };

/** The call answers anything but that it may not be made: EPERM (1), ENOSYS (38), EAFNOSUPPORT (97). */
function call(name: string, words: string, shown = name): Escape {
  const nr = NUMBERS[name];
  // Perl hands over no text that stands in the program.
  const texts: string[] = [];
  const args = words.replace(/"[^"]*"/g, (text) => `$s[${texts.push(text) - 1}]`);
  return {
    name: `call ${shown}`,
    sh: `perl -e 'my @s = (${texts.join(", ")}); my $b = "\\0" x 256; my $r = syscall(${nr}, ${args}); my $e = $! + 0; print "ESCAPED $r $e" unless $r == -1 && ($e == 1 || $e == 38 || $e == 97);'`,
    won: said,
  };
}

const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNS = 0x20000;

const calls: Escape[] = [
  // PTRACE_TRACEME
  call("ptrace", "0, 0, 0, 0"),
  call("process_vm_readv", "$$, $b, 1, $b, 1, 0"),
  call("add_key", '"user", "k", "v", 1, -3'),
  call("request_key", '"user", "k", 0, 0'),
  // KEYCTL_GET_KEYRING_ID of the user's keyring
  call("keyctl", "0, -4, 1"),
  call("bpf", "0, $b, 64"),
  call("io_uring_setup", "8, $b"),
  call("userfaultfd", "1"),
  call("perf_event_open", "$b, 0, -1, -1, 0"),
  call("fanotify_init", "0, 0"),
  call("mount", '"none", "/tmp", "tmpfs", 0, 0'),
  call("umount2", '"/tmp", 2'),
  call("pivot_root", '"/", "/"'),
  call("chroot", '"/"'),
  call("open_tree", '-100, "/", 1'),
  call("fsopen", '"tmpfs", 0'),
  call("unshare", `${CLONE_NEWUSER}`, "unshare, a user namespace"),
  call("unshare", `${CLONE_NEWNS}`, "unshare, a mount namespace"),
  call("setns", "0, 0"),
  call("open_by_handle_at", "-100, $b, 0"),
  call("kexec_load", "0, 0, 0, 0"),
  call("init_module", '$b, 256, ""'),
  call("delete_module", '"x", 0'),
  // With a number that the kernel would refuse.
  call("reboot", "1, 2, 3, 0"),
  call("swapoff", '"/none"'),
  call("acct", "0"),
  call("syslog", "3, $b, 256"),
  call("clock_settime", "0, $b"),
  call("clone", `${CLONE_NEWUSER} | 17, 0, 0, 0, 0`, "clone, a user namespace"),
  call("clone3", "$b, 64", "clone3"),
  call("openat2", '-100, "/etc/hostname", $b, 24', "openat2"),
  call("socket", "40, 1, 0", "socket, VSOCK"),
  call("socket", "38, 5, 0", "socket, ALG"),
  call("socket", "17, 3, 768", "socket, PACKET"),
  call("socket", "2, 3, 1", "socket, RAW"),
  call("socket", "16, 3, 9", "socket, NETLINK audit"),
  call("socket", "31, 3, 0", "socket, BLUETOOTH"),
  call("ioctl", "0, 0x5412, $b", "ioctl TIOCSTI"),
  // The kernel looks at 32 bits of it.
  call("ioctl", "0, 0x5412 + (7 << 32), $b", "ioctl TIOCSTI with more above"),
  call("ioctl", "0, 0x541c, $b", "ioctl TIOCLINUX"),
  ...(process.arch === "x64"
    ? [
        {
          ...call("ptrace", ""),
          name: "call ptrace as x32",
          sh: `perl -e 'my $r = syscall(0x40000000 + 521, 0, 0, 0, 0); my $e = $! + 0; print "ESCAPED" unless $r == -1 && ($e == 1 || $e == 38)'`,
        },
      ]
    : []),
];

const hasSetId = (world: World, id: string) =>
  (world.mode(path.join(world.workspaces.plain, id)) & 0o6000) !== 0;
const setId: Escape[] = (
  [
    ["chmod u+s", "cp /bin/true $ID; chmod u+s $ID"],
    ["chmod g+s", "cp /bin/true $ID; chmod g+s $ID"],
    ["fchmodat", `echo x >$ID; perl -e 'syscall(${NUMBERS["fchmodat"]}, -100, $ENV{ID}, 04755)'`],
    ["fchmodat2", `echo x >$ID; perl -e 'syscall(${NUMBERS["fchmodat2"]}, -100, $ENV{ID}, 04755, 0)'`],
    ["openat with a mode", `perl -e 'umask 0; syscall(${NUMBERS["openat"]}, -100, $ENV{ID}, 0101, 06755)'`],
    [
      "mkdirat with a mode",
      `perl -e 'umask 0; syscall(${NUMBERS["mkdirat"]}, -100, $ENV{ID}, 02755)'; chmod 2755 $ID`,
    ],
    ["mknodat with a mode", `perl -e 'umask 0; syscall(${NUMBERS["mknodat"]}, -100, $ENV{ID}, 0104755, 0)'`],
    ["install -m", "install -m 4755 /bin/true $ID"],
    [
      "tar -p",
      "echo x >t.$ID; chmod 755 t.$ID; tar cf a.$ID --mode=4755 --transform=s/^t.// t.$ID; tar xpf a.$ID",
    ],
  ] as const
).map(([how, sh]) => ({
  name: `set-user-id by ${how}`,
  sh,
  won: hasSetId,
  provable: how !== "fchmodat2" && how !== "mkdirat with a mode",
}));

/** Says whether a connection could be made; what comes through is heard outside. */
const perlSocket = (connect: string) => `perl -MSocket -e '$SIG{ALRM} = sub { exit }; alarm 2; ${connect}'`;
const heard = (world: World, id: string) => world.heard.some((text) => text.includes(id));
const network: Escape[] = (
  [
    [
      "TCP to the machine's loopback",
      'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in($ENV{TCP}, inet_aton("127.0.0.1"))) and syswrite(S, $ENV{ID})',
    ],
    [
      "TCP to the machine by its address",
      "for (split / /, $ENV{ADDRESSES}) { socket(S, PF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in($ENV{TCP}, inet_aton($_))) and syswrite(S, $ENV{ID}) }",
    ],
    [
      "TCP to 0.0.0.0",
      'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in($ENV{TCP}, inet_aton("0.0.0.0"))) and syswrite(S, $ENV{ID})',
    ],
    [
      "UDP to the machine's loopback",
      'socket(S, PF_INET, SOCK_DGRAM, 0); send(S, $ENV{ID}, 0, pack_sockaddr_in($ENV{UDP}, inet_aton("127.0.0.1")))',
    ],
    [
      "UDP to the machine by its address",
      "for (split / /, $ENV{ADDRESSES}) { socket(S, PF_INET, SOCK_DGRAM, 0); send(S, $ENV{ID}, 0, pack_sockaddr_in($ENV{UDP}, inet_aton($_))) }",
    ],
    [
      "a socket in a folder that is seen",
      'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("$ENV{OUT}/host.sock")) and syswrite(S, $ENV{ID})',
    ],
    [
      "a socket in a folder that is not",
      'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("$ENV{BASE}/host.sock")) and syswrite(S, $ENV{ID})',
    ],
    [
      "a socket through a link",
      'symlink("$ENV{OUT}/host.sock", "s.$ENV{ID}"); socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("s.$ENV{ID}")) and syswrite(S, $ENV{ID})',
    ],
    [
      "an abstract socket",
      `socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack("Sa*", AF_UNIX, "\\0${ABSTRACT}")) and syswrite(S, $ENV{ID})`,
    ],
  ] as const
).map(([what, connect]) => ({ name: `reach ${what}`, sh: perlSocket(connect), won: heard, provable: true }));

const lookups: Escape[] = [
  {
    name: "look up a name",
    sh: "timeout 2 getent ahosts example.com && echo ESCAPED; timeout 2 getent ahosts localhost.localdomain.example && echo ESCAPED",
    won: said,
  },
  {
    name: "see another network device",
    sh: "grep -v -e Inter -e face -e lo: /proc/net/dev && echo ESCAPED; [ -e /sys/class/net ] && echo ESCAPED",
    won: said,
  },
  { name: "see routes", sh: "sed 1d /proc/net/route | grep -q . && echo ESCAPED", won: said },
];

const alive = (world: World) => world.victim.exitCode !== null || world.victim.signalCode !== null;
const processes: Escape[] = (
  [
    ["by its number", "kill -9 $VICTIM"],
    ["with all others", "perl -e 'kill 9, -1 if fork'; true"],
    ["by the group of its parent", "kill -9 -$PPID; kill -9 $VICTIM_PARENT"],
    ["by its name", "pkill -9 -x sleep; killall -9 sleep"],
    [
      "by all it can see",
      "for p in /proc/[0-9]*; do n=${p#/proc/}; [ $n = $$ ] || [ $n = 1 ] || [ $n -le $PPID ] || kill -9 $n; done",
    ],
  ] as const
).map(([how, sh]) => ({ name: `end a process outside ${how}`, sh, won: alive }));

const PROC: readonly (readonly [string, string])[] = [
  ["core_pattern", "echo '|/tmp/x' >/proc/sys/kernel/core_pattern"],
  ["modprobe", "echo /tmp/x >/proc/sys/kernel/modprobe"],
  ["hostname", "echo x >/proc/sys/kernel/hostname"],
  ["randomize_va_space", "echo 2 >/proc/sys/kernel/randomize_va_space"],
  ["ip_forward", "echo 1 >/proc/sys/net/ipv4/ip_forward"],
  ["sysrq-trigger", "echo h >/proc/sysrq-trigger"],
  ["oom_score_adj of the first process", "echo 0 >/proc/1/oom_score_adj"],
  ["binfmt_misc", "echo x >/proc/sys/fs/binfmt_misc/register"],
  ["mtrr", "echo x >/proc/mtrr"],
  ["irq", "echo 1 >/proc/irq/default_smp_affinity"],
  ["uid_map", "echo 0 0 1 >/proc/self/uid_map"],
];
const proc: Escape[] = [
  ...PROC.map(([what, sh]) => ({
    name: `change ${what}`,
    sh: `( ${sh} ) 2>/dev/null && echo ESCAPED`,
    won: said,
  })),
  ...[
    "/proc/kcore",
    "/proc/kmsg",
    "/dev/mem",
    "/dev/kmsg",
    "/dev/port",
    "/dev/kvm",
    "/dev/vsock",
    "/dev/fuse",
    "/dev/loop0",
    "/dev/vda",
    "/dev/sda",
    "/dev/nvme0n1",
  ].map((at) => ({
    name: `read ${at}`,
    sh: `timeout 1 dd if=${at} bs=1 count=1 of=/dev/null 2>/dev/null && echo ESCAPED; [ -c ${at} -o -b ${at} ] && echo ESCAPED`,
    won: said,
  })),
  {
    name: "see a process outside",
    sh: "[ -e /proc/$VICTIM ] && grep -q sleep /proc/$VICTIM/comm && echo ESCAPED",
    won: said,
    provable: true,
  },
  { name: "make a block device", sh: "mknod b.$ID b 254 0 && echo ESCAPED", won: said },
  { name: "make a character device", sh: "mknod c.$ID c 1 1 && echo ESCAPED", won: said },
  {
    name: "hold a capability",
    sh: "grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | grep -v 0000000000000000 && echo ESCAPED",
    won: said,
  },
  {
    name: "become somebody by su or sudo",
    sh: "[ $(id -u) = 0 ] && exit; { timeout 2 su -c 'id -u' </dev/null; timeout 2 sudo -n id -u; } | grep -qx 0 && echo ESCAPED",
    won: said,
  },
  { name: "share the terminal's session", sh: "( : </dev/tty ) 2>/dev/null && echo ESCAPED", won: said },
  {
    name: "join a control group",
    sh: "for g in $(find /sys/fs/cgroup -name cgroup.procs 2>/dev/null); do echo $$ >$g && echo ESCAPED; done",
    won: said,
  },
  {
    name: "shared memory of the machine",
    sh: `ipcs -m 2>/dev/null | grep -q 0x && echo ESCAPED; cat /dev/shm/* 2>/dev/null | grep ${CANARY}`,
    won: (world, id, output) => said(world, id, output) || output.includes(CANARY),
  },
  {
    name: "preload into what starts the sandbox",
    sh: `[ -n "$LD_PRELOAD$NODE_OPTIONS$BASH_ENV" ] && echo ESCAPED`,
    won: said,
  },
];

/** A link that turns into a folder and back, while another writes and reads through it. */
const RACER = String.raw`
mkdir -p race.$ID/real; echo in >race.$ID/real/victim; cd race.$ID
( i=0; while [ $i -lt 4000 ]; do ln -sfnT "$OUT" swap; rm -f swap; mkdir swap 2>/dev/null; rmdir swap 2>/dev/null; ln -sfnT real swap; mv -T swap other 2>/dev/null; ln -sfnT "$HOME/.ssh" swap; mv -T other swap 2>/dev/null; i=$((i+1)); done ) 2>/dev/null &
racer=$!
perl -e '$end = time + 3; while (time < $end) { for (1..200) { open(F, ">>", "swap/victim") and print F "x"; close F; open(F, ">", "swap/$ENV{ID}") and close F; open(F, "<", "swap/id_ed25519") and print <F>; close F; rename("real/victim", "swap/victim"); link("swap/victim", "l"); unlink("l"); } }'
kill $racer
`;
const racing: Escape[] = [
  {
    name: "race links against folders",
    sh: RACER,
    won: (world, id, output) =>
      output.includes(CANARY) ||
      world.exists(path.join(world.outside, id)) ||
      world.read(path.join(world.outside, "victim")) !== UNTOUCHED,
  },
  {
    name: "race what holds the hooks",
    sh: `perl -e '$end = time + 2; while (time < $end) { for (1..50) { rename(".git", "g"); mkdir(".git"); mkdir(".git/hooks"); open(F, ">", ".git/hooks/pre-push") and print F "x"; close F; rename("g", ".git"); symlink("/tmp", ".vscode"); open(F, ">", ".vscode/tasks.json") and print F "x"; } }'`,
    won: (world) =>
      world.exists(path.join(world.workspaces.plain, ".git/hooks/pre-push")) ||
      world.exists(path.join(world.workspaces.plain, ".vscode")),
  },
];

export const KERNEL_CASES: readonly Escape[] = [
  ...calls,
  ...setId,
  ...network,
  ...lookups,
  ...processes,
  ...proc,
  ...racing,
];
