import { z } from 'zod';

// A model reads each of these in each tool: they are short, and say what the names do not.

/** Bytes that are shown of each stream, or of a file, where a call does not say. */
export const DEFAULT_OUTPUT_BYTES = 16_384;
export const MAX_OUTPUT_BYTES = 65_536;

/** A whole number. That JavaScript counts exactly to 2^53-1 is no news to a model. */
export function count(description: string): z.ZodInt {
  return z.int().min(0).meta({ description, minimum: undefined, maximum: undefined });
}

/** How a job ended, in the output of every tool that can tell. */
export const END_FIELDS: Readonly<Record<'outcome' | 'exit_code' | 'signal' | 'reason', z.ZodType>> = {
  outcome: z.string().optional().describe('How it ended; unknown: it may have run.'),
  exit_code: count('Of its process.').optional(),
  signal: z.string().optional().describe('That killed it.'),
  reason: z.string().optional().describe('Why.'),
};

/** Where a job stands. */
export const STATE: z.ZodString = z.string().describe('queued, starting, running, ended.');

/** Which job. */
export const JOB_ID: z.ZodString = z.string().describe('From run_command or list_jobs.');

/** Where, for all tools but run_command, which says how targets are named. */
export const TARGET: z.ZodOptional<z.ZodString> = z.string().optional().describe("As run_command's.");

/** A name that a caller gives. */
export const SESSION: z.ZodString = z
  .string()
  .regex(/^[\w.:-]{1,64}$/, "is no session's name. Allowed: letters, digits, _ . : -, at most 64")
  .meta({ pattern: undefined });

/** A file of a target. */
export const PATH: z.ZodString = z.string().describe('Absolute, or from where commands start.');

/** How bytes are text in JSON. */
export const ENCODING: z.ZodOptional<z.ZodEnum<{ text: 'text'; base64: 'base64' }>> = z
  .enum(['text', 'base64'])
  .optional()
  .describe('Default text; base64 is for raw bytes.');

/** Where a page begins. */
export const OFFSET: z.ZodOptional<z.ZodInt> = z
  .int()
  .optional()
  .meta({ minimum: undefined, maximum: undefined, description: 'First byte, or -n for the last n bytes. Default 0.' });

/** How long a page may be; the longest character fits. */
export const PAGE_BYTES: z.ZodOptional<z.ZodInt> = z
  .int()
  .min(4)
  .max(MAX_OUTPUT_BYTES)
  .optional()
  .describe(`Default ${DEFAULT_OUTPUT_BYTES}.`);

/** Where a list goes on. */
export const CURSOR: z.ZodOptional<z.ZodString> = z.string().optional().describe('next_cursor of the page before.');

/** Names and texts. That names are text is no news either. */
export function texts(): z.ZodRecord<z.ZodString, z.ZodString> {
  return z.record(z.string(), z.string()).meta({ propertyNames: undefined });
}

/** Whose calls are one. */
export const IDEMPOTENCY_KEY: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe('Key of your own: the same call with it again gives the same run, never a second one.');
