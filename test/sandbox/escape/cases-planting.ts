import path from "node:path";
import type { Escape } from "./case.ts";
import { git, PRESENT, UNTOUCHED, type World } from "./world.ts";

/** Names that must not come to be in a workspace that has none of them. */
const ABSENT: readonly string[] = [
  ".vscode/tasks.json",
  ".idea/workspace.xml",
  ".claude/settings.json",
  ".codex/config.toml",
  ".cursor/mcp.json",
  ".colloquy/config.json",
  ".gemini/settings.json",
  ".devcontainer/devcontainer.json",
  ".zed/settings.json",
  ".windsurf/mcp.json",
  ".mcp.json",
  ".envrc",
  ".gitmodules",
  ".gitconfig",
  ".ripgreprc",
  ".npmrc",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
];

const plain = (world: World) => world.workspaces.plain;
const full = (world: World) => world.workspaces.full;
const first = (name: string) => name.split("/")[0] ?? name;

const planting: Escape[] = ABSENT.flatMap((name) => [
  {
    name: `plant ${name}`,
    sh: `mkdir -p "$(dirname ${name})"; echo x >${name}`,
    won: (world: World) => world.exists(path.join(plain(world), first(name))),
    provable: true,
  },
  {
    name: `plant ${name} by rename`,
    sh: `mkdir -p d.$ID; echo x >d.$ID/x; rm -rf ${first(name)}; mv -T d.$ID ${first(name)} || mv d.$ID/x ${first(name)}`,
    won: (world: World) => world.exists(path.join(plain(world), first(name))),
  },
  {
    name: `plant ${name} as a link`,
    sh: `rmdir ${first(name)}; ln -sT /tmp ${first(name)}`,
    won: (world: World) => world.exists(path.join(plain(world), first(name))),
  },
]);

const settings = (world: World) => git(full(world), "config", "--file", ".git/config", "--list");
const isTouched = (world: World, name: string) =>
  name === ".git/config"
    ? settings(world).includes("evil")
    : world.read(path.join(full(world), name)) !== UNTOUCHED;

const spoiling: Escape[] = PRESENT.flatMap((name) => {
  const text = name === ".git/config" ? "[core]\\n\\tfsmonitor = evil\\n" : "x\\n";
  const won = (world: World) => isTouched(world, name);
  return [
    { name: `append to ${name}`, where: "full" as const, sh: `printf '${text}' >>${name}`, won },
    {
      name: `replace ${name}`,
      where: "full" as const,
      sh: `printf '${text}' >f.$ID; mv -f f.$ID ${name}; rm -f ${name}`,
      won,
    },
    {
      name: `move what holds ${name}`,
      where: "full" as const,
      sh: `mv ${first(name)} m.$ID; mkdir -p "$(dirname ${name})"; printf '${text}' >${name}`,
      won,
    },
  ];
});

/** Runs something when its user next calls git: told by what git, asked from outside, then reads. */
const asks = (where: (world: World) => string, name: string) => (world: World) => {
  try {
    return git(where(world), "config", "--get", name).includes("evil");
  } catch {
    return false;
  }
};
const EVIL = "printf '[core]\\n\\tfsmonitor = evil\\n\\tbare = false\\n'";

