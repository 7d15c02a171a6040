import { globSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Files that include one another deeper than OpenSSH goes. */
const MAX_DEPTH = 16;
/** A host that can be the name of a target. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * The hosts that an OpenSSH configuration names, in its order: words behind `Host` that are no patterns. What the file says of them is
 * OpenSSH's to tell when one is opened.
 */
export function configuredHosts(file: string = join(directory(), 'config')): string[] {
  return [...new Set(hostsOf(file, 0))].filter((host) => NAME.test(host));
}

function hostsOf(file: string, depth: number): string[] {
  return textOf(file)
    .split('\n')
    .flatMap((line) => {
      const { keyword = '', rest = '' } = /^\s*(?<keyword>\w+)(?:\s*=\s*|\s+)(?<rest>.*)$/.exec(line)?.groups ?? {};
      if (keyword.toLowerCase() === 'host') return wordsOf(rest);
      if (keyword.toLowerCase() !== 'include' || depth === MAX_DEPTH) return [];
      return wordsOf(rest).flatMap((pattern) =>
        globSync(absolute(pattern))
          .toSorted()
          .flatMap((path) => hostsOf(path, depth + 1)),
      );
    });
}

/** A file that is not there, or not to be read, names nobody. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function wordsOf(text: string): string[] {
  const words = text.replace(/\s#.*$/, '').match(/"[^"]*"|[^\s"]+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

function absolute(pattern: string): string {
  if (pattern.startsWith('~/')) return join(home(), pattern.slice(2));
  return isAbsolute(pattern) ? pattern : join(directory(), pattern);
}

function directory(): string {
  return join(home(), '.ssh');
}

/** As OpenSSH takes it, whatever HOME says. */
function home(): string {
  return userInfo().homedir;
}
