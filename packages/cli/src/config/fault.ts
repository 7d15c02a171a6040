import { UsageError } from '../usage-error.ts';

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a configuration file. */
export interface Fault extends Place {
  /** As `targets.ci.shells.max`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, and what is allowed. No value that a placeholder brought is shown: it may be a secret. */
  readonly message: string;
}

/** All that is wrong in a configuration file. */
export class ConfigError extends UsageError {
  readonly file: string;
  readonly faults: readonly Fault[];

  constructor(file: string, faults: readonly Fault[]) {
    super(faults.map((fault) => faultLine(file, fault)).join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.faults = faults;
  }
}

/** `FILE:LINE:COLUMN: PATH: MESSAGE`, as compilers write it, so that editors find the place. */
export function faultLine(file: string, { line, column, path, message }: Fault): string {
  return `${file}:${line}:${column}: ${path ? `${path}: ` : ''}${message}`;
}

/** `a.b[0]["c d"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(String(part))) return `[${JSON.stringify(String(part))}]`;
      return i === 0 ? String(part) : `.${String(part)}`;
    })
    .join('');
}
