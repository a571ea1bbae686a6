import path from "node:path";
import { said, type Escape } from "./case.ts";
import { SECRETS_AT_HOME, SECRET_VARIABLES } from "./secrets.ts";
import { CANARY, UNTOUCHED, type World } from "./world.ts";

const leaked = (_world: World, _id: string, output: string) => output.includes(CANARY);
const victimChanged = (world: World) => world.read(path.join(world.outside, "victim")) !== UNTOUCHED;
const made = (where: (world: World) => string) => (world: World, id: string) =>
  world.exists(path.join(where(world), id));

/** Making something in a folder outside. */
const PLACES: readonly (readonly [string, (world: World) => string, boolean])[] = [
  ["$OUT", (world) => world.outside, true],
  ["$OUT/folder", (world) => path.join(world.outside, "folder"), true],
  ["$BASE", (world) => world.base, true],
  ["$BASE/work", (world) => path.join(world.base, "work"), true],
  ["$HOME", (world) => world.home, true],
  ["$HOME/.ssh", (world) => path.join(world.home, ".ssh"), true],
  ["$HOME/.local/bin", (world) => path.join(world.home, ".local/bin"), false],
  ["/", () => "/", false],
  ["/etc", () => "/etc", false],
  ["/usr/local/bin", () => "/usr/local/bin", false],
  ["/opt", () => "/opt", false],
  ["/var/tmp", () => "/var/tmp", false],
  ["/tmp", () => "/tmp", false],
  ["/dev/shm", () => "/dev/shm", false],
  ["/run", () => "/run", false],
  ["/sys/fs/cgroup", () => "/sys/fs/cgroup", false],
];

const making: Escape[] = PLACES.map(([place, where, provable]) => ({
  name: `make a file in ${place}`,
  sh: `echo x >"${place}/$ID"`,
  won: made(where),
  provable,
}));

const OTHER_WAYS: readonly (readonly [string, string])[] = [
  ["a folder", 'mkdir "$OUT/$ID"'],
  ["a link", 'ln -s /etc "$OUT/$ID"'],
  ["a hard link", 'echo x >f.$ID; ln f.$ID "$OUT/$ID"'],
  ["a FIFO", 'mkfifo "$OUT/$ID"'],
  ["a file that is moved there", 'echo x >f.$ID; mv f.$ID "$OUT/$ID"'],
  ["a copy", 'echo x >f.$ID; cp f.$ID "$OUT/$ID"'],
  ["a file through a link in the workspace", 'ln -s "$OUT" l.$ID; echo x >l.$ID/$ID'],
  ["a file through a link to the file", 'ln -s "$OUT/$ID" l.$ID; echo x >l.$ID'],
  ["a file through ..", 'echo x >"$WS/../../outside/$ID"'],
  ["a file through /proc/self/root", 'echo x >"/proc/self/root$OUT/$ID"'],
  ["a file through /proc/1/root", 'echo x >"/proc/1/root$OUT/$ID"'],
  ["a file through /proc/self/cwd", 'cd "$OUT" && echo x >/proc/self/cwd/$ID'],
  ["a file through /proc/self/fd", 'exec 9<"$OUT"; echo x >/proc/self/fd/9/$ID'],
  ["a file after remounting", 'mount -o remount,rw / ; mount -o remount,rw,bind "$OUT"; echo x >"$OUT/$ID"'],
  ["a file after unmounting", 'umount -l /; umount "$WS"; echo x >"$OUT/$ID"'],
  [
    "a file in a user namespace of its own",
    'unshare -Urm sh -c "mount -o remount,rw,bind /; echo x >$OUT/$ID"; echo x >"$OUT/$ID"',
  ],
  ["a file from a bwrap in the sandbox", 'bwrap --bind / / sh -c "echo x >$OUT/$ID"'],
  ["a file by chroot", 'chroot /proc/1/root sh -c "echo x >$OUT/$ID"'],
  ["a file in the first process's namespaces", 'nsenter -t 1 -a sh -c "echo x >$OUT/$ID"'],
];

const otherWays: Escape[] = OTHER_WAYS.map(([what, sh]) => ({
  name: `make outside ${what}`,
  sh,
  won: made((world) => world.outside),
  provable: !/mount|namespace|bwrap|chroot|proc.1/.test(what),
}));

