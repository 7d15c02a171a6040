import type { Duplex } from 'node:stream';
import { type AgentAuthMethod, BaseAgent, createAgent, type ParsedKey } from 'ssh2';
import { sshString } from './authentication/key-envelope.ts';

/** An agent that does not answer is given up. It answers at once: only to sign does it ask somebody. */
const LIST_MS = 5_000;
/** SSH_AGENTC_REQUEST_IDENTITIES, one byte long. */
const LIST = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;
/** As OpenSSH has it. */
const MAX_ANSWER = 256 * 1_024;

/** A key of an agent, supported or not: ssh2's own list leaves out what is not. */
export interface AgentKey {
  readonly blob: Buffer;
  readonly comment: string;
}

/** A login with one key of an agent. */
export interface AgentLogin {
  readonly method: AgentAuthMethod;
  /** What became of it so far. */
  readonly signature: () => 'none' | 'made' | 'refused';
}

/** What the agent at this socket holds (on Windows also a pipe, or `pageant`). Rejects where it cannot be reached, or does not answer. */
export async function agentKeys(socketPath: string): Promise<AgentKey[]> {
  const stream = await streamOf(socketPath);
  try {
    stream.write(LIST);
    return keysOf(await answerOf(stream));
  } finally {
    stream.destroy();
  }
}

export function agentLogin(username: string, socketPath: string, key: ParsedKey): AgentLogin {
  const agent = new OneKeyAgent(socketPath, key);
  return { method: { type: 'agent', username, agent }, signature: () => agent.signature };
}

/** Where ssh2 is given a whole agent, it tells neither which key is tried nor what the server answers to each. */
class OneKeyAgent extends BaseAgent<ParsedKey> {
  signature: 'none' | 'made' | 'refused' = 'none';
  readonly #agent: BaseAgent;
  readonly #key: ParsedKey;

  constructor(socketPath: string, key: ParsedKey) {
    super();
    this.#agent = createAgent(socketPath);
    this.#key = key;
  }

  override getIdentities(done: Parameters<BaseAgent<ParsedKey>['getIdentities']>[0]): void {
    done(undefined, [this.#key]);
  }

  override sign(key: ParsedKey, data: Buffer, ...rest: unknown[]): void {
    const [done, options] = rest.reverse() as [(error?: Error | null, signature?: Buffer) => void, { hash?: 'sha256' | 'sha512' }?];
    this.#agent.sign(key, data, options ?? {}, (error, signature) => {
      this.signature = error ? 'refused' : 'made';
      done(error, signature);
    });
  }
}

function streamOf(socketPath: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    createAgent(socketPath).getStream?.((error, stream) => {
      if (stream) resolve(stream);
      else reject(error);
    });
  });
}

/** Its first message, without the length in front. */
function answerOf(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer within ${LIST_MS / 1000} s`)), LIST_MS);
    let bytes = Buffer.alloc(0);
    stream.on('data', (data: Buffer) => {
      bytes = Buffer.concat([bytes, data]);
      const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
      if (length > MAX_ANSWER) reject(new Error('what answers there is no agent'));
      else if (length > 0 && bytes.length >= 4 + length) resolve(bytes.subarray(4, 4 + length));
    });
    stream.once('error', reject).once('close', () => {
      clearTimeout(late);
      reject(new Error('it closed the connection'));
    });
  });
}

function keysOf(answer: Buffer): AgentKey[] {
  if (answer[0] !== IDENTITIES_ANSWER) throw new Error('it did not list its keys');
  let at = 5;
  const next = (): Buffer => {
    const { bytes, end } = sshString(answer, at);
    at = end;
    return bytes;
  };
  return Array.from({ length: answer.readUInt32BE(1) }, () => ({ blob: next(), comment: next().toString() }));
}
