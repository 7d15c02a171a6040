# Commands over SSH by a library of Python: reads lines "count width", and answers each with a line of JSON.
import asyncio, json, socket, sys, threading, time

library, port, user, key, line, most = sys.argv[1:]
connections = -(-int(most) // 5)
PATIENCE = 5


def answer(latencies, begin, refused):
    print(json.dumps({"latencies": latencies, "seconds": time.perf_counter() - begin, "refused": refused}), flush=True)


async def with_asyncssh():
    import asyncssh

    options = dict(username=user, client_keys=[key], known_hosts=None, config=None, agent_path=None)
    pool = [await asyncssh.connect("127.0.0.1", int(port), **options) for _ in range(connections)]
    loop = asyncio.get_running_loop()
    while words := await loop.run_in_executor(None, sys.stdin.readline):
        left, width = map(int, words.split())
        latencies, refused, begin = [], 0, time.perf_counter()

        async def work(index):
            nonlocal left, refused
            while left > 0:
                left -= 1
                start = time.perf_counter()
                try:
                    assert (await pool[index].run(line)).exit_status == 0
                    latencies.append((time.perf_counter() - start) * 1000)
                except Exception:
                    refused += 1
                    left += 1
                    # One that is gone would refuse for ever.
                    if pool[index].is_closed():
                        pool[index] = await asyncssh.connect("127.0.0.1", int(port), **options)

        await asyncio.gather(*(work(index % connections) for index in range(width)))
        answer(latencies, begin, refused)


def with_paramiko():
    import logging, paramiko

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    pool = [paramiko.SSHClient() for _ in range(connections)]
    logging_in = threading.Lock()

    def log_in(client):
        # Or each command takes 40 ms more.
        sock = socket.create_connection(("127.0.0.1", int(port)))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.connect("127.0.0.1", int(port), user, key_filename=key, look_for_keys=False, allow_agent=False, sock=sock)

    # One that is gone would refuse for ever.
    def mend(client):
        with logging_in:
            if not client.get_transport() or not client.get_transport().is_active():
                log_in(client)

    for client in pool:
        client.set_missing_host_key_policy(paramiko.WarningPolicy())
        log_in(client)
    lock = threading.Lock()
    for words in sys.stdin:
        left, width = map(int, words.split())
        latencies, refused, begin = [], 0, time.perf_counter()

        def work(client):
            nonlocal left, refused
            while True:
                with lock:
                    if left <= 0:
                        return
                    left -= 1
                start = time.perf_counter()
                try:
                    # A channel that a server refused late, or lost, would be waited for without end.
                    _, out, err = client.exec_command(line, timeout=PATIENCE)
                    out.read()
                    err.read()
                    assert out.channel.status_event.wait(PATIENCE) and out.channel.recv_exit_status() == 0
                    latencies.append((time.perf_counter() - start) * 1000)
                except Exception:
                    with lock:
                        refused += 1
                        left += 1
                    mend(client)

        threads = [threading.Thread(target=work, args=(pool[index % connections],)) for index in range(width)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answer(latencies, begin, refused)
    for client in pool:
        client.close()


if library == "asyncssh":
    asyncio.run(with_asyncssh())
else:
    import warnings

    warnings.simplefilter("ignore")
    with_paramiko()
