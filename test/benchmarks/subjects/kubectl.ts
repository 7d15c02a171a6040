import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { K8sTarget } from './k8s-target.ts';
import { plainJob } from './plain-job.ts';

/** kubectl: a process a command, and for a Job two. */
export class Kubectl {
  readonly #target: K8sTarget;

  constructor(target: K8sTarget) {
    this.#target = target;
  }

  async runJob(command: readonly string[]): Promise<void> {
    const { name, body } = plainJob(this.#target, command);
    await this.#run(['create', '-f', '-'], JSON.stringify(body));
    await this.#run(['wait', '--for=condition=complete', '--timeout=120s', `job/${name}`]);
  }

  /** In the pod that runs. Returns how many bytes came. */
  exec(command: readonly string[]): Promise<number> {
    return this.#run(['exec', this.#target.pod, '--', ...command]);
  }

  async #run(args: readonly string[], input = ''): Promise<number> {
    const { kube, adminKubeconfig, namespace } = this.#target;
    const child = spawn(kube, ['kubectl', `--kubeconfig=${adminKubeconfig}`, '-n', namespace, ...args], { stdio: 'pipe' });
    child.stdin.end(input);
    let [arrived, said] = [0, ''];
    child.stdout.on('data', (chunk: Buffer) => {
      arrived += chunk.length;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`kubectl ${args[0]} exited with ${code}: ${said}`);
    return arrived;
  }
}
