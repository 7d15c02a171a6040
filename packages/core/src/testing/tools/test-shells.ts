import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A shell that tests run: its name, and how it is called, a file and its options separated by spaces. */
export interface TestShell {
  readonly name: string;
  readonly command: string;
}

/**
 * The POSIX shells that launcher and supervisor are written for. bash is called as if by the name of sh: under its own name it
 * reads ~/.bashrc where stdin is a socket, and Node's pipes are.
 */
export const POSIX_SHELLS: readonly TestShell[] = installed({ dash: [], bash: ['--norc', '--posix'], busybox: ['ash'] });

/** What accounts have as login shell. */
export const LOGIN_SHELLS: readonly TestShell[] = installed({ dash: [], bash: [], zsh: [], fish: [], tcsh: [], busybox: ['ash'] });

/** A shell as a file of its own, whose name says what it is. */
export interface NamedShell {
  readonly name: string;
  readonly file: string;
}

/** The POSIX shells that are installed, busybox by the name of its applet; give `remove` to `afterAll`. */
export function namedShells(): { readonly shells: readonly NamedShell[]; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'errand-shells-'));
  const shells = POSIX_SHELLS.map(({ name, command }) => {
    const file = join(directory, name === 'busybox' ? 'ash' : name);
    symlinkSync(command.split(' ')[0] ?? '', file);
    return { name, file };
  });
  return { shells, remove: () => rmSync(directory, { recursive: true }) };
}

/** A missing shell's rows are skipped with a line that says how to get it, and fail in CI. */
function installed(shells: Readonly<Record<string, readonly string[]>>): TestShell[] {
  return Object.entries(shells).flatMap(([name, options]) => {
    const file = [`/bin/${name}`, `/usr/bin/${name}`, `/usr/local/bin/${name}`].find((path) => existsSync(path));
    if (file !== undefined) return [{ name, command: [file, ...options].join(' ') }];
    const hint = `${name} is not here, so its rows are skipped. To get it: apt-get install ${name === 'busybox' ? 'busybox-static' : name}`;
    if (process.env['CI'] === 'true') throw new Error(hint);
    console.warn(hint);
    return [];
  });
}