const repositories: Escape[] = [
  {
    name: "git config",
    sh: "git config core.fsmonitor evil",
    won: asks(plain, "core.fsmonitor"),
    provable: true,
  },
  {
    name: "plant a hook",
    provable: true,
    sh: "mkdir -p .git/hooks; echo x >.git/hooks/post-checkout",
    won: (world) => world.exists(path.join(plain(world), ".git/hooks/post-checkout")),
  },
  {
    name: "put another .git in its place",
    provable: true,
    sh: `mv .git g.$ID; cp -r g.$ID .git; ${EVIL} >.git/config`,
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "make .git a file that leads elsewhere",
    provable: true,
    sh: `cp -r .git e.$ID; ${EVIL} >e.$ID/config; rm -rf .git; echo "gitdir: e.$ID" >.git`,
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "make .git a link",
    provable: true,
    sh: `cp -r .git e.$ID; ${EVIL} >e.$ID/config; mv .git z.$ID; ln -s e.$ID .git`,
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "plant commondir",
    provable: true,
    sh: `mkdir -p c.$ID; cp -r .git/objects .git/refs .git/HEAD c.$ID/; ${EVIL} >c.$ID/config; rm -f .git/commondir; echo "../c.$ID" >.git/commondir`,
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "plant commondir by rename",
    provable: true,
    sh: `mkdir -p c.$ID; cp -r .git/objects .git/refs .git/HEAD c.$ID/; ${EVIL} >c.$ID/config; echo "../c.$ID" >.git/x.$ID; mv -f .git/x.$ID .git/commondir`,
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "break .git and be a bare repository",
    provable: true,
    where: "bare",
    sh: `git init -q --bare b.$ID; cp -r b.$ID/HEAD b.$ID/objects b.$ID/refs .; ${EVIL} >config`,
    won: asks((world) => world.workspaces.bare, "core.fsmonitor"),
  },
  {
    name: "init a repository",
    where: "bare",
    sh: "git init -q .; git config core.fsmonitor evil; mkdir -p .git; echo x >.git/config",
    won: (world) => world.exists(path.join(world.workspaces.bare, ".git")),
    provable: true,
  },
  {
    name: "plant a submodule's repository",
    provable: true,
    sh: `mkdir -p .git/modules/library/hooks; echo x >.git/modules/library/hooks/post-checkout`,
    won: (world) => world.exists(path.join(plain(world), ".git/modules")),
  },
  {
    name: "change what a configured folder of hooks holds",
    provable: true,
    where: "full",
    sh: "echo x >tools/hooks/pre-commit; mv tools t.$ID; mkdir -p tools/hooks; echo x >tools/hooks/pre-commit",
    won: (world) => world.exists(path.join(full(world), "tools/hooks/pre-commit")),
  },
  {
    name: "change an included file of settings",
    provable: true,
    where: "full",
    sh: `${EVIL} >shared.gitconfig; ${EVIL} >f.$ID; mv -f f.$ID shared.gitconfig`,
    won: asks(full, "core.fsmonitor"),
  },
  {
    name: "hooks of a submodule",
    provable: true,
    where: "super",
    sh: "echo x >.git/modules/libs/library/hooks/post-checkout; mv .git/modules m.$ID",
    won: (world) =>
      world.exists(path.join(world.workspaces.super, ".git/modules/libs/library/hooks/post-checkout")) ||
      !world.exists(path.join(world.workspaces.super, ".git/modules")),
  },
  {
    name: "settings of a submodule",
    provable: true,
    where: "super",
    sh: `cd libs/library; git config core.fsmonitor evil; ${EVIL} >>../../.git/modules/libs/library/config`,
    won: asks((world) => path.join(world.workspaces.super, "libs/library"), "core.fsmonitor"),
  },
  {
    name: "another repository in a submodule's place",
    provable: true,
    where: "super",
    sh: "rm -f libs/library/.git; mv libs/library libs/l.$ID; mv libs l.$ID; mkdir -p libs/library; cd libs/library && git init -q . && git config core.fsmonitor evil",
    won: asks((world) => path.join(world.workspaces.super, "libs/library"), "core.fsmonitor"),
  },
  {
    name: "settings of a nested repository",
    provable: true,
    where: "super",
    sh: "cd nested; git config core.fsmonitor evil; cd ..; mv nested n.$ID; mkdir nested; cd nested; git init -q .; git config core.fsmonitor evil",
    won: asks((world) => path.join(world.workspaces.super, "nested"), "core.fsmonitor"),
  },
  {
    name: "lead a linked worktree elsewhere",
    provable: true,
    sh: `mkdir -p c.$ID; cp -r .git/objects .git/refs .git/HEAD c.$ID/; ${EVIL} >c.$ID/config; echo "../../../c.$ID" >.git/worktrees/linked/commondir; mv .git/worktrees .git/w.$ID`,
    won: (world) => {
      const folder = path.join(plain(world), ".git/worktrees/linked");
      return !world.exists(folder) || world.read(path.join(folder, "commondir")).trim() !== "../..";
    },
  },
  {
    name: "settings of the repository behind a worktree",
    provable: true,
    where: "linked",
    sh: "git config core.fsmonitor evil; git config --worktree core.fsmonitor evil",
    won: asks(plain, "core.fsmonitor"),
  },
  {
    name: "hooks of the repository behind a worktree",
    provable: true,
    where: "linked",
    sh: 'echo x >"$(git rev-parse --git-common-dir)/hooks/post-merge"',
    won: (world) => world.exists(path.join(plain(world), ".git/hooks/post-merge")),
  },
  {
    name: "another .git file in a worktree",
    provable: true,
    where: "linked",
    sh: "cp -r $(git rev-parse --git-common-dir) e.$ID; echo gitdir: e.$ID >.git; rm -f .git; mkdir .git",
    won: (world) => !world.read(path.join(world.workspaces.linked, ".git")).includes("worktrees/linked"),
  },
];

export const PLANTING_CASES: readonly Escape[] = [
  ...planting,
  ...spoiling,
  ...repositories.map((each) => ({ ...each, alone: true })),
];
