#!/bin/sh
# setup.sh - installs the Debian packages that Sluice is built and tested with, where they are missing.
#
#   setup.sh        compiler, libraries, Check, Redis and Python for the tests
#   setup.sh fmt    also clang-format
#   setup.sh fuzz   also clang with libFuzzer
#   setup.sh stack  also what the live tests run: Java 17 or later for the broker, Maven for its jars; and libFuzzer
#
# Looks for the things themselves, not for packages, so that another system with the same tools is
# fine too. Nothing missing: says nothing, needs no root. Missing without root: prints the command.
set -u

cc=${CC:-gcc}
python=${PYTHON:-/usr/bin/python3}

has() { command -v "$1" >/dev/null 2>&1; }
has_library() { has pkg-config && pkg-config --exists "$1"; }
has_headers() { echo '#include <stdio.h>' | "$cc" -E -x c - >/dev/null 2>&1; }
has_java() { # 17 or later, by the number that java itself gives: 17.0.9, or 1.8.0 for 8
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ]
}
has_fuzzer() {
    echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d != 0 && n > 9 && d[0] == 1; }' |
        clang -x c - -fsanitize=fuzzer,address -o /dev/null >/dev/null 2>&1
}
has_module() { "$python" -c "import importlib.util as u, sys; sys.exit(u.find_spec('$1') is None)"; }

# Prints the packages that are missing, one a line.
missing() {
    has "$cc" || echo gcc
    { has "$cc" && has_headers; } || echo libc6-dev
    has make || echo make
    has pkg-config || echo pkg-config
    has_library libcyaml || echo libcyaml-dev
    has_library yaml-0.1 || echo libyaml-dev
    has_library libcrypto || echo libssl-dev
    has_library rdkafka || echo librdkafka-dev
    has_library hiredis || echo libhiredis-dev
    has_library libmicrohttpd || echo libmicrohttpd-dev
    has_library libhs || echo libvectorscan-dev
    has_library libpcre2-8 || echo libpcre2-dev
    has_library libpsl || echo libpsl-dev
    has_library check || echo check
    has redis-server || echo redis-server
    has openssl || echo openssl
    has "$python" || echo python3
    { has "$python" && has_module jsonschema; } 2>/dev/null || echo python3-jsonschema
    if [ "${1:-}" = fmt ]; then
        has clang-format || echo clang-format
    fi
    if [ "${1:-}" = fuzz ] || [ "${1:-}" = stack ]; then
        has clang || echo clang
        has_fuzzer || echo libclang-rt-14-dev
    fi
    if [ "${1:-}" = stack ]; then
        has_java || echo default-jre-headless
        has mvn || echo maven
    fi
}

packages=$(missing "${1:-}" | tr '\n' ' ')
packages=${packages% }
[ -n "$packages" ] || exit 0

if ! has apt-get; then
    echo "setup: missing: $packages (names of Debian packages); install them with this system's tools" >&2
    exit 3
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "setup: missing: $packages; install them with" >&2
    echo "    sudo apt-get install --no-install-recommends $packages" >&2
    exit 3
fi
echo "setup: installing $packages"
export DEBIAN_FRONTEND=noninteractive
# The list of packages may be old or absent: then it is fetched, and the installation tried again.
# shellcheck disable=SC2086 # a list of words on purpose
apt-get install -y -q --no-install-recommends $packages >/dev/null 2>&1 ||
    { apt-get update -q && apt-get install -y -q --no-install-recommends $packages; } >&2 || {
    echo "setup: apt-get could not install: $packages" >&2
    exit 3
}
packages=$(missing "${1:-}" | tr '\n' ' ')
if [ -n "$packages" ]; then
    echo "setup: installed, and still not found: ${packages% }; CC is $cc, PYTHON is $python" >&2
    exit 3
fi
