import * as check from '@errand/core/checks';

/** How a host's key is verified. It always is: there is no option to take any key. */
export interface HostKeyOptions {
  /**
   * The known_hosts files, in place of the user's and the system's; `~/` at the beginning is the home directory. The first is the one
   * that `acceptNew` writes. Default: those of `~/.ssh/config`, or `~/.ssh/known_hosts`, `known_hosts2` and those of `/etc/ssh`.
   */
  readonly knownHosts?: string | readonly string[];
  /**
   * The only keys that are taken, whatever the files say of them (a key that is `@revoked` is refused all the same): fingerprints as
   * `ssh-keygen -l` prints them, such as `SHA256:…`.
   */
  readonly fingerprint?: string | readonly string[];
  /**
   * Whether the key of a host that no file names is taken and added to the first file, as OpenSSH's `StrictHostKeyChecking accept-new`
   * does. A changed key is refused all the same, and so is one that cannot be written down. Default: as `~/.ssh/config` says, else false.
   */
  readonly acceptNew?: boolean;
  /** The name that stands in the files for this host and its port (HostKeyAlias). */
  readonly alias?: string;
}

const FINGERPRINT = check.matching(
  /^SHA256:[A-Za-z0-9+/]{43}=?$/,
  "a fingerprint as ssh-keygen -l prints it: 'SHA256:' and 43 characters of base64",
);

const checks: Readonly<Record<keyof HostKeyOptions, check.Check>> = {
  knownHosts: someOf(check.text(4096)),
  fingerprint: someOf(FINGERPRINT),
  acceptNew: check.boolean,
  alias: check.matching(
    /^[^\0-\x20\x7f@?*#[\]|'"\\,!]{1,255}$/,
    'a name of 1 to 255 characters, without blanks, quotes and those of patterns',
  ),
};

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkHostKeyOptions(option: string, value: unknown): void {
  check.checkEach(option, value, checks);
}

/** One or several. No fingerprint at all would take no key, which nobody means. */
function someOf(each: check.Check): check.Check {
  return (option, value) => {
    if (!Array.isArray(value)) return each(option, value);
    if (value.length === 0) throw check.invalidOption(option, 'is an empty array', 'one or several');
    value.forEach((item, index) => {
      each(`${option}[${index}]`, item);
    });
  };
}
