import assert from "node:assert/strict";
import { test } from "node:test";
import { around } from "../../../src/agent/around.ts";
import { forcedPush, noForcedPush } from "../../../src/agent/git/forced-push.ts";
import { defineTool, type ToolContext } from "../../../src/conversation/tool.ts";

const refused: readonly string[] = [
  "git push --force",
  "git push -f",
  "git push -uf origin main",
  "git push --forc origin main",
  "git push --force-with-lease",
  "git push --force-with-lease=main:abc origin main",
  "git push origin +main",
  "git push origin 'HEAD:main' '+x:y'",
  "git push origin --mirror",
  "git push origin --delete old",
  "git push -d origin old",
  "git push origin :old",
  "git push --prune origin",
  "git -C sub push -f",
  "git -c push.default=current --git-dir x push -f",
  "/usr/bin/git push --force",
  "/usr/lib/git-core/git-push -f",
  "git send-pack --force x",
  "cd x && git pull && git push -f || true",
  "npm test; git push -f & wait",
  "true | git push -f",
  "(git push -f)",
  "if true; then git push -f; fi",
  "for x in a b; do git push -f $x; done",
  "GIT_SSH_COMMAND='ssh -v' git push -f",
  "env -u FOO A=b git push -f",
  "env git push -f",
  "sudo -u somebody git push -f",
  "sudo -n git push -f",
  "timeout 60 git push -f",
  "timeout -s KILL 60s git push -f",
  "nice -n 5 git push -f",
  "echo main | xargs -n 1 git push -f origin",
  "xargs -I {} git push origin +{}",
  "find . -name x -exec git push -f ;",
  "sh -c 'git push -f'",
  `bash -lc "cd x; sh -c 'git push -f'"`,
  "eval git push -f",
  "eval 'git push -f'",
  "echo $(git push -f)",
  "echo `git push -f`",
  'echo "$(git push -f)"',
  "git \\\n  push \\\n  -f",
  "git 'push' \"-f\"",
  "! git push -f",
  "true\ngit push -f\ntrue",
];
for (const command of refused) {
  test(`is a forced push: ${command}`, () => assert.match(forcedPush(command) ?? "", /ask the user to push/));
}

const taken: readonly string[] = [
  "git push",
  "git push -u origin main",
  "git push origin main:main HEAD:refs/heads/x",
  "git push --follow-tags --force-if-includes",
  "git push --no-force --dry-run -n -v -q",
  "git push -o ci.skip",
  "git push -o draft",
  "git push :",
  "git fetch -f",
  "git fetch origin +main:main",
  "git branch -f x",
  "git commit -m 'git push --force'",
  "git log -f push -d",
  "git stash push -f",
  "echo 'git push --force'",
  "echo git push --force",
  "grep -rn 'push --force' .",
  "cat <<EOF\ngit push -f\nEOF",
  "# git push -f",
  "gitk push -f",
  "docker push --force",
  "",
];
for (const command of taken) {
  test(`is no forced push: ${command}`, () => assert.equal(forcedPush(command), undefined));
}

test("calls of the shell that would push by force do not run", async () => {
  const ran: unknown[] = [];
  const wrapped = (name: string) =>
    around(defineTool({ name, run: (input) => void ran.push(input) }), [noForcedPush]);
  const context = { signal: new AbortController().signal } as ToolContext;
  const denied = await wrapped("shell").run({ command: "git push -f" }, context);
  assert.deepEqual(denied, { content: `not run: ${forcedPush("git push -f")}`, isError: true });
  const typed = await wrapped("shell_more").run({ action: "input", input: "git push -f\n" }, context);
  assert.equal((typed as { isError?: boolean }).isError, true);
  assert.deepEqual(ran, []);
  for (const [name, input] of [
    ["shell", { command: "git push" }],
    ["shell", {}],
    ["shell", undefined],
    ["write", { command: "git push -f" }],
  ] as const) {
    await wrapped(name).run(input, context);
  }
  assert.equal(ran.length, 4);
});
