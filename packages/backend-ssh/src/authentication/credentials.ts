import { join } from 'node:path';
import { homeDirectory } from '../home-directory.ts';
import { MAX_KEY_FILE_BYTES, readBounded } from '../read-bounded.ts';
import type { SshConfig } from '../ssh-config.ts';
import { agentCredentials, fingerprint } from './agent-credentials.ts';
import type { Credential } from './authentication.ts';
import { noAgent, shownPath, unreadableKey } from './authentication-faults.ts';
import type { SshAuthentication } from './authentication-options.ts';
import { defaultIdentityFiles, type IdentityFile, identityFile } from './identity-files.ts';
import { givenKey } from './key-credentials.ts';
import { keyEnvelope } from './key-envelope.ts';
import { interactiveCredential, passwordCredentials } from './password-credentials.ts';

/** Of `SshConfig`, what says who we are. */
export type IdentityConfig = Pick<SshConfig, 'identityFiles' | 'identityAgent' | 'identitiesOnly'>;

/** Who logs in, and by what. */
export interface CredentialsRequest {
  readonly user: string;
  /** The caller's, in its order. Absent: as OpenSSH has it. */
  readonly methods?: readonly SshAuthentication[] | undefined;
  /** Absent where there is no OpenSSH to ask. */
  readonly config?: IdentityConfig | undefined;
}

/**
 * What to offer for one connection, in its order. Among them are those that cannot be offered, whose names say why.
 *
 * @throws ExecError `EXEC_AUTH` where what the caller gave cannot be used
 */
export async function credentialsOf({ user, methods, config = withoutConfig() }: CredentialsRequest): Promise<Credential[]> {
  if (!methods) return once(await defaults(user, config));
  const answersToo = !methods.some((method) => 'keyboardInteractive' in method);
  const credentials = await Promise.all(methods.map((method) => credentialsFor(user, method, config, answersToo)));
  return once(credentials.flat());
}

function withoutConfig(): IdentityConfig {
  const identityAgent = process.env['SSH_AUTH_SOCK'];
  return { identityFiles: defaultIdentityFiles(), identitiesOnly: false, ...(identityAgent && { identityAgent }) };
}

/** OpenSSH's order: the agent's keys that are configured too, its others, and what is only in files. */
async function defaults(user: string, config: IdentityConfig): Promise<Credential[]> {
  const files = await identities(user, config);
  const { identityAgent } = config;
  const agent = identityAgent === undefined ? [] : await agentCredentials(user, identityAgent).catch(() => [unreachable(identityAgent)]);
  return [...inOrder(agent, files, config), ...files.flatMap(({ credentials }) => credentials)];
}

async function credentialsFor(user: string, method: SshAuthentication, config: IdentityConfig, answersToo: boolean): Promise<Credential[]> {
  if ('agent' in method) return givenAgent(user, method.agent, config);
  if ('password' in method) return passwordCredentials(user, method.password, answersToo);
  if ('keyboardInteractive' in method) return [interactiveCredential(user, method.keyboardInteractive)];
  if ('privateKeyFile' in method) return [await keyFromFile(user, method)];
  const content = Buffer.from(method.privateKey);
  const publicKey = keyEnvelope(content)?.publicKey;
  const name = publicKey ? `privateKey ${fingerprint(publicKey)}` : 'privateKey';
  return [givenKey({ user, name, content, passphrase: method.passphrase, method })];
}

async function givenAgent(user: string, agent: true | string, config: IdentityConfig): Promise<Credential[]> {
  if (agent !== true) return agentCredentials(user, fromHome(agent));
  if (config.identityAgent === undefined) throw noAgent();
  const [credentials, files] = await Promise.all([agentCredentials(user, config.identityAgent), identities(user, config)]);
  return inOrder(credentials, files, config);
}

async function keyFromFile(user: string, method: Extract<SshAuthentication, { readonly privateKeyFile: string }>): Promise<Credential> {
  const { privateKeyFile, passphrase } = method;
  const path = fromHome(privateKeyFile);
  const name = `key ${shownPath(path)}`;
  const content = await readBounded(path, MAX_KEY_FILE_BYTES).catch((fault) => {
    throw unreadableKey(name, fault);
  });
  return givenKey({ user, name, content, passphrase, method });
}

function identities(user: string, { identityFiles }: IdentityConfig): Promise<IdentityFile[]> {
  return Promise.all(identityFiles.map((path) => identityFile(user, path)));
}

function fromHome(path: string): string {
  return path.startsWith('~/') ? join(homeDirectory(), path.slice(2)) : path;
}

/** Those that are configured come first, for a server ends a connection after a few tries. */
function inOrder(agent: readonly Credential[], files: readonly IdentityFile[], { identitiesOnly }: IdentityConfig): Credential[] {
  const configured = new Set(files.map(({ publicKey }) => publicKey));
  const isConfigured = ({ key }: Credential): boolean => key === undefined || configured.has(key);
  const own = agent.filter(isConfigured);
  return identitiesOnly ? own : [...own, ...agent.filter((credential) => !isConfigured(credential))];
}

function unreachable(socketPath: string): Credential {
  return { type: 'publickey', name: `agent ${shownPath(socketPath)} (cannot be reached)` };
}

/** No key twice, and no word about a file that cannot be read where an agent has its key. */
function once(credentials: readonly Credential[]): Credential[] {
  const offered = new Map<string, Credential>();
  for (const credential of credentials)
    if (credential.offer && credential.key !== undefined && !offered.has(credential.key)) offered.set(credential.key, credential);
  return credentials.filter((credential) => {
    const first = credential.key === undefined ? undefined : offered.get(credential.key);
    return first === undefined || first === credential;
  });
}
