#!/bin/sh
# What one container does: web, worker, tend, or any command of manage.py, such as migrate. Nothing is migrated unasked.
set -eu
case "${1:-web}" in
    web) exec gunicorn coding_edu.wsgi --config deploy/gunicorn.conf.py ;;
    worker) exec python manage.py db_worker --no-reload ;;
    tend) exec python manage.py tend --every 30 ;;
    *) exec python manage.py "$@" ;;
esac
