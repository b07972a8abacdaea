# Completion of engramctl in fish; made by packaging/make-pages.

function _engramctl
    set -lx _ENGRAMCTL_LINE (commandline -cp)
    set -lx _ENGRAMCTL_COMPLETE fish_complete
    for entry in (engramctl 2>/dev/null </dev/null)
        set -l part (string split -m 2 \t -- $entry)
        switch $part[1]
            case plain
                printf '%s\t%s\n' $part[2] $part[3]
            case file
                __fish_complete_path (commandline -ct)
            case dir
                __fish_complete_directories (commandline -ct)
        end
    end
end

complete --command engramctl --no-files --keep-order --arguments '(_engramctl)'
