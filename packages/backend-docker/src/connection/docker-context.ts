import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExecError } from '@errand/core';
import type { TlsFiles } from './daemon-address.ts';

/** Where a context of the docker CLI says that its daemon is. */
export interface ContextAddress {
  readonly host: string;
  readonly tls: TlsFiles | undefined;
}

/** The context that `docker context use` chose; undefined where it is the default one. */
export function currentContext(directory: string): string | undefined {
  const chosen = field(readJson(join(directory, 'config.json')), 'currentContext');
  return typeof chosen === 'string' && chosen !== '' && chosen !== 'default' ? chosen : undefined;
}

/**
 * What the docker CLI keeps of a context, in directories that are called by the SHA-256 of its name.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` where there is no such context
 */
export function contextAddress(option: string, name: string, directory: string): ContextAddress {
  const id = createHash('sha256').update(name).digest('hex');
  const endpoint = field(field(readJson(join(directory, 'contexts', 'meta', id, 'meta.json')), 'Endpoints'), 'docker');
  const host = field(endpoint, 'Host');
  if (typeof host !== 'string') {
    const message = `${option}: the docker CLI has no context '${name}' in ${directory}. Allowed: one that docker context ls shows.`;
    throw new ExecError('EXEC_INVALID_OPTION', message, { detail: { option } });
  }
  return { host, tls: tlsOf(join(directory, 'contexts', 'tls', id, 'docker'), field(endpoint, 'SkipTLSVerify') === true) };
}

function tlsOf(directory: string, isUnverified: boolean): TlsFiles | undefined {
  if (!existsSync(directory)) return undefined;
  const read = (name: string): Buffer | undefined => (existsSync(join(directory, name)) ? readFileSync(join(directory, name)) : undefined);
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(read);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(isUnverified && { rejectUnauthorized: false }) };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
