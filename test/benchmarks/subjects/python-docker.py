# Commands in containers by Docker's SDK: reads lines "count width", and answers each with a line of JSON.
import json, sys, threading, time

import docker

mode, host, what, most = sys.argv[1:]
# requests keeps ten connections, and warns of more.
client = docker.DockerClient(base_url=host, max_pool_size=int(most))
hardening = dict(
    network_mode="none",
    read_only=True,
    cap_drop=["ALL"],
    security_opt=["no-new-privileges"],
    init=True,
    tmpfs={"/tmp": "rw,exec,nosuid,nodev,size=256m,mode=1777"},
    mem_limit="1g",
    memswap_limit="1g",
    nano_cpus=10**9,
    pids_limit=512,
    ipc_mode="private",
    log_config=docker.types.LogConfig(type="none"),
    user="65534:65534",
)
container = client.containers.get(what) if mode != "container" else None


def run():
    if container is None:
        client.containers.run(what, ["/bin/true"], remove=True, **hardening)
    else:
        assert container.exec_run(["/bin/true"]).exit_code == 0


lock = threading.Lock()
for words in sys.stdin:
    left, width = map(int, words.split())
    latencies, begin = [], time.perf_counter()

    def work():
        global left
        while True:
            with lock:
                if left <= 0:
                    return
                left -= 1
            start = time.perf_counter()
            run()
            latencies.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=work) for _ in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"latencies": latencies, "seconds": time.perf_counter() - begin}), flush=True)
