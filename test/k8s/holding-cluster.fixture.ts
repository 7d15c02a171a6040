import { KubernetesServer } from '../servers/kubernetes.ts';

// Holds a cluster until it is killed.
const server = await KubernetesServer.start();
console.log(server.directory);
setInterval(() => {}, 60_000);
