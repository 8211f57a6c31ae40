#!/bin/sh
# Puts in the real servers that tests run against: Kafka's jars (by Maven, into build/kafka), Java, Redis, PostgreSQL.
# `make test` calls it; `make run` needs none of them. Packages come from Debian or Ubuntu, where it may install them (root,
# or sudo that asks for no password). What cannot be had is named, and the tests that need it skip and say so; on a build
# machine (CI=true) it is a failure here already.
set -eu

lacking=
lack() {
    lacking=yes
    echo "Not here: $1. The tests that need it will not run." >&2
}

may_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

has_postgresql() { command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; }

# The version of a Java, as a whole number; nothing where it is none.
java_version() { "$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p'; }

has_java() { # 17 or newer, the machine's own or one beside it
    for java in "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
        [ -x "$java" ] && [ "$(java_version "$java")" -ge 17 ] 2>/dev/null && return
    done
    return 1
}

has_jars() { ls build/kafka/kafka_*.jar >/dev/null 2>&1 && [ build/kafka/complete -nt tests/parts/pom.xml ]; }

missing_packages() {
    command -v redis-server >/dev/null || echo redis-server
    has_postgresql || echo postgresql
    has_jars || command -v mvn >/dev/null || echo maven
    has_java && return
    for version in 21 17 25; do # the first that this release of Debian or Ubuntu has
        if apt-cache show "openjdk-$version-jre-headless" >/dev/null 2>&1; then
            echo "openjdk-$version-jre-headless"
            return
        fi
    done
}

packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ] && may_install; then
    as_root apt-get update -q >/dev/null || true
    packages=$(missing_packages | tr '\n' ' ') # a fresh machine knows no package before the update
    echo "Installing $packages(real servers to test against) ..."
    # shellcheck disable=SC2086 # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $packages >/dev/null || true
fi

if ! has_jars && command -v mvn >/dev/null; then
    echo 'Fetching Kafka ...'
    rm -rf build/kafka
    if mvn -q -B -C -Dstyle.color=never -f tests/parts/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/build/kafka"; then
        touch build/kafka/complete
    fi
fi

command -v redis-server >/dev/null || lack 'redis-server'
has_postgresql || lack 'PostgreSQL'
has_java || lack 'Java 17 or newer, for Kafka'
has_jars || lack "Kafka's jars (Maven fetches them)"

if [ -n "$lacking" ] && [ "${CI:-}" = true ]; then
    echo 'CI=true: every real part must be here.' >&2
    exit 1
fi
