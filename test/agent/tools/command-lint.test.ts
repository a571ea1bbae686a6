import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commandProblem } from "../../../src/agent/tools/shell/command-lint.ts";

const refused: readonly string[] = [
  "git add -A",
  "git add .",
  "git add ./",
  "git add --all",
  "git add -Av",
  "git add *",
  "git add :/",
  "git stage .",
  "cd src && git add .",
  "cd src; git   add   -A && git commit -m x",
  "git -C sub -c a.b=c add .",
  "(git add .)",
  "if true; then git add -A; fi",
  "FOO=1 git add .",
  "sudo -n git add .",
  "echo $(git add -A)",
  'echo "`git add -A`"',
  "bash -c 'git add -A'",
  'bash -lc "cd x && git add ."',
  "eval git add .",
  "git push --force",
  "git push -f origin main",
  "git push -uf origin main",
  "git push --force-with-lease=main",
  "git push origin +main",
  "git push --mirror",
  "rm -rf .git",
  "rm -rf ./.git/",
  "rm -fr sub/.git",
  "rm -rf .git/objects",
  "rm -rf .git/*",
  "rm -r -f /",
  "rm -rf /*",
  "rm -rf //",
  "rm -rf /./",
  "rm -rf x/../..",
  "rm --recursive --force ~",
  "rm -rf ~/",
  "rm -rf ~/*",
  "rm -rf $HOME",
  'rm -rf "$HOME"/*',
  "rm -rf ${HOME}/",
  "rm -rf /home/someone",
  "rm -rf /root",
  "rm -rf /usr",
  "rm -rf /etc/*",
  "rm -rf *",
  "rm -rf ./*",
  "rm -rf .",
  "rm -rf ..",
  "rm -rf ../*",
  "rm -rf .* x",
  "rm -rf build *",
  'rm -rf "$DIR"/*',
  "cd / && rm -rf *",
  "rm -rf -- *",
  "true || rm -Rf .",
  "find . -name x; rm -rf /",
  "cat <<EOF\ntext\nEOF\nrm -rf /",
];
for (const command of refused) {
  test(`lint refuses: ${command}`, () => assert.notEqual(commandProblem(command), undefined));
}

const taken: readonly string[] = [
  "git add src/a.ts",
  "git add src/",
  "git add -p",
  "git add -u",
  "git add '*.ts'",
  "git add .gitignore",
  "git commit -am 'x'",
  "git push",
  "git push -u origin main",
  "git push origin main:main",
  "git log --format=-f",
  "git status --porcelain -f",
  'echo "git add -A"',
  "echo 'rm -rf /'",
  "grep -rn 'git add .' docs",
  "git commit -m 'do not git add . ever'",
  "cat > notes.md <<'EOF'\ngit add -A\nrm -rf /\nEOF",
  "cat <<-EOF\n\tgit push --force\n\tEOF\ntrue",
  "# rm -rf /\ntrue",
  "echo x # git add .",
  "rm -rf build",
  "rm -rf ./dist/*",
  "rm -rf node_modules package-lock.json",
  "rm -f *.log",
  "rm *",
  "rm -rf /data/x",
  "rm -rf ~/.cache/thing",
  'rm -rf "$TMPDIR/build"',
  "rm -f .git/index.lock",
  "rm -rf .git/rebase-merge",
  "rm -rf .github",
  "rm -rf x 2>/dev/null",
  "rm -rf build >/dev/null 2>&1 && cd x && make",
  "cd x && npm test",
  "ls -la; pwd",
  "xargs rm -f",
  "bash script.sh",
  "bash -c",
  "unclosed 'quote",
  "echo $(unclosed",
  "",
];
for (const command of taken) {
  test(`lint takes: ${command}`, () => assert.equal(commandProblem(command), undefined));
}

test("lint tells what to do instead", () => {
  assert.match(commandProblem("git add .") ?? "", /name the files: git add FILE/);
  assert.match(commandProblem("git push -f") ?? "", /ask the user to push/);
  assert.match(commandProblem("rm -rf ./*") ?? "", /Name exactly the files or the folder/);
});

test("lint: whatever is written, it answers", () => {
  const piece = fc.constantFrom(
    "$(",
    ")",
    "`",
    "'",
    '"',
    "<<a",
    "\n",
    "\\",
    ";",
    "&",
    "|",
    "rm ",
    "-rf ",
    "/",
    "~",
    "git ",
    "add ",
    "#",
    "a=",
    "bash -c ",
    "eval ",
    "{",
    "*",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 }), (pieces) => {
      const problem = commandProblem(pieces.join(""));
      assert.ok(problem === undefined || problem.length > 20);
    }),
    { numRuns: 5000 },
  );
  for (const unit of ["$(", "`", "'", "<<a ", '"$(', "$('", "a;", "$(a;", "bash -c "]) {
    commandProblem(unit.repeat(120_000 / unit.length));
  }
});
