import { createExecutor, type Executor } from '@errand/core';
import { daemonAddress } from './connection/daemon-address.ts';
import type { ContainerSource } from './container/container-source.ts';
import { ImageSource } from './container/image-source.ts';
import { LeftOvers } from './container/left-overs.ts';
import { MadeContainer } from './container/made-container.ts';
import { NamedContainer } from './container/named-container.ts';
import { ContainerDriver } from './container-driver.ts';
import { DockerClient } from './docker-client.ts';
import { DockerDriver } from './docker-driver.ts';
import { printable } from './docker-errors.ts';
import { checkDocker, type DockerExecutorOptions, dockerOptionChecks } from './docker-options.ts';
import { containerSupports, execSupports, plainSupports } from './docker-supports.ts';
import { PlainExecDriver } from './plain/plain-exec-driver.ts';

/**
 * Runs commands in a container. Nothing is asked of the daemon before the first command, and nothing is installed in the container: it needs a
 * POSIX `/bin/sh`, `cat`, `sed`, `grep`, `tr` and `sleep`, as Debian, Alpine and busybox have them.
 *
 * @example
 * await using executor = dockerExecutor({ mode: 'exec', image: 'node:24' });
 * const { stdout } = await executor.exec(['node', '--version'], { check: true });
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`. Commands reject with `EXEC_CONNECT` where no daemon answers, `EXEC_NOT_FOUND`
 * where the image or the container is not there.
 */
export function dockerExecutor(options: DockerExecutorOptions): Executor {
  return createExecutor(
    {
      kind: 'docker',
      optionChecks: dockerOptionChecks,
      makeDriver: (own, context) => {
        checkDocker(own);
        const { logger } = context;
        const client = new DockerClient(daemonAddress(own), (warning) =>
          logger?.warn({}, `The Docker daemon warns: ${printable(warning)}`),
        );
        const { mode = 'container', image = '' } = own;
        if (mode === 'container') {
          const supports = own.shell === false ? plainSupports(own) : containerSupports(own);
          return new ContainerDriver(client, { ...own, image, logger }, supports, context);
        }
        const source = sourceOf(client, own, logger);
        return own.shell === false
          ? new PlainExecDriver(client, source, own.defaults?.cwd)
          : new DockerDriver(client, source, execSupports(own));
      },
    },
    options,
  );
}

function sourceOf(client: DockerClient, options: DockerExecutorOptions, logger: DockerExecutorOptions['logger']): ContainerSource {
  const { image = '', container, user, shell, pull } = options;
  if (container !== undefined) return new NamedContainer(client, container, { user, shell });
  const images = new ImageSource(client, { image, logger, ...(pull && { pull }) });
  return new MadeContainer(client, { ...options, image, images, leftOvers: new LeftOvers(client) });
}
