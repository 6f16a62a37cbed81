#!/bin/sh
# Make .venv with pip in it. Debian's python3 may come without ensurepip (package
# python3-venv); then virtualenv, fetched into a folder of our own, does the same.
set -eu
python="${1:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; $("$python" --version 2>&1) is here. Name another with: make run PYTHON=python3.12" >&2
    exit 1
}
if "$python" -m venv .venv >/dev/null 2>&1 && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi
rm -rf .venv
echo "The venv module is incomplete here; using virtualenv."
"$python" -m pip install --quiet --disable-pip-version-check --target .cache/virtualenv virtualenv==21.15.8
PYTHONPATH=.cache/virtualenv "$python" -m virtualenv --quiet .venv
