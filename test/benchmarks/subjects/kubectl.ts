import type { K8sTarget } from './k8s-target.ts';
import { plainJob } from './plain-job.ts';
import { runProgram } from './run-program.ts';

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

  #run(args: readonly string[], input = ''): Promise<number> {
    const { kube, adminKubeconfig, namespace } = this.#target;
    return runProgram(kube, ['kubectl', `--kubeconfig=${adminKubeconfig}`, '-n', namespace, ...args], input);
  }
}