const CHANGES: readonly (readonly [string, string])[] = [
  ["append", 'echo x >>"$OUT/victim"'],
  ["truncate", ': >"$OUT/victim"'],
  ["remove", 'rm -f "$OUT/victim"'],
  ["move away", 'mv "$OUT/victim" "$OUT/gone"'],
  ["replace by rename", 'echo x >f.$ID; mv -f f.$ID "$OUT/victim"'],
  ["write through a hard link", 'ln "$OUT/victim" h.$ID && echo x >>h.$ID'],
  ["write through a link", 'ln -s "$OUT/victim" s.$ID; echo x >>s.$ID'],
  ["write after chmod", 'chmod 666 "$OUT/victim"; echo x >>"$OUT/victim"'],
  ["write with dd", 'echo x | dd of="$OUT/victim" conv=notrunc'],
  ["write with sed -i", 'sed -i s/u/x/ "$OUT/victim"'],
  ["write with perl +<", `perl -e 'open(F,"+<","$ENV{OUT}/victim") and print F "x"'`],
  ["write through /proc/self/fd", 'exec 8<"$OUT/victim"; echo x >/proc/self/fd/8'],
];

const changing: Escape[] = CHANGES.map(([what, sh]) => ({ name: `victim: ${what}`, sh, won: victimChanged }));

const beside: Escape[] = [
  {
    name: "change the mode of a file outside",
    sh: 'chmod 777 "$BASE/beside"',
    won: (world) => (world.mode(path.join(world.base, "beside")) & 0o777) === 0o777,
    provable: true,
  },
  {
    name: "change the times of a file outside",
    sh: 'touch -d 2001-01-01 "$OUT/victim" && echo ESCAPED',
    won: said,
  },
  {
    name: "move the workspace away",
    sh: 'mv "$WS" "$WS.moved"',
    won: (world) => !world.exists(world.workspaces.plain),
  },
];

const reading: Escape[] = [
  ...SECRETS_AT_HOME.map((name) => ({
    name: `read ~/${name}`,
    sh: `cat "$HOME/${name}"`,
    won: leaked,
    provable: true,
  })),
  ...(
    [
      ["another project in the home", 'cat "$HOME/.project-of-another/file"'],
      ["our own state", 'cat "$HOME/.colloquy-state/journal"'],
      ["a file beside the workspace, in /tmp", 'cat "$BASE/unseen"'],
      ["a key through a link", 'ln -s "$HOME/.ssh" k.$ID; cat k.$ID/id_ed25519'],
      ["a key through a hard link", 'ln "$HOME/.ssh/id_ed25519" h.$ID; cat h.$ID'],
      ["a key through ..", "cat ../../home/.ssh/id_ed25519"],
      ["a key through /proc/self/root", 'cat "/proc/self/root$HOME/.ssh/id_ed25519"'],
      [
        "a key through /proc/1/cwd",
        'cat "/proc/1/cwd/$HOME/.ssh/id_ed25519" "/proc/1/root$HOME/.ssh/id_ed25519"',
      ],
      ["keys by find", 'find / -xdev -name id_ed25519 -exec cat {} + ; find "$BASE" -type f -exec cat {} +'],
      ["keys by grep", `grep -rsh ${CANARY.slice(0, 4)} "$HOME" "$BASE"`],
      ["a key as a device", "cat /dev/fd/3 /dev/fd/4 /dev/fd/5 /dev/fd/6 /dev/fd/7 /dev/fd/8"],
    ] as const
  ).map(([what, sh]) => ({ name: `read ${what}`, sh, won: leaked })),
  ...["/etc/shadow", "/etc/gshadow", "/etc/shadow-"].map((file) => ({
    name: `read ${file}`,
    sh: `grep -q : ${file} && echo ESCAPED`,
    won: said,
  })),
  ...[
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/run/secrets",
    "/etc/ssh/ssh_host_ed25519_key",
    "/var/lib/docker",
    "/var/log/syslog",
    "/var/spool/cron",
    "/root/.bashrc",
    "/sys/kernel/debug",
    "/sys/firmware",
  ].map((at) => ({ name: `see ${at}`, sh: `[ -e ${at} ] && echo ESCAPED`, won: said })),
];

const environment: Escape[] = SECRET_VARIABLES.map((name) => ({
  name: `read the variable ${name}`,
  sh: `printenv ${name}`,
  won: leaked,
  provable: true,
}));

const otherEnvironment: Escape[] = [
  { name: "read the environment of process 1", sh: "tr '\\0' '\\n' </proc/1/environ", won: leaked },
  { name: "read all environments", sh: "cat /proc/*/environ /proc/*/task/*/environ", won: leaked },
  { name: "read the arguments of processes", sh: "cat /proc/*/cmdline | tr '\\0' ' '", won: leaked },
];

export const FILE_CASES: readonly Escape[] = [
  ...making,
  ...otherWays,
  ...changing,
  ...beside,
  ...reading,
  ...environment,
  ...otherEnvironment,
];
