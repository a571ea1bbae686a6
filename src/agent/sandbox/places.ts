import { readFileSync } from "node:fs";
import path from "node:path";
import { isWithin, look, real } from "./look.ts";

/**
 * Toolchains in a home, which programs inside may read; the rest of it they do not see. Where a tool keeps its login
 * beside its programs, only the programs are named.
 */
const READABLE_AT_HOME: readonly string[] = [
  ".local/bin",
  ".local/lib",
  ".local/share/uv",
  ".local/share/fnm",
  ".local/share/mise",
  ".local/share/pnpm",
  ".local/share/pipx",
  ".nvm",
  ".fnm",
  ".volta",
  ".asdf",
  ".nodenv",
  ".npm-global",
  ".yarn/bin",
  ".bun/bin",
  ".deno/bin",
  ".cargo/bin",
  ".cargo/env",
  ".cargo/registry",
  ".cargo/git",
  ".rustup",
  ".pyenv",
  ".rbenv",
  ".rvm",
  ".goenv",
  "go/bin",
  "go/pkg",
  "sdk",
  ".sdkman/candidates",
  ".jenv",
  ".m2/repository",
  ".gradle/wrapper",
  ".dotnet",
  ".juliaup",
  ".ghcup/bin",
  ".opam",
  ".nix-profile",
  ".cache/ms-playwright",
];

/** Where credentials are kept in a home: never readable, whatever else is. */
const SECRET_AT_HOME: readonly string[] = [
  ".ssh",
  ".gnupg",
  ".pki",
  ".aws",
  ".azure",
  ".boto",
  ".s3cfg",
  ".oci",
  ".config/gcloud",
  ".config/gh",
  ".config/hub",
  ".config/glab-cli",
  ".config/op",
  ".config/doctl",
  ".config/sops",
  ".config/rclone",
  ".config/git/credentials",
  ".config/google-chrome",
  ".config/chromium",
  ".config/BraveSoftware",
  ".config/microsoft-edge",
  ".config/colloquy",
  ".local/share/colloquy",
  ".local/state/colloquy",
  ".local/share/keyrings",
  ".cache/colloquy",
  ".mozilla",
  ".thunderbird",
  ".password-store",
  ".netrc",
  "_netrc",
  ".git-credentials",
  ".npmrc",
  ".yarnrc.yml",
  ".pypirc",
  ".gem/credentials",
  ".cargo/credentials",
  ".cargo/credentials.toml",
  ".m2/settings.xml",
  ".m2/settings-security.xml",
  ".gradle/gradle.properties",
  ".docker",
  ".kube",
  ".terraform.d",
  ".terraformrc",
  ".vault-token",
  ".pgpass",
  ".my.cnf",
  ".fly",
  ".huggingface",
  ".cache/huggingface/token",
  ".claude",
  ".claude.json",
  ".codex",
  ".gemini",
  ".bash_history",
  ".zsh_history",
  ".python_history",
  ".node_repl_history",
];

/** The same, in the rest of the machine. Many are closed to anybody but root; then they matter to root. */
const SECRET_ON_THE_MACHINE: readonly string[] = [
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/security/opasswd",
  "/etc/sudoers",
  "/etc/sudoers.d",
  "/etc/ssh",
  "/etc/ssl/private",
  "/etc/pki/tls/private",
  "/etc/letsencrypt",
  "/etc/krb5.keytab",
  "/etc/docker",
  "/etc/kubernetes",
  "/etc/rancher",
  "/etc/wireguard",
  "/etc/openvpn",
  "/etc/ipsec.secrets",
  "/etc/NetworkManager/system-connections",
  "/etc/wpa_supplicant",
  "/etc/cloud",
  "/etc/fstab.d",
  "/etc/msmtprc",
  "/etc/mysql/debian.cnf",
  "/.dockerenv",
  "/.env",
  "/mnt/c/Users",
  "/mnt/wslg",
];

