#!/bin/sh
# The one list of Debian packages that tests, benches and demonstrations use: a command that the package brings, and the package.
# Run by `make test`. As root with apt-get it installs what is missing; otherwise it changes nothing. Always succeeds: a
# test whose program is not here skips itself and says so.
missing=
while read -r command package; do
  command -v "$command" >/dev/null 2>&1 || missing="$missing $package"
done <<END
tcpserver ucspi-tcp
swaks swaks
curl curl
msmtp msmtp
openssl openssl
nc netcat-openbsd
strace strace
unbound unbound
procmail procmail
cdb tinycdb
cdbmake freecdb
ps procps
killall psmisc
python3 python3
unshare util-linux
mount mount
systemd-socket-activate systemd
mkfs.ext4 e2fsprogs
END
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Not here, and not installed without root and apt-get:$missing (their tests will be skipped)"
  exit 0
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086
  timeout 120 apt-get -qq -y $brief -o DPkg::Lock::Timeout=20 --no-install-recommends install $missing </dev/null >/dev/null
}
# Without a network it shall not take long to find out.
brief='-o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10'
# shellcheck disable=SC2086
install || { timeout 40 apt-get -qq $brief update </dev/null && install; } ||
  echo "apt-get could not install all of:$missing (their tests will be skipped)"
exit 0
