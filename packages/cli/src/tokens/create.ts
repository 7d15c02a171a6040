import { NAME } from '../config/schema/command-defaults.ts';
import { printText } from '../output/print-text.ts';
import { parseDuration } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { addToken } from './token-directory.ts';
import { newToken, sha256Of } from './token-record.ts';

const MAX_DAYS = 3_650;
const DAY_MS = 86_400_000;

export interface CreateFlags {
  readonly target?: readonly string[];
  readonly tool?: readonly string[];
  readonly tenant?: string;
  readonly expires?: string;
}

/** Makes a token and prints it. */
export async function createToken(name: string, { target, tool, tenant = name, expires }: CreateFlags): Promise<void> {
  const odd = target?.find((each) => !NAME.test(each));
  if (odd !== undefined) throw new UsageError(`--target: '${odd}' cannot name a target.`);
  const strange = tool?.find((each) => !/^[\w.-]{1,128}$/.test(each));
  if (strange !== undefined) throw new UsageError(`--tool: '${strange}' cannot name a tool.`);
  if (tenant.length < 1 || tenant.length > 256) throw new UsageError('--tenant: is no tenant. Allowed: 1 to 256 characters.');
  const now = Date.now();
  const token = newToken();
  await addToken(name, {
    sha256: sha256Of(token),
    createdAt: new Date(now).toISOString(),
    ...(expires !== undefined && { expiresAt: new Date(now + lifetimeOf(expires)).toISOString() }),
    tenant,
    ...(target && { targets: [...new Set(target)] }),
    ...(tool && { tools: [...new Set(tool)] }),
  });
  await printText(`${token}\n`);
}

/** Whole days may be many: tokens outlive the timers that other durations are for. */
function lifetimeOf(text: string): number {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days === undefined) return parseDuration('--expires', text);
  if (Number(days) >= 1 && Number(days) <= MAX_DAYS) return Number(days) * DAY_MS;
  throw new UsageError(`--expires: '${text}' is out of range. Allowed: up to ${MAX_DAYS}d.`);
}