/** Folders that are hidden whole: homes, what runs (sockets, secrets of services), what services keep. */
const HIDDEN: readonly string[] = ["/home", "/root", "/run", "/var", "/boot", "/media"];

/** What stays readable of those. */
const READABLE_OF_HIDDEN: readonly string[] = [
  "/run/current-system",
  "/run/opengl-driver",
  "/var/lib/dpkg",
  "/var/lib/pacman/local",
  "/var/lib/rpm",
  "/var/lib/texmf",
  "/var/cache/fontconfig",
];

export interface Places {
  /** Folders of which nothing is seen; outer ones first. */
  readonly hidden: readonly string[];
  /** Folders and files that are seen although something above them is hidden. */
  readonly readable: readonly string[];
  /** Links among the hidden that lead to what is seen. */
  readonly links: readonly { readonly at: string; readonly to: string }[];
  /** Folders and files that are not seen although what is around them is. */
  readonly secret: readonly string[];
}

/**
 * What of the machine programs inside see.
 *
 * @param home the user's home, links followed; undefined when there is none
 * @param program the Node that runs us: what it runs for the project should be the same
 */
export function placesOf(
  home: string | undefined,
  program: string,
  wanted: readonly string[],
  unwanted: readonly string[],
): Places {
  const homes = [...(home === undefined ? [] : [home]), ...homesOfPeople()];
  const hidden = realOnes([...HIDDEN, ...homes]).filter((at) => at !== "/");
  const below = (names: readonly string[]) =>
    homes.flatMap((each) => names.map((name) => path.join(each, name)));
  const secret = realOnes([...SECRET_ON_THE_MACHINE, ...below(SECRET_AT_HOME), ...unwanted]);
  const own = home === undefined ? [] : READABLE_AT_HOME.map((name) => path.join(home, name));
  const isHidden = (at: string) => [...hidden, "/tmp"].some((folder) => isWithin(folder, at));
  const shown = [...READABLE_OF_HIDDEN, ...own, ...besides(program, homes), ...wanted];
  const readable = realOnes(shown)
    .filter(isHidden)
    .filter((at) => !secret.some((place) => isWithin(place, at)));
  const links = shown
    .filter((at) => isHidden(at) && look(at) === "link")
    .flatMap((at) => (real(at) === undefined ? [] : [{ at, to: real(at) ?? at }]));
  return { hidden, readable, links, secret };
}

/** The folder of a program, or the program alone where the folder is a whole home. */
function besides(program: string, homes: readonly string[]): string[] {
  const file = real(program) ?? program;
  const folder = path.dirname(file);
  return [homes.some((home) => isWithin(folder, home)) ? file : folder];
}

/** Those that exist, links followed, each once, outer ones first. */
function realOnes(places: readonly string[]): string[] {
  const found = places.map(real).filter((at) => at !== undefined);
  return [...new Set(found)].sort((a, b) => (a < b ? -1 : 1));
}

/** Homes of people who have an account here, by passwd(5). */
function homesOfPeople(): string[] {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter(([, , uid]) => uid === "0" || (Number(uid) >= 1000 && Number(uid) < 60000))
      .map((fields) => fields[5] ?? "")
      .filter((at) => at.startsWith("/") && look(at) === "folder" && !SHARED.has(at));
  } catch {
    return [];
  }
}

/** What some accounts have for a home and nobody lives in. */
const SHARED = new Set([
  "/",
  "/bin",
  "/sbin",
  "/usr",
  "/usr/sbin",
  "/dev",
  "/etc",
  "/opt",
  "/srv",
  "/tmp",
  "/proc",
]);

/** Unix sockets that have a place among the files, by proc(5): a read-only mount does not keep anybody from one. */
export function socketsOnTheMachine(): string[] {
  try {
    const listed = readFileSync("/proc/net/unix", "utf8").split("\n").slice(1);
    const places = listed
      .map((line) => line.split(/ +/).slice(7).join(" "))
      .filter((at) => at.startsWith("/"));
    return [...new Set(places)].filter((at) => look(at) === "socket");
  } catch {
    return [];
  }
}
