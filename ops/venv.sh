#!/bin/sh
# Makes or refreshes .venv from one lock: `sh ops/venv.sh requirements.lock`. The Makefile calls it.
# On a bare Debian or Ubuntu it puts in what Python lacks when it may (root, or sudo that asks for no
# password); otherwise it says in one line what to install.
set -eu

lock=$1
oldest='(3, 11)'

# $1: a Python to try; a name on PATH may be a shim that runs nothing. $2: what else it must be able to do.
can() { "$1" -c "import sys; $2; sys.exit(sys.version_info < $oldest)" 2>/dev/null; }
make_venv='import venv, ensurepip; ensurepip.version()' # Debian keeps ensurepip, or only what it unpacks, in a package of its own

# The first Python that is new enough and can do $1.
find_python() {
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if can "$python" "$1"; then
            echo "$python"
            return
        fi
    done
    return 1
}

# What a Debian or Ubuntu machine lacks: packages by name.
missing_packages() {
    if python=$(find_python pass); then
        "$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])'
    elif command -v python3 >/dev/null; then
        echo python3.11 python3.11-venv # the machine's own is too old
    else
        echo python3 python3-venv
    fi
}

install_packages() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        return 1
    fi
    echo "Installing $* ..."
    $as_root apt-get update -q >/dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >/dev/null
}

if ! can .venv/bin/python 'import pip'; then
    if ! python=$(find_python "$make_venv"); then
        packages=$(missing_packages)
        # shellcheck disable=SC2086 # one word a package
        if ! install_packages $packages || ! python=$(find_python "$make_venv"); then
            echo "Vigil needs Python 3.11 or newer with venv. On Debian or Ubuntu: sudo apt-get install $packages" >&2
            exit 1
        fi
    fi
    echo "Setting up .venv with $("$python" --version) (the first time takes a minute or two) ..."
    if can .venv/bin/python pass; then
        .venv/bin/python -m ensurepip >/dev/null # a .venv made by a tool that leaves pip out
    else
        "$python" -m venv --clear .venv
    fi
fi

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@"; }

pip install --require-hashes -r "$lock"
# Ourselves, without fetching anything: what builds us stands in the lock.
pip install --no-deps --no-build-isolation --editable .
