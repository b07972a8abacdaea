# Roots of Debian releases, for what builds and tests packages; sourced. Needs bash, root and packaging/lib.sh.
# A root is made once and kept; it is used through a file system laid over it, so that it stays as it is.

debroots=${XDG_CACHE_HOME:-$HOME/.cache}/engramd-roots

# Prints the name of a Debian release by its number.
suite_of() {
    case $1 in
    12) echo bookworm ;;
    13) echo trixie ;;
    *) give_up "there is no package for Debian $1; 12 and 13 are known" ;;
    esac
}

# Prints the mirror that apt itself uses.
apt_mirror() {
    { sed -n 's/^URIs: //p' /etc/apt/sources.list.d/*.sources
      sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    } 2>/dev/null | head -n 1
}

# Makes the root of suite $1 with what builds and checks a package, where it is not there yet.
keep_root() {
    [[ -d $debroots/$1 ]] && return
    need_packages mmdebstrap
    mkdir -p "$debroots"
    alone "$1" make_root "$1"
}

# Runs a command (all but the first argument) while nobody else does it for the root named $1.
alone() {
    local lock
    exec {lock}>"$debroots/$1.lock"
    flock "$lock"
    "${@:2}"
    exec {lock}>&-
}

make_root() {
    [[ -d $debroots/$1 ]] && return
    say "making a root of $1"
    rm -rf "$debroots/$1.part"
    quietly mmdebstrap --variant=apt --components=main --aptopt='Apt::Install-Recommends "false"' \
        --include=debhelper,dh-python,fakeroot,build-essential,lintian,pybuild-plugin-pyproject,python3-all,python3-pip,python3-setuptools,python3-venv,python3-wheel \
        "$1" "$debroots/$1.part" "$(apt_mirror)" || give_up "no root of $1 could be made"
    mv "$debroots/$1.part" "$debroots/$1"
}

# What the layer has besides: what the tests of packages run, and systemd, which the roots lack.
also=(ffmpeg gddrescue mkvtoolnix systemd-sysv dbus polkitd udev adduser pipx)

# Makes, over the root of suite $1, the layer in which the package file $2 runs: what it depends on, and a few programs.
keep_layer() {
    keep_root "$1"
    alone "$1-run" make_layer "$1" "$(package_names "$2") ${also[*]}"
}

# Makes the layer over the root of suite $1 with the packages $2, where it is not there or has others.
make_layer() {
    local layer=$debroots/$1-run work
    [[ -d $layer && -f $layer.of && $(<"$layer.of") == "$2" ]] && return
    rm -rf "$layer" "$layer.of"
    say "making a root of $1 in which the package runs"
    work=$(mktemp -d "$debroots/part.XXXX")
    mkdir "$work/up" "$work/work" "$work/root"
    mount -t overlay overlay -o "lowerdir=$debroots/$1,upperdir=$work/up,workdir=$work/work" "$work/root"
    attach_kernel "$work/root"
    cp /etc/resolv.conf "$work/root/etc/resolv.conf"
    # shellcheck disable=SC2086  # names of packages, one a word
    quietly chroot "$work/root" env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q update &&
        apt-get -q -y --no-install-recommends install "$@" && apt-get clean' sh $2 ||
        { leave_root "$work/root"; give_up "the package's dependencies could not be installed in $1"; }
    leave_root "$work/root"
    umount "$work/root"
    rm -rf "$work"/up/var/cache/apt/*.bin "$work/work"
    mv "$work/up" "$layer"
    printf '%s\n' "$2" >"$layer.of"
    rm -rf "$work"
}

# Makes a root of suite $1 with systemd and what the package file $2 depends on, and nothing that builds packages.
keep_lean_root() {
    need_packages mmdebstrap
    mkdir -p "$debroots"
    alone "$1-lean" make_lean_root "$1" "$(package_names "$2" | tr '\n' ,)systemd-sysv,dbus,polkitd,udev"
}

make_lean_root() {
    local root=$debroots/$1-lean
    [[ -d $root && -f $root.of && $(<"$root.of") == "$2" ]] && return
    rm -rf "$root" "$root.of" "$root.part"
    say "making a root of $1 to upgrade"
    quietly mmdebstrap --variant=apt --components=main --aptopt='Apt::Install-Recommends "false"' --include="$2" \
        "$1" "$root.part" "$(apt_mirror)" || give_up "no root of $1 could be made"
    cp /etc/resolv.conf "$root.part/etc/resolv.conf"
    mv "$root.part" "$root"
    printf '%s\n' "$2" >"$root.of"
}

# Prints what a package file depends on: the first of alternatives, without versions.
package_names() {
    dpkg-deb --field "$1" Depends | tr ',' '\n' | sed -e 's/|.*//' -e 's/(.*//' -e 's/:any//' -e 's/ //g' | sort -u
}

# Lays a root of its own at the folder $2, over the layers $1: `trixie`, or `trixie-run:trixie`.
lay_root() {
    local layers
    layers=$debroots/${1//:/:$debroots/}
    mkdir -p "$2" "$2.up" "$2.work"
    mount -t overlay overlay -o "lowerdir=$layers,upperdir=$2.up,workdir=$2.work" "$2" ||
        give_up 'this machine lets no file system be laid over another (overlay)'
    attach_kernel "$2"
}

# Gives a root the kernel's own file systems.
attach_kernel() {
    mount -t proc proc "$1/proc"
    mount --bind /dev "$1/dev"
}

# Ends what attach_kernel mounted.
leave_root() {
    local folder
    for folder in "$1/dev" "$1/proc"; do
        if mountpoint -q "$folder"; then umount -l "$folder"; fi
    done
}

# Takes a root away that lay_root made, with all that was changed in it.
take_root() {
    leave_root "$1"
    if mountpoint -q "$1"; then umount -l "$1"; fi
    rm -rf "${1:?}" "$1.up" "$1.work"
}
