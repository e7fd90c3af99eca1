#!/bin/sh
# Make sure that node_modules holds what package-lock.json says: run by every make target, does nothing when the
# stamp in node_modules carries the lock file's checksum. The runtime comes as an optional package: npm leaves it out
# silently where there is none, so it is asked for its version here.
cd "${0%/*}/.." || exit 1
want=$(cksum < package-lock.json)
have=$(cat node_modules/.jsmail-stamp 2>/dev/null)
[ "$want" = "$have" ] && exit 0
# Somebody ran npm himself after the lock file came.
[ -z "$have" ] && [ node_modules/.package-lock.json -nt package-lock.json ] && [ -x node_modules/.bin/node ] && exit 0

if [ -h node_modules ]; then
  echo 'modules: node_modules is a link and not of this package-lock.json; run npm ci where it points to' >&2
  exit 1
fi
if ! command -v npm >/dev/null; then
  echo 'modules: npm is missing (Debian: apt-get install npm)' >&2
  exit 1
fi
echo 'Installing the runtime and the libraries of package-lock.json ...'
npm ci --include=dev --include=optional --no-audit --no-fund --loglevel=error </dev/null || exit 1
if ! node_modules/.bin/node --version >/dev/null 2>&1; then
  echo "modules: the runtime does not run here ($(uname -sm)); jsmail needs Linux on x86-64 or arm64 with glibc" >&2
  exit 1
fi
echo "$want" > node_modules/.jsmail-stamp
