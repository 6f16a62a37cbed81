"""How gunicorn serves the site: what can be changed comes from the environment, with a default for two processors."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
#: More processes than processors are no faster.
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# The proxy keeps connections open; a thread is held by none of them for long.
keepalive = 5
timeout = 60
#: What runs when the server is told to end may end within this time.
graceful_timeout = 10
# A process that has grown is replaced, not all of them at once.
max_requests = 20_000
max_requests_jitter = 2_000
preload_app = True
# Who is let through is the proxy, which writes the protocol and the address; on other machines name them.
forwarded_allow_ips = os.environ.get("PROXIES", "127.0.0.1,::1")
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Nobody talks to the running server.
control_socket_disable = True
