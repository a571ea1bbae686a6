import { readSmall } from "./look.ts";

/** What of the kernel's settings keeps users from namespaces; the first that does. Each is a file below /proc/sys. */
const SWITCHES: readonly { readonly file: string; readonly closed: string; readonly open: string }[] = [
  {
    file: "kernel/apparmor_restrict_unprivileged_userns",
    closed: "1",
    open: "AppArmor keeps programs from making user namespaces: give bwrap a profile (Ubuntu: `apt install apparmor-profiles` and `ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && systemctl reload apparmor`), or `sysctl kernel.apparmor_restrict_unprivileged_userns=0`",
  },
  {
    file: "kernel/unprivileged_userns_clone",
    closed: "0",
    open: "the kernel keeps users from making user namespaces: `sysctl kernel.unprivileged_userns_clone=1`",
  },
  {
    file: "user/max_user_namespaces",
    closed: "0",
    open: "the kernel allows no user namespaces: `sysctl user.max_user_namespaces=15000`",
  },
];

export const UNSAFE = "or run without a sandbox, in a machine that may be lost, with --unsafe";

/** How to come to a sandbox where bwrap is there and does not work. */
export function wayOut(read: (file: string) => string = readSmall): string {
  const found = SWITCHES.find(({ file, closed }) => read(`/proc/sys/${file}`).trim() === closed);
  const way =
    found?.open ??
    "in a container, its own filter often forbids namespaces (Docker: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`)";
  return `${way}; ${UNSAFE}`;
}
