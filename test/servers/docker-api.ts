import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** What a daemon answered. */
export interface DockerAnswer {
  readonly status: number;
  readonly body: string;
}

/** The API of a Docker daemon as tests need it, beside the client that they test. */
export class DockerApi {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async answers(): Promise<boolean> {
    try {
      return (await this.#send('GET', '/_ping')).status === 200;
    } catch {
      return false;
    }
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#ok('GET', path));
  }

  async post<T>(path: string, body: object = {}): Promise<T> {
    const answer = await this.#ok('POST', path, JSON.stringify(body));
    return JSON.parse(answer === '' ? '{}' : answer);
  }

  /** Makes an image of a root file system as a tar, with these changes in words of a Dockerfile. */
  async importImage(name: string, rootFs: Readable, changes: readonly string[] = []): Promise<void> {
    const query = new URLSearchParams({ fromSrc: '-', repo: name, tag: 'latest' });
    for (const change of changes) query.append('changes', change);
    await this.#ok('POST', `/images/create?${query}`, rootFs);
  }

  /** Builds an image of a tar with a Dockerfile in it, without a network. */
  async build(name: string, context: Readable): Promise<void> {
    const said = await this.#ok('POST', `/build?${new URLSearchParams({ t: name, networkmode: 'none' })}`, context);
    if (said.includes('"error"')) throw new Error(`The image was not built: ${said}`);
  }

  /** Calls an image, whose tag is `latest`, by another name too. */
  async tag(image: string, name: string): Promise<void> {
    await this.#ok('POST', `/images/${image}/tag?${new URLSearchParams({ repo: name, tag: 'latest' })}`);
  }

  /** Gives it to the registry that its name begins with. */
  async push(name: string): Promise<void> {
    const said = await this.#ok('POST', `/images/${name}/push?tag=latest`, undefined, { 'x-registry-auth': 'e30=' });
    if (said.includes('"error"')) throw new Error(`The image was not pushed: ${said}`);
  }

  async removeImage(name: string): Promise<void> {
    await this.#ok('DELETE', `/images/${name}?force=1`);
  }

  /** Names or ids of containers, those that ended too. */
  async containers(): Promise<string[]> {
    const all = await this.get<{ readonly Id: string }[]>('/containers/json?all=1');
    return all.map(({ Id }) => Id);
  }

  async remove(container: string): Promise<void> {
    const { status, body } = await this.#send('DELETE', `/containers/${container}?force=1&v=1`);
    if (![204, 404, 409].includes(status)) throw new Error(`The container was not removed: ${status} ${body}`);
  }

  async removeAll(): Promise<void> {
    await Promise.all((await this.containers()).map((container) => this.remove(container)));
  }

  async #ok(method: string, path: string, body?: string | Readable, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.#send(method, path, body, more);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return answer.body;
  }

  #send(method: string, path: string, body?: string | Readable, more: Readonly<Record<string, string>> = {}): Promise<DockerAnswer> {
    return new Promise((resolve, reject) => {
      const type = typeof body === 'string' ? 'application/json' : 'application/x-tar';
      const options = { method, path, socketPath: this.#socketPath, agent: false, headers: { 'content-type': type, ...more } };
      const sent = request(options, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: (await buffer(response)).toString() });
      }).on('error', reject);
      if (body === undefined || typeof body === 'string') sent.end(body);
      else body.on('error', (fault) => sent.destroy(fault)).pipe(sent);
    });
  }
}
