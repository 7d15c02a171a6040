import { createHash } from 'node:crypto';
import { type Agent as HttpAgent, Agent as PlainAgent } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { ExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterOptions } from './k8s-options.ts';

/** A server closes a connection that nobody uses after some 90 s: what is older would meet its end. */
const FREE_MS = 30_000;

/** Where what is asked goes, and what says who asks. */
export interface Access {
  readonly server: URL;
  /** The context's. */
  readonly namespace: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `user:password`, for clusters that still know them. */
  readonly auth: string | undefined;
  readonly agent: HttpAgent;
  /** What TLS needs, for connections that no agent makes. */
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

const TLS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const;

/**
 * Who this process is to the cluster: of the vendor's client it is this that is used, kubeconfig files with all that they may say of credentials. Streams and
 * calls are our own (see FIELD-NOTES of the vendor's: an aborted log throws where nobody can catch it, a lost exec never says so).
 */
export class K8sClient {
  readonly #options: ClusterOptions;
  #loading: Promise<KubeConfig> | undefined;
  #agent: { readonly key: string; readonly agent: HttpAgent } | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /**
   * Tokens, and certificates that a plugin hands out, are renewed when they are due.
   *
   * @param isRefused The cluster does not know who asked by what was used before: files are read anew.
   * @throws ExecError where nothing says which cluster is meant, or its credentials cannot be had
   */
  async access({ isRefused = false }: { readonly isRefused?: boolean } = {}): Promise<Access> {
    if (isRefused) this.#loading = undefined;
    this.#loading ??= this.#load();
    const config = await this.#loading.catch((fault: unknown) => {
      this.#loading = undefined;
      throw fault;
    });
    const server = new URL(config.getCurrentCluster()?.server ?? '');
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExecError('EXEC_AUTH', `No credentials for the cluster, so nothing was started: ${why.trim()}`, { cause });
    }
    const tls = Object.fromEntries(TLS.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined)) as TlsOptions;
    return {
      server,
      namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
      headers: headersOf(options),
      auth: options.auth ?? undefined,
      tls,
      agent: this.#agentFor(server, tls, config.getCurrentCluster()?.proxyUrl === undefined ? undefined : options.agent),
    };
  }

  /** Connections that nobody uses are closed. */
  close(): void {
    this.#agent?.agent.destroy();
  }

  async #load(): Promise<KubeConfig> {
    const { KubeConfig: Config } = await import('@kubernetes/client-node');
    const config = new Config();
    const { kubeconfig, context, inCluster } = this.#options;
    try {
      if (inCluster) config.loadFromCluster();
      else if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
      else config.loadFromDefault();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExecError('EXEC_NOT_FOUND', `kubeconfig: it cannot be read: ${why}.`, {
        cause,
        detail: { option: 'kubeconfig', what: 'file', ...(kubeconfig !== undefined && { name: kubeconfig }) },
      });
    }
    if (context !== undefined) {
      const names = config.getContexts().map(({ name }) => name);
      if (!names.includes(context))
        throw invalidOption('context', `there is no '${context}'`, names.join(', ') || 'a kubeconfig with contexts');
      config.setCurrentContext(context);
    }
    const cluster = config.getCurrentCluster();
    // What the vendor makes up where it finds nothing.
    const isFound = cluster && !(cluster.name === 'cluster' && cluster.server === 'http://localhost:8080');
    if (!isFound || !URL.canParse(cluster.server))
      throw new ExecError(
        'EXEC_CONNECT',
        'Nothing says which cluster is meant, so nothing was started. Give kubeconfig, KUBECONFIG, or ~/.kube/config.',
      );
    return config;
  }

  /** One for as long as the same credentials serve; that of a proxy is the vendor's. */
  #agentFor(server: URL, tls: TlsOptions, proxy: RequestOptions['agent']): HttpAgent {
    if (proxy && typeof proxy === 'object') return proxy;
    const key = createHash('sha256').update(server.origin).update(JSON.stringify(tls)).digest('hex');
    if (this.#agent?.key === key) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const keeping = { keepAlive: true, timeout: FREE_MS, scheduling: 'lifo' } as const;
    const agent = server.protocol === 'http:' ? new PlainAgent(keeping) : new Agent({ ...keeping, ...tls });
    this.#agent = { key, agent };
    return agent;
  }
}

function headersOf({ headers }: RequestOptions): Record<string, string> {
  const given = headers && !Array.isArray(headers) ? Object.entries(headers) : [];
  // A token from a file ends in a newline now and then.
  return Object.fromEntries(given.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value).trim()]));
}
