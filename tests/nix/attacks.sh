# shellcheck shell=bash disable=SC2154
# What a script of an image may try that wants out. In front of it stand: victim, a store path; outside, a directory of
# the machine, whose name is its own; top, the tree. What ought not to work, and does, is a line of the image's `escapes`.
set +e
outer=$PPID
scratch=$(mktemp -d)
escapes=
# below DIRECTORY: change all there is below a directory that may be the machine's root.
below() {
    echo changed >>"$1$victim/etc/file"
    chmod -R 777 "$1$victim"
    touch "$1$victim/new" "$1$outside/new"
    touch -d 2001-01-01 "$1$victim/etc/file"
    rm -rf "$1$victim"
    mv "$1$victim" "$1/nix/store/moved-$(basename "$outside")"
    mkdir "$1/nix/store/$(basename "$outside")"
    chmod 777 "$1/nix/store"
    echo changed >>"$1$outside/file"
    chmod 600 "$1$outside/file"
}

below ""
for place in /nix/store "$victim" / /dev /dev/null /proc /sys; do
    mount -o remount,rw,bind "$place"
    mount -o remount,rw "$place"
    umount --lazy "$place"
done
below ""
unshare -Urm sh -c "mount -o remount,rw,bind $victim; echo changed >> $victim/etc/file"
mount --rbind /nix/store "$scratch"
mount -o remount,rw,bind "$scratch"
echo changed >>"$scratch/$(basename "$victim")/etc/file"
umount --lazy "$scratch"
ln "$victim/etc/file" "$scratch/hard" && echo changed >>"$scratch/hard"

# Other processes: who started this one, and the first one there is.
for pid in 1 2 3 "$outer"; do
    [ "$pid" != $$ ] || continue
    below "/proc/$pid/root"
    nsenter -t "$pid" -m sh -c "echo changed >> $victim/etc/file"
    nsenter -t "$pid" -U -m sh -c "echo changed >> $victim/etc/file"
done
for number in 0 3 4 5 6 7 8 9 255; do chmod 600 "/proc/$$/fd/$number" "/proc/$outer/fd/$number"; done
chmod 600 /dev/null /dev/zero

# The kernel's levers.
hostname elsewhere
echo elsewhere >/proc/sys/kernel/hostname
echo 4321 >/proc/sys/user/max_time_namespaces
unshare -Urmpf sh -c "mount -t proc proc $scratch; echo 4321 > $scratch/sys/user/max_time_namespaces"
unshare --cgroup true && escapes+="the build's cgroup can be mounted"$'\n'

cat >"$scratch/escape.py" <<'END'
import ctypes, os, sys

if ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0:
    print("process 1 can be traced")
top = os.open("/", os.O_RDONLY)
os.mkdir("/tmp/jail")
os.chroot("/tmp/jail")
os.fchdir(top)
for _ in range(50):
    os.chdir("..")
os.chroot(".")
open(sys.argv[1] + "/new", "w").close()
END
escapes+=$(python3 "$scratch/escape.py" "$outside")
ls "$outside" && escapes+="the machine's directories are in sight"$'\n'
rm -rf "$scratch" /tmp/jail
cd "$top" && printf %s "$escapes" >>escapes
