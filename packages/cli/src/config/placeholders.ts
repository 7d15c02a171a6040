import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What placeholders take their values from. */
export interface PlaceholderSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `${file:PATH}` is relative to. */
  readonly directory: string;
}

/** Of a file that a placeholder reads. */
const MAX_FILE_BYTES = 1_048_576;
// A dollar before a dollar, one of ours, or what looks like one.
const PLACEHOLDER = /\$\$|\$\{([a-z]+):([^{}]*)\}/g;
/** Behind `${NAME:` of a shell, where `tools:` holds shell source. */
const SHELL_OPERATOR = /^[-=?+\d ]/;

/**
 * Puts values in place of `${env:NAME}` (unset is a fault), `${env:NAME:-DEFAULT}` (for unset or empty, as in a shell) and
 * `${file:PATH}` (its text without the last newline), and one dollar in place of two.
 *
 * @returns the text, or what is wrong with the first placeholder that has no value
 */
export function fillIn(text: string, sources: PlaceholderSources): { readonly text: string } | { readonly fault: string } {
  let fault: string | undefined;
  const filled = text.replace(PLACEHOLDER, (whole: string, kind: string | undefined, rest = '') => {
    if (kind === undefined) return '$';
    if (kind !== 'env' && kind !== 'file' && SHELL_OPERATOR.test(rest)) return whole;
    const value = look(kind, rest, sources);
    if (value.text !== undefined) return value.text;
    fault ??= value.fault;
    return whole;
  });
  return fault === undefined ? { text: filled } : { fault };
}

interface Value {
  readonly text?: string;
  readonly fault?: string;
}

function look(kind: string, rest: string, sources: PlaceholderSources): Value {
  if (kind === 'env') return variable(rest, sources.environment);
  if (kind === 'file') return contents(rest, sources.directory);
  return { fault: `\${${kind}:…} is no placeholder. Allowed: \${env:NAME}, \${env:NAME:-DEFAULT}, \${file:PATH}, and $$ for a dollar.` };
}

function variable(rest: string, environment: PlaceholderSources['environment']): Value {
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-([\s\S]*))?$/.exec(rest) ?? [];
  if (name === undefined) return { fault: `\${env:${rest}} names no variable. Allowed: \${env:NAME}, \${env:NAME:-DEFAULT}.` };
  const text = environment[name];
  if (fallback !== undefined) return { text: text || fallback };
  if (text !== undefined) return { text };
  return { fault: `the variable ${name} is not set. Set it, or give a default: \${env:${name}:-DEFAULT}.` };
}

function contents(path: string, directory: string): Value {
  if (path === '') return { fault: '${file:} names no file. Allowed: ${file:PATH}.' };
  const file = resolve(directory, path);
  try {
    const found = statSync(file);
    if (!found.isFile()) return { fault: `${file} is no file.` };
    if (found.size > MAX_FILE_BYTES) return { fault: `${file} is too long. Allowed: at most 1MiB.` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    return { text: text.replace(/\r?\n$/, '') };
  } catch (error) {
    return { fault: error instanceof TypeError ? `${file} is no text in UTF-8.` : `${file} cannot be read: ${codeOf(error)}.` };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
