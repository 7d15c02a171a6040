import { readFile } from 'node:fs/promises';
import type { SshConfig } from '../ssh-config.ts';
import type { Credential } from './authentication.ts';
import type { SshAuthentication } from './authentication-options.ts';

export async function credentialsOf({
  user,
  methods,
  config,
}: {
  user: string;
  methods: readonly SshAuthentication[] | undefined;
  config: SshConfig | undefined;
}): Promise<Credential[]> {
  const files = methods ? methods.flatMap((m) => ('privateKeyFile' in m ? [String(m.privateKeyFile)] : [])) : (config?.identityFiles ?? []);
  const found: Credential[] = [];
  for (const file of files) {
    const key = await readFile(file).catch(() => undefined);
    if (key) found.push({ type: 'publickey', name: file, method: { type: 'publickey', username: user, key } });
  }
  return found;
}
