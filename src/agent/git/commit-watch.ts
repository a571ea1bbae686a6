import type { Announce, Companion } from "../companion.ts";
import { formatterHint, formatterOf, FORMATTER_FILES } from "./formatter.ts";
import type { GitRepository } from "./git-repository.ts";
import type { NewCommits } from "./history.ts";

/** What {@link commitWatch} needs of a repository. */
export type WatchedRepository = Pick<GitRepository, "head" | "branch" | "tips" | "newCommits" | "committed">;

/** What is known since the turn began. */
interface Known {
  readonly hashes: Set<string>;
  head: string | undefined;
  /** The hint was given. */
  hinted: boolean;
}

/**
 * Tells people of new commits, after each step and at the end of the turn, and has the model format what it committed.
 *
 * New is what HEAD has and nothing had before the turn: no branch, no tag, no remote as it was known then. So going to
 * another branch, or back, brings nothing new; an amended or rebased commit is new, since it is another one; no hash is
 * told twice. What was committed and left again within one step is not noticed.
 *
 * The hint is given once per turn, after exactly one new commit, where the project has a formatter; nothing is run.
 */
export function commitWatch(repository: WatchedRepository): Companion {
  /** What was told stays known when nothing points at it any more: after a reset, and back. */
  const told = new Set<string>();
  /** Undefined where git failed: then nothing can be called new before the next turn. */
  let known: Known | undefined;

  const newSince = async (before: Known): Promise<NewCommits | undefined> => {
    const head = await repository.head();
    if (head === undefined || head === before.head) return undefined;
    const found = await repository.newCommits([...before.hashes]);
    before.head = head;
    for (const hash of [head, ...found.commits.map((commit) => commit.hash)]) {
      told.add(hash);
      before.hashes.add(hash);
    }
    return found;
  };

  const look = async (announce: Announce): Promise<number> => {
    const before = known;
    if (before === undefined) return 0;
    const found = await newSince(before).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    if (found === undefined) return 0;
    const { commits, count } = found;
    if (count === 0) return 0;
    announce({ type: "commits", commits, branch: await repository.branch() });
    if (count > commits.length) {
      const text = `${count} commits are new; the newest ${commits.length} of them are told.`;
      announce({ type: "notice", text });
    }
    return count;
  };

  return {
    beforeTurn: async () => {
      known = undefined;
      const hashes = new Set([...told, ...(await repository.tips())]);
      const head = await repository.head();
      if (head !== undefined) hashes.add(head);
      known = { hashes, head, hinted: false };
    },
    afterStep: async (announce, signal) => {
      const count = await look(announce);
      if (count !== 1 || known === undefined || known.hinted || signal.aborted) return undefined;
      const formatter = formatterOf(await repository.committed(FORMATTER_FILES));
      if (formatter === undefined) return undefined;
      known.hinted = true;
      return formatterHint(formatter);
    },
    afterTurn: async (_, announce) => {
      await look(announce);
      return undefined;
    },
  };
}
