"""How the web server runs: a few processes with threads, measured best at the 99th percentile."""

import gc
import os
import signal
from pathlib import Path
from typing import Any

from django.db import connections
from gunicorn.glogging import Logger

from config.services import die_with_parent
from kit.logs import mask

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = 4
keepalive = 15
graceful_timeout = 30
timeout = 60
# Heartbeats of the workers are files: on a disk under load one may come late and cost a worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The library known to grow, WeasyPrint, runs in the background workers, which are recycled.
max_requests = 0
# Loaded once and shared by the forks: a third less memory, and a broken start shows at once.
preload_app = True
control_socket_disable = True
proc_name = "lyceum-web"

accesslog = "-"
errorlog = "-"
loglevel = "warning"
access_log_format = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms'


class AccessLog(Logger):
    """Gunicorn's log lines with the tokens in addresses blotted out, and without health checks."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Writes one line."""
        if environ.get("PATH_INFO") != "/healthz":
            super().access(resp, req, environ, request_time)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """The parts of one line; those that carry an address are masked."""
        atoms = super().atoms(resp, req, environ, request_time)
        atoms.update({part: mask(str(atoms[part])) for part in ("r", "U", "q", "f")})
        return dict(atoms)


logger_class = AccessLog


def on_starting(server: Any) -> None:
    """The web server does not outlive a supervisor that was killed."""
    if os.environ.get("SUPERVISOR_ENABLED"):
        die_with_parent(signal.SIGTERM)()


def when_ready(server: Any) -> None:
    """What is loaded by now never dies: keep it out of the collector and so shared by the forks."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """No fork may go on with a database connection that another one holds too."""
    connections.close_all()
