import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { SandboxError } from "./errors.ts";
import { look, real } from "./look.ts";
import type { Sandbox } from "./sandbox.ts";

const PATIENCE_MS = 15_000;

/**
 * What is tried inside, with nothing but what a shell has built in. Its arguments: a folder outside with a secret in it,
 * a name that nobody has, where mounts may be that can be written to (or nothing, when that is not known), and folders
 * outside.
 */
const TRIAL = String.raw`
outside=$1 name=$2 open=$3; shift 3
broken() { echo "broken: $*"; }
for folder in "$outside" "$@"; do ( : >"$folder/$name" ) 2>/dev/null && broken "a file was written to $folder"; done
( read -r word <"$outside/secret" ) 2>/dev/null && broken "a secret was read"
# A pipe would be waited for, and no mount keeps anybody from writing to one.
[ ! -p .mcp.json ] && ( : >.mcp.json ) 2>/dev/null && broken "a protected file was made"
for folder in .git/hooks .vscode; do ( : >"$folder/$name" ) 2>/dev/null && broken "a file was made in $folder"; done
if [ -n "$open" ]; then
  while read -r id parent device root point options rest; do
    case "$options $rest" in *" - tmpfs tmpfs "* | *" - devpts "* | ro*) continue ;; esac
    allowed=no IFS=:
    for each in $open; do case $point in "$each" | "$each"/*) allowed=yes ;; esac; done
    unset IFS
    [ $allowed = yes ] || broken "$point may be written to"
  done </proc/self/mountinfo
fi
while read -r device rest; do
  case $device in Inter-* | face* | lo:*) ;; *) broken "there is a network: $device" ;; esac
done </proc/net/dev
while read -r key value rest; do
  case $key in
    CapEff: | CapPrm: | CapBnd:) [ "$value" = 0000000000000000 ] || broken "$key $value" ;;
    NoNewPrivs:) [ "$value" = 1 ] || broken "programs may gain privileges" ;;
    Seccomp:) [ "$value" = 2 ] || broken "system calls are not filtered" ;;
  esac
done </proc/self/status
[ "$$" -le 4 ] || broken "processes of the machine are in sight"
( : >/proc/sys/kernel/core_pattern ) 2>/dev/null && broken "the machine's settings can be changed"
echo done
`;

/**
 * Runs a trial in a sandbox that was just built, and looks from outside at what came of it.
 *
 * @param writable the places that programs may change, if they are known
 * @throws SandboxError `unavailable` when nothing runs in it, `broken` when it does not hold.
 */
export async function probe(sandbox: Sandbox, writable: readonly string[]): Promise<void> {
  const outside = real(mkdtempSync(path.join(tmpdir(), "colloquy-probe-"))) ?? "";
  const name = `.${path.basename(outside)}`;
  const folders = ["/", "/etc"];
  const open = writable.length === 0 ? "" : [...writable, "/dev"].map(asInMountinfo).join(":");
  try {
    writeFileSync(path.join(outside, "secret"), "a secret\n");
    const { text, errors } = await run(sandbox, [
      "/bin/sh",
      "-c",
      TRIAL,
      "sh",
      outside,
      name,
      open,
      ...folders,
    ]);
    const lines = text.split("\n").filter((line) => line !== "");
    if (lines.at(-1) !== "done") {
      throw new SandboxError(
        "unavailable",
        `nothing can be run in a sandbox: ${errors.trim() || text || "no output"}`,
      );
    }
    const written = [outside, ...folders]
      .map((folder) => path.join(folder, name))
      .filter((at) => existsSync(at));
    for (const at of written) rmSync(at, { force: true });
    const broken = [...lines.slice(0, -1), ...written.map((at) => `broken: ${at} was written`)];
    const planted = path.join(sandbox.workspace, ".vscode", name);
    if (look(planted) !== "absent") broken.push(`broken: ${planted} was written`);
    if (broken.length > 0)
      throw new SandboxError("broken", `the sandbox does not hold: ${broken.join(", ")}`);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}

/** As proc_pid_mountinfo(5) writes a path. */
function asInMountinfo(at: string): string {
  return at.replace(/[ \t\n\\]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

async function run(sandbox: Sandbox, argv: [string, ...string[]]): Promise<{ text: string; errors: string }> {
  const started = sandbox.start({ argv });
  const timer = setTimeout(() => started.kill("SIGKILL"), PATIENCE_MS);
  try {
    const [text, errors] = await Promise.all([textOf(started.stdout), textOf(started.stderr), started.exit]);
    return { text, errors };
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const piece of stream) text += String(piece);
  return text;
}
