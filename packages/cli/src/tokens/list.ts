import { columns, inOneLine } from '../output/columns.ts';
import { printText } from '../output/print-text.ts';
import { stateDirectory } from '../serve/state-directory.ts';
import { listTokens } from './token-directory.ts';
import type { NamedToken } from './token-record.ts';

export interface ListFlags {
  readonly json?: boolean;
}

const HEADER = ['NAME', 'TENANT', 'TARGETS', 'TOOLS', 'CREATED', 'EXPIRES'];

/** Prints the tokens that there are, those included that have expired, and nothing of what they are. */
export async function printTokens({ json }: ListFlags): Promise<void> {
  const tokens = await listTokens(stateDirectory());
  const shown = tokens.map(({ sha256: _, ...token }) => ({ ...token, ...(hasExpired(token) && { expired: true }) }));
  await printText(`${json ? JSON.stringify(shown) : columns(HEADER, shown.map(row))}\n`);
}

function row(token: Omit<NamedToken, 'sha256'>): readonly string[] {
  const { name, tenant = '-', targets = ['all'], tools = ['all'], createdAt, expiresAt } = token;
  const until = expiresAt === undefined ? 'never' : `${toMinute(expiresAt)}${hasExpired(token) ? ' (expired)' : ''}`;
  return [name, inOneLine(tenant), targets.join(','), tools.join(','), toMinute(createdAt), until];
}

function hasExpired({ expiresAt }: Pick<NamedToken, 'expiresAt'>): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
}

/** `2026-11-28T00:10Z` */
function toMinute(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}
