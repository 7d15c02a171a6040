import { lowerCase } from './lower-case.ts';

/** Under which names a host stands in known_hosts files; texts with a character a byte. */
export interface HostNames {
  /** What a new line would say: the alias, `host`, or `[host]:port` where the port is not 22. */
  readonly name: string;
  /** The host without its port, where that is not 22: a line of it counts where none has the port. */
  readonly withoutPort?: string;
  /** The address, if it is to be checked too: `address` or `[address]:port`. */
  readonly address?: string;
}

/** Of what host the names are asked for. */
export interface HostPlace {
  readonly host: string;
  readonly port: number;
  /** HostKeyAlias: stands in place of host and port. */
  readonly alias?: string;
  /** The address that was connected to, where OpenSSH would check it too (CheckHostIP yes). */
  readonly address?: string;
}

const DEFAULT_PORT = 22;

export function hostNames({ host, port, alias, address }: HostPlace): HostNames {
  const name = lowerCase(bytesOf(host));
  const isOther = alias === undefined && port !== DEFAULT_PORT;
  return {
    name: alias === undefined ? withPort(name, port) : lowerCase(bytesOf(alias)),
    ...(isOther && { withoutPort: name }),
    ...(address !== undefined && address !== host && { address: withPort(lowerCase(bytesOf(address)), port) }),
  };
}

function withPort(name: string, port: number): string {
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
