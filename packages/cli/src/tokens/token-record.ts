import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';

/** What is kept of a token: enough to know it again, and not to make it. */
export interface TokenRecord {
  /** SHA-256 of the token, in hexadecimal. It has 256 random bits, so that nobody finds it from that. */
  readonly sha256: string;
  /** As ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt?: string | undefined;
  /** Whose the commands are; none: nobody's in particular. */
  readonly tenant?: string | undefined;
  /** Names of targets; none: all. */
  readonly targets?: readonly string[] | undefined;
  /** Names of tools; none: all. */
  readonly tools?: readonly string[] | undefined;
}

/** The same with its name. */
export interface NamedToken extends TokenRecord {
  readonly name: string;
}

const names = z.array(z.string().min(1)).min(1).readonly();
const schema: z.ZodType<TokenRecord & { readonly version: 1 }> = z.strictObject({
  version: z.literal(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  tenant: z.string().min(1).max(256).optional(),
  targets: names.optional(),
  tools: names.optional(),
});

/** A token nobody can guess. What looks for secrets in sources knows it by its first letters. */
export function newToken(): string {
  return `errand_${randomBytes(32).toString('base64url')}`;
}

export function sha256Of(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function toText(record: TokenRecord): string {
  return `${JSON.stringify({ version: 1, ...record }, undefined, 2)}\n`;
}

/** Nothing where that is no record, or not all of one. */
export function parseRecord(text: string): TokenRecord | undefined {
  try {
    const { version: _, ...record } = schema.parse(JSON.parse(text));
    return record;
  } catch {
    return undefined;
  }
}
