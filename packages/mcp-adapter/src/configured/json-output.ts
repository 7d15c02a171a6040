import { invalidOption } from '@errand/core/checks';
import { Ajv, addFormats } from '@modelcontextprotocol/server/validators/ajv';
import type { ShownSource } from '../shown-output.ts';
import { MAX_OUTPUT_BYTES } from '../tools/fields.ts';
import { inTime } from './in-time.ts';

/** Deeper, the answer itself could not be written. */
const MAX_DEPTH = 64;

type Validator = InstanceType<typeof Ajv>;

/** A JSON value, or what is wrong. */
export type JsonOutput = { readonly json: unknown } | { readonly fault: string };

/** Reads what a tool wrote. */
export type ReadJson = (stdout: ShownSource) => JsonOutput;

/**
 * What reads JSON that meets a schema.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` for a schema that is none; a keyword that is not known is not silently without effect
 */
export function jsonReader(option: string, schema: Readonly<Record<string, unknown>>): ReadJson {
  const ajv = new Ajv({ strict: true, strictTypes: false, strictTuples: false, strictRequired: false });
  addFormats(ajv);
  const validate = compiled(ajv, option, schema);
  return ({ totalBytes, omittedBytes, head }) => {
    if (omittedBytes > 0 || totalBytes > MAX_OUTPUT_BYTES)
      return { fault: `stdout has ${totalBytes} bytes, and JSON may have ${MAX_OUTPUT_BYTES}` };
    const read = parsed(head);
    if ('fault' in read) return read;
    if (isDeeper(read.json, MAX_DEPTH)) return { fault: `stdout has more than ${MAX_DEPTH} levels` };
    const met = inTime(() => validate(read.json));
    if (!met) return { fault: 'stdout takes too long to be checked' };
    return met.value ? read : { fault: ajv.errorsText(validate.errors, { dataVar: 'stdout' }) };
  };
}

function compiled(ajv: Validator, option: string, schema: Readonly<Record<string, unknown>>): ReturnType<Validator['compile']> {
  try {
    return ajv.compile(schema);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidOption(option, `it is no schema (${why})`, 'JSON Schema of draft-07');
  }
}

function parsed(bytes: Uint8Array): JsonOutput {
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { fault: 'stdout is no JSON' };
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
