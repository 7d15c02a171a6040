import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The API of a cluster as tests need it, by one who may do everything, beside the client that they test. */
export class KubernetesApi {
  readonly #server: string;
  readonly #agent: Agent;

  /** @param pki A directory with the admin's key and certificate, and the CA's. */
  constructor(server: string, pki: string) {
    this.#server = server;
    const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFileSync(join(pki, name)));
    this.#agent = new Agent({ ca, cert, key, keepAlive: true });
  }

  async answers(path = '/readyz'): Promise<boolean> {
    try {
      return (await this.#send('GET', path)).status === 200;
    } catch {
      return false;
    }
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#ok('GET', path));
  }

  async create<T>(path: string, body: object): Promise<T> {
    return JSON.parse(await this.#ok('POST', path, body));
  }

  async remove(path: string, body: object = {}): Promise<void> {
    const { status, body: said } = await this.#send('DELETE', path, body);
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path} answered ${status}: ${said}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ok(method: string, path: string, body?: object): Promise<string> {
    const { status, body: said } = await this.#send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${said}`);
    return said;
  }

  #send(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const payload = body && JSON.stringify(body);
      // A DELETE has none of its own.
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload ?? '') };
      const sent = request(`${this.#server}${path}`, { method, headers, agent: this.#agent, timeout: 10_000 }, (response) => {
        text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: said }), reject);
      });
      sent.on('error', reject).on('timeout', () => sent.destroy(new Error('no answer')));
      sent.end(payload);
    });
  }
}
