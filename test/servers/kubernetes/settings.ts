/** What a cluster is made with. */
export interface ClusterParts {
  readonly directory: string;
  /** Of its node, its cgroups and its end of the network. */
  readonly name: string;
  /** The machine's and the node's addresses. */
  readonly host: string;
  readonly node: string;
  /** The program that is all servers. */
  readonly kube: string;
  readonly containerd: string;
  readonly runc: string;
  /** An image on the node, in which nothing runs. */
  readonly pause: string;
}

/** Those that tests need; the others cost a second at the start. */
const CONTROLLERS =
  'job-controller,garbage-collector-controller,namespace-controller,serviceaccount-controller,serviceaccount-token-controller,' +
  'root-ca-certificate-publisher-controller,resourcequota-controller,ttl-after-finished-controller,node-lifecycle-controller,' +
  'taint-eviction-controller,pod-garbage-collector-controller,disruption-controller,replicaset-controller';

const ETCD = 'http://127.0.0.1:2379';
const CNI = '/usr/lib/cni';

/** The servers, each as the words that start it. */
export function serverCommands({ directory, name, node, kube, containerd }: ClusterParts): Readonly<Record<string, readonly string[]>> {
  const own = (who: string): string => `--kubeconfig=${directory}/${who}.kubeconfig`;
  const asked = (who: string): string[] => [
    `--authentication-kubeconfig=${directory}/${who}.kubeconfig`,
    `--authorization-kubeconfig=${directory}/${who}.kubeconfig`,
  ];
  const pki = `${directory}/pki`;
  return {
    containerd: [containerd, '--config', `${directory}/containerd.toml`],
    etcd: [
      kube,
      'etcd',
      `--name=${name}`,
      `--data-dir=${directory}/etcd`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--initial-advertise-peer-urls=http://127.0.0.1:2380',
      `--initial-cluster=${name}=http://127.0.0.1:2380`,
      '--logger=zap',
      '--log-level=warn',
    ],
    'kube-apiserver': [
      kube,
      'kube-apiserver',
      `--etcd-servers=${ETCD}`,
      '--bind-address=0.0.0.0',
      `--advertise-address=${node}`,
      '--secure-port=443',
      '--service-cluster-ip-range=10.96.0.0/24',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--client-ca-file=${pki}/ca.crt`,
      `--cert-dir=${pki}`,
      `--tls-cert-file=${pki}/apiserver.crt`,
      `--tls-private-key-file=${pki}/apiserver.key`,
      `--kubelet-certificate-authority=${pki}/ca.crt`,
      `--kubelet-client-certificate=${pki}/kubelet-client.crt`,
      `--kubelet-client-key=${pki}/kubelet-client.key`,
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki}/sa.pub`,
      `--service-account-signing-key-file=${pki}/sa.key`,
    ],
    'kube-controller-manager': [
      kube,
      'kube-controller-manager',
      own('controller-manager'),
      ...asked('controller-manager'),
      '--bind-address=127.0.0.1',
      `--cert-dir=${pki}`,
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${pki}/sa.key`,
      `--root-ca-file=${pki}/ca.crt`,
      `--controllers=${CONTROLLERS}`,
    ],
    'kube-scheduler': [
      kube,
      'kube-scheduler',
      own('scheduler'),
      ...asked('scheduler'),
      '--bind-address=127.0.0.1',
      `--cert-dir=${pki}`,
      '--leader-elect=false',
    ],
    kubelet: [
      kube,
      'kubelet',
      `--config=${directory}/kubelet.json`,
      own('node'),
      `--hostname-override=${name}`,
      `--node-ip=${node}`,
      '--root-dir=/var/lib/kubelet',
      `--cert-dir=${pki}`,
    ],
  };
}

/** A node whose oom_score_adj cannot be lowered starts no sandbox without `restrict_oom_score_adj`. */
export function containerdSettings({ directory, runc, pause }: ClusterParts): string {
  const disabled = [
    'snapshotter.v1.aufs',
    'snapshotter.v1.btrfs',
    'snapshotter.v1.devmapper',
    'snapshotter.v1.zfs',
    'tracing.processor.v1.otlp',
    'internal.v1.tracing',
    'internal.v1.opt',
  ];
  return `version = 2
root = "${directory}/containerd"
state = "/run/containerd"
disabled_plugins = [${disabled.map((plugin) => `"io.containerd.${plugin}"`).join(', ')}]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI}"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${runc}"
      SystemdCgroup = false
`;
}

/** Pods are on a bridge that nobody else sees. */
export function networkSettings(): object {
  const ipam = { type: 'host-local', dataDir: '/run/cni', ranges: [[{ subnet: '10.98.0.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'bridge', bridge: 'pods0', isGateway: true, ipMasq: false, ipam }] };
}

export function kubeletSettings({ directory, name, node }: ClusterParts): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: `${directory}/pki/ca.crt` } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${directory}/pki/kubelet.crt`,
    tlsPrivateKeyFile: `${directory}/pki/kubelet.key`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${name}`,
    enforceNodeAllocatable: ['pods'],
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    registerNode: true,
    // The machine's disk is others' affair.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    imageGCHighThresholdPercent: 100,
    imageMaximumGCAge: '0s',
    clusterDomain: 'cluster.local',
    clusterDNS: ['10.96.0.10'],
    resolvConf: '',
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
    volumeStatsAggPeriod: '0s',
    healthzPort: 0,
    maxPods: 250,
  };
}

/** As kubectl has it; a token in place of a certificate where one is given. */
export function kubeconfig(
  server: string,
  pki: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer },
  more: { readonly token?: string; readonly namespace?: string } = {},
): string {
  const { ca, cert, key } = pki;
  const user = {
    ...(cert && { 'client-certificate-data': cert.toString('base64') }),
    ...(key && { 'client-key-data': key.toString('base64') }),
    ...(more.token !== undefined && { token: more.token }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': ca.toString('base64') } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...(more.namespace !== undefined && { namespace: more.namespace }) } }],
    'current-context': 'x',
  });
}
