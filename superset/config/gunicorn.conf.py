"""gunicorn for Superset: `gunicorn -c superset/config/gunicorn.conf.py "superset.app:create_app()"`."""

import os

bind = f"{os.environ.get('SUPERSET_HOST', '127.0.0.1')}:{os.environ['SUPERSET_PORT']}"
# Threads, not gevent, which serves half as many chart requests.
worker_class = "gthread"
workers = 2
threads = 8
# One import of Superset for all workers: half the memory, half the start-up time.
preload_app = True
timeout = 120
keepalive = 5
# Workers are replaced now and then, so slow leaks never matter.
max_requests = 5000
max_requests_jitter = 500
# gunicorn's control socket would be opened in the home directory.
control_socket_disable = True


def post_fork(server, worker):
    """Drop the connections that the parent opened: two processes must not speak on one."""
    from superset.extensions import db

    with worker.app.wsgi().app_context():
        db.engine.dispose(close=False)
