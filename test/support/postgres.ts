import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";

/** Where Debian puts a version's programs (package `postgresql-15`, of which only these are needed). */
const BIN = "/usr/lib/postgresql/15/bin";

/** Why there is no server to be tried; undefined where there is. CI must have one. */
export const noPostgres =
  existsSync(`${BIN}/postgres`) || process.env["CI"] === "true"
    ? undefined
    : `${BIN} is not there: install Debian's postgresql-15`;

/** A server that does not run as root: `nobody` and `nogroup`, as Debian numbers them. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A server of PostgreSQL in a folder of its own, on a socket in it. */
export class Postgres {
  readonly #folder: string;
  #server: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<Postgres> {
    const folder = mkdtempSync(path.join(tmpdir(), "colloquy-pg-"));
    if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
    const made = spawnSync(
      `${BIN}/initdb`,
      [
        "-D",
        path.join(folder, "data"),
        "-U",
        "colloquy",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
      ],
      { ...nobody, encoding: "utf8" },
    );
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`, { cause: made.error });
    const server = new Postgres(folder);
    await server.up();
    return server;
  }

  /** For `connectionString`. */
  get address(): string {
    return `postgres://colloquy@/postgres?host=${encodeURIComponent(this.#folder)}`;
  }

  async up(): Promise<void> {
    const server = spawn(
      `${BIN}/postgres`,
      [
        "-D",
        path.join(this.#folder, "data"),
        "-k",
        this.#folder,
        "-c",
        "listen_addresses=",
        "-c",
        "log_destination=stderr",
      ],
      { ...nobody, stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#server = server;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      server.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("ready to accept connections")) resolve();
      });
      server.once("exit", () => reject(new Error(`postgres: ${said}`)));
    });
    server.stderr.resume();
  }

  /** Ends the server as a loss of power does for its clients: connections break. */
  async down(signal: NodeJS.Signals = "SIGQUIT"): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const over = once(server, "exit");
    server.kill(signal);
    await over;
  }

  async end(): Promise<void> {
    await this.down("SIGINT");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
