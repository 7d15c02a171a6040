import { UsageError } from './usage-error.ts';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `[HOST:]PORT`; an IPv6 address stands in brackets. Without a host only this machine can connect. */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (!(port <= 65_535))
    throw new UsageError(
      `${option}: '${text}' is no address. Allowed: [HOST:]PORT with a port from 0 to 65535, such as 7330 or 127.0.0.1:7330.`,
    );
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}
