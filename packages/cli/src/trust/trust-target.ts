import { createInterface } from 'node:readline/promises';
import type { PresentedHostKey } from '@errand/backend-ssh';
import { printText } from '../output/print-text.ts';
import { UsageError } from '../usage-error.ts';
import { hostOf } from './host-of.ts';

export interface TrustFlags {
  readonly config?: string;
  readonly fingerprint?: string;
}

/**
 * Adds a host's key to the known_hosts file, once somebody looked at it, and before it those of hosts on the way. Sets the exit code to 1
 * where one was not added.
 */
export async function trustTarget(target: string, { config, fingerprint }: TrustFlags): Promise<void> {
  const { presentedHostKey } = await import('@errand/backend-ssh');
  const host = await hostOf(target, config);
  for (;;) {
    const key = await presentedHostKey(host);
    await printText(`${key.host}  ${key.type}  ${key.fingerprint}${key.isJump ? '  (a host on the way)' : ''}\n`);
    if (key.status === 'known') return printText(`It is known: ${key.place}\n`);
    if (key.status === 'unknown' && !(await isTrusted(key, fingerprint))) {
      process.exitCode = 1;
      return printText('It was not added.\n');
    }
    // One that is changed or revoked is refused there, with what to do.
    await printText(`Added to ${await key.add()}\n`);
    if (!key.isJump) return;
  }
}

async function isTrusted(key: PresentedHostKey, fingerprint: string | undefined): Promise<boolean> {
  if (fingerprint !== undefined) return key.fingerprint === fingerprint.replace(/=$/, '');
  if (!process.stdin.isTTY)
    throw new UsageError(`trust: nobody is there to be asked. If the fingerprint is the host's own, add --fingerprint ${key.fingerprint}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question("Is that the host's own? (yes/no) ")).trim() === 'yes';
  } finally {
    terminal.close();
  }
}
