type Environment = Readonly<Record<string, string | undefined>>;

/** Which of our own variables programs inside see. None of them is a secret by its kind. */
const LET_IN = new Set([
  "PATH",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TERM",
  "COLORTERM",
  "NO_COLOR",
  "FORCE_COLOR",
  "TZ",
  "CI",
  // Where toolchains are; their folders are readable only as far as `places.ts` says.
  "NVM_DIR",
  "NVM_BIN",
  "FNM_DIR",
  "FNM_MULTISHELL_PATH",
  "VOLTA_HOME",
  "PYENV_ROOT",
  "RBENV_ROOT",
  "ASDF_DIR",
  "ASDF_DATA_DIR",
  "CARGO_HOME",
  "RUSTUP_HOME",
  "RUSTUP_TOOLCHAIN",
  "GOROOT",
  "GOPATH",
  "JAVA_HOME",
  "SDKMAN_DIR",
  "DOTNET_ROOT",
  "BUN_INSTALL",
  "DENO_INSTALL",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
]);

/** Nothing waits for a person: no editor opens, no pager stops, nobody is asked for a password. */
const UNATTENDED: Readonly<Record<string, string>> = {
  // As if a person had left each text as it was proposed.
  EDITOR: "true",
  VISUAL: "true",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  PAGER: "cat",
  GIT_PAGER: "cat",
  MANPAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "true",
  SSH_ASKPASS: "true",
  DEBIAN_FRONTEND: "noninteractive",
};

/** What programs inside see of our environment, by an allow-list, and that nobody sits before them. Pure. */
export function environmentInside(ours: Environment, home: string): Record<string, string> {
  const inside: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    if (value !== undefined && (LET_IN.has(name) || /^LC_[A-Z]+$/.test(name))) inside[name] = value;
  }
  inside["PATH"] ??= "/usr/local/bin:/usr/bin:/bin";
  return { ...inside, ...UNATTENDED, HOME: home, TMPDIR: "/tmp" };
}
