# What packaging/test and packaging/demo share; sourced by them, in the checkout's folder. Needs bash.

python=.venv/bin/python

# Says in one line what comes next.
say() { printf '==> %s\n' "$*"; }

# Says what went wrong, and ends the command.
give_up() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Runs a command that has nothing to say unless it fails: then its last lines, without addresses of servers.
quietly() {
    local output status
    output=$("$@" 2>&1 </dev/null) && return 0
    status=$?
    printf '%s\n' "$output" | tail -n 15 |
        sed -E 's#[a-z+]+://[^[:space:]]+#(address)#g; s#host=.[^[:space:],)]+#host#g' >&2
    return "$status"
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

# Prints the packages that are not installed; `a|b` is one package that has two names.
missing_packages() {
    local wanted name installed
    installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package}\n' | sed -n 's/^installed://p' | tr '\n' ' ')"
    for wanted; do
        for name in ${wanted//|/ }; do
            [[ $installed == *" $name "* ]] && continue 2
        done
        printf '%s\n' "$wanted"
    done
}

# Prints a name of each package that this release has; fails where one has none.
available_packages() {
    local wanted name
    for wanted; do
        for name in ${wanted//|/ }; do
            if [[ $(apt-cache policy "$name" 2>/dev/null) == *"Candidate: "[0-9]* ]]; then
                printf '%s\n' "$name"
                continue 2
            fi
        done
        return 1
    done
}

# Installs Debian packages that are missing; elsewhere it can only say their names.
need_packages() {
    local -a missing names
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian: make sure that there is the like of $*"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        give_up "as root, please: apt-get install --no-install-recommends ${missing[*]%%|*}"
    fi
    if ! names=($(available_packages "${missing[@]}")); then
        say 'looking for packages (apt-get update)'
        quietly as_root apt-get update -qq || give_up 'apt-get update failed'
        names=($(available_packages "${missing[@]}")) ||
            give_up "this release lacks one of: ${missing[*]}"
    fi
    say "installing ${names[*]}"
    install_packages "${names[@]}" && return
    # Lists that are too old name files that are gone.
    say 'once more, with new lists (apt-get update)'
    quietly as_root apt-get update -qq && install_packages "${names[@]}" ||
        give_up "these could not be installed: ${names[*]}"
}

# Servers among them are for the tests to start, not for the machine: none is started by its installation.
# A shell of its own: what forbids starts goes whatever ends it, else the machine would start no service any more.
install_packages() (
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM HUP
        printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
    fi
    quietly as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get install -y -qq --no-install-recommends "$@"
)

# What the venv was made of and for; another Python, another folder or other requirements need another venv.
venv_mark() {
    /usr/bin/python3 -VV
    pwd -P
    printf '%s\n' "$1"
    cksum <pyproject.toml
}

# Whether the venv runs, sees Debian's modules and has ours, with the programs that $1 (extras) brings.
venv_works() {
    local probe='import gi, pydbus, pyudev, sqlmodel, alembic, httpx, structlog, click, rich, engramd'
    [[ $1 == *open* ]] && probe+=', imageio_ffmpeg'
    [[ $1 == *dev* ]] && probe+=', pytest, hypothesis, PIL'
    [[ -x .venv/bin/engramd && -x .venv/bin/engramctl ]] && "$python" -c "$probe" 2>/dev/null
}

# Makes .venv with the project and its extras ($1, such as `open,dev`) in it; leaves alone one that is good.
# Debian's Python and its modules are used, because PyGObject is not to be had without a compiler otherwise.
make_venv() {
    local mark
    mark=$(venv_mark "$1")
    if [[ -f .venv/made-of ]]; then
        [[ $(<.venv/made-of) == "$mark" ]] && venv_works "$1" && return
        # More than what is asked for is as good.
        [[ $1 == open && $(<.venv/made-of) == "$(venv_mark open,dev)" ]] && venv_works "$1" && return
    fi
    if [[ -e .venv ]] && ! venv_fits; then
        say 'removing a .venv that is broken, or was made elsewhere or by another Python'
        rm -rf .venv
    fi
    fill_venv "$1"
    if ! venv_works "$1"; then
        say 'removing a .venv that pip cannot mend'
        rm -rf .venv
        fill_venv "$1"
        venv_works "$1" || give_up 'the new .venv does not work either'
    fi
    printf '%s\n' "$mark" >.venv/made-of
}

# Makes .venv where there is none, and installs the project with the extras $1 in it.
fill_venv() {
    if [[ ! -e .venv ]]; then
        say 'making .venv'
        quietly /usr/bin/python3 -m venv --system-site-packages .venv || give_up 'no venv could be made'
    fi
    say 'installing the Python packages into .venv'
    quietly "$python" -m pip install -q --disable-pip-version-check --no-warn-script-location \
        --root-user-action=ignore -e ".[$1]" || give_up 'pip failed; is there a network?'
}

# Whether a venv that is there can be used as it is: same Python, same folder, Debian's modules seen.
venv_fits() {
    local same='import sys; sys.exit([sys.version, sys.prefix] != sys.argv[1:])' version
    version=$(/usr/bin/python3 -c 'import sys; print(sys.version)')
    grep -qs '^include-system-site-packages = true' .venv/pyvenv.cfg &&
        "$python" -c "$same" "$version" "$(pwd -P)/.venv" 2>/dev/null &&
        "$python" -c 'import pip' 2>/dev/null &&
        [[ $(head -n 2 .venv/bin/pip 2>/dev/null) == *"$(pwd -P)/.venv/bin/python"* ]]
}
