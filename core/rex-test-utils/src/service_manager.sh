#!/bin/sh
# Runs systemd as the first process of namespaces of its own, until standard input ends. Says `ready PID`, or `skip` and why not.
# What it would change outside is hidden from it: its own /run, logs, state, configuration and control group, and none of the units that set up a host.
# Usage: service_manager.sh FOLDER, with the units to be known. They go where an administrator's units are.
set -u

if [ "${1-}" = inside ]; then
    set -e
    mount --make-rprivate /
    mount -t proc proc /proc
    units=$(mktemp -d)
    cp -a "$2"/. "$units"
    for place in /run /etc/systemd/system /var/log /var/lib/systemd /lib/systemd/system/*.target.wants; do
        [ ! -d "$place" ] || mount -t tmpfs -o mode=755 tmpfs "$place"
    done
    cp -a "$units"/. /etc/systemd/system
    rm -rf "$units"
    umount -l /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /run/dbus /run/systemd/system /var/log/journal
    for unit in dbus.socket systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
        mkdir -p /run/systemd/system/basic.target.wants
        ln -s "/lib/systemd/system/$unit" /run/systemd/system/basic.target.wants
    done
    for unit in systemd-remount-fs.service dev-hugepages.mount dev-mqueue.mount tmp.mount; do
        ln -sf /dev/null "/run/systemd/system/$unit"
    done
    exec env -i container=rex PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target --log-target=journal
fi

skip() {
    echo "skip $*"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "only root can start systemd"
[ -x /lib/systemd/systemd ] || skip "systemd is not installed"
for tree in /sys/fs/cgroup/unified /sys/fs/cgroup ''; do
    [ ! -e "$tree/cgroup.controllers" ] || break
done
[ -n "$tree" ] || skip "there are no control groups of the second version"
group=$tree/rex-test-$$
mkdir "$group" 2>/dev/null || skip "control groups cannot be made here"
clean() {
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
}
(echo 0 > "$group/cgroup.procs") 2>/dev/null || { clean; skip "control groups cannot be entered here"; }

(
    read -r pid _ < /proc/self/stat
    echo "$pid" > "$group/cgroup.procs"
    exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc "$0" inside "$1" > /dev/null 2>&1 < /dev/null
) &
outer=$!
stop() {
    [ -z "${first-}" ] || kill -KILL "$first" 2>/dev/null
    kill -KILL "$outer" 2>/dev/null
    wait "$outer" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        clean
        [ -d "$group" ] || break
        sleep 0.1
    done
}
trap 'stop; exit 1' INT TERM HUP

tries=0
while :; do
    first=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ')
    if [ -n "$first" ] && nsenter -t "$first" -m -p systemctl is-active --quiet basic.target 2>/dev/null; then
        break
    fi
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || [ ! -d "/proc/$outer" ]; then
        stop
        skip "systemd did not start"
    fi
    sleep 0.1
done
echo "ready $first"
read -r _
stop
