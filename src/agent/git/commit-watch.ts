import type { Announce, Companion } from "../companion.ts";
import { formatterHint, formatterOf, FORMATTER_FILES } from "./formatter.ts";
import type { GitRepository } from "./open-repository.ts";

/** What {@link commitWatch} needs of a repository. */
export type WatchedRepository = Pick<GitRepository, "head" | "branch" | "tips" | "newCommits" | "committed">;

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
  let known = new Set<string>();
  let head: string | undefined;
  let hinted = false;

  const look = async (announce: Announce): Promise<number> => {
    const now = await repository.head();
    if (now === undefined || now === head) return 0;
    const { commits, count } = await repository.newCommits([...known]);
    head = now;
    // What was told stays known when nothing points at it any more: after a reset, and back.
    for (const hash of [now, ...commits.map(({ hash }) => hash)]) known.add(hash);
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
      hinted = false;
      known = new Set([...known, ...(await repository.tips())]);
      head = await repository.head();
    },
    afterStep: async (announce, signal) => {
      const count = await look(announce);
      if (count !== 1 || hinted || signal.aborted) return undefined;
      const formatter = formatterOf(await repository.committed(FORMATTER_FILES));
      if (formatter === undefined) return undefined;
      hinted = true;
      return formatterHint(formatter);
    },
    afterTurn: async (_, announce) => {
      await look(announce);
      return undefined;
    },
  };
}
