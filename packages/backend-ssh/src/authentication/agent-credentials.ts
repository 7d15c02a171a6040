import { createHash } from 'node:crypto';
import { type AgentKey, agentKeys, agentLogin } from '../agent-client.ts';
import { parsePublicKey } from '../ssh-keys-client.ts';
import type { Credential } from './authentication.ts';
import { shownPath, unreachableAgent } from './authentication-faults.ts';
import { typeOfKey } from './key-envelope.ts';

/** @throws ExecError `EXEC_AUTH` where it cannot be reached */
export async function agentCredentials(user: string, socketPath: string): Promise<Credential[]> {
  const keys = await agentKeys(socketPath).catch((fault) => {
    throw unreachableAgent(shownPath(socketPath), fault);
  });
  if (keys.length === 0) return [{ type: 'publickey', name: `agent ${shownPath(socketPath)} (holds no keys)` }];
  return keys.map((key) => agentCredential(user, socketPath, key));
}

function agentCredential(user: string, socketPath: string, { blob, comment }: AgentKey): Credential {
  const name = `key ${comment || fingerprint(blob)} of the agent`;
  const key = parsePublicKey(blob);
  const common = { type: 'publickey', key: blob.toString('base64') } as const;
  if (!key || key.type !== typeOfKey(blob)) return { ...common, name: `${name} (${whyNot(typeOfKey(blob))})` };
  const { method, signature } = agentLogin(user, socketPath, key);
  return { ...common, name, signature, offer: async () => method };
}

function whyNot(type: string): string {
  if (type.includes('-cert-v')) return 'certificates are not supported';
  return type.startsWith('sk-') ? 'security keys are not supported' : `${type} is not supported`;
}

export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
