import { matchNames } from './match-names.ts';
import { type KnownHostsLine, parseKnownHosts, readLine, type UnreadLine } from './parse-known-hosts.ts';

/** Lines of known_hosts files, asked for by host. */
export interface NamedLines {
  /** The lines that name a host: `host` or `[host]:port`, a character a byte. */
  named(name: string): readonly KnownHostsLine[];
}

/** The lines of one file, which remember what they were asked. */
export class FileLines implements NamedLines {
  readonly all: readonly UnreadLine[];
  readonly #found = new Map<string, readonly KnownHostsLine[]>();

  constructor(path: string, text: string) {
    this.all = parseKnownHosts(path, text);
  }

  named(name: string): readonly KnownHostsLine[] {
    const before = this.#found.get(name);
    if (before) return before;
    const found = this.all.filter((line) => matchNames(name, line.names)).flatMap((line) => readLine(line) ?? []);
    this.#found.set(name, found);
    return found;
  }
}
