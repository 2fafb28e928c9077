# fish completion for parmap(1): its options, then the command's name, then
# whatever the command itself completes.

# Print what follows the options among the arguments, one word a line; fail if
# that is an option, or an option lacks its value.
function __parmap_rest
    argparse -s 0/null a/arg-file= 1-buffer= c/shell-command d/delimiter= 2-dry-run 3-help \
        j/jobs= k/keep-order 4-kill-after= 5-lb 6-line-buffer n/max-args= P/max-procs= \
        o/open-tty p/interactive q/quiet r/no-run-if-empty 7-run-timeout= 8-shell= shell-init= 9-signal= t/verbose A-timeout= \
        u/ungroup B-unordered b-version I/replace= N/max-replace-args= X/pack D-zip C/colsep= e-csv F-header= G-dialect= H-process-slot-var= J-block= K-pipe M-stdin coprocess O-halt= Y-joblog= h-joblog-fsync results= Z-resume f-resume-failed retries= retry-delay= i-retry-failed retry-on= fallback= json json-array max-output= jobserver= jobserver-style= atomic Q-tag R-tagstring= g-deadline= S-delay= T-load= W-nice= z-memory= y-cpu-time= x-files= w-summary E/eof= L/max-lines= s/max-chars= builtin= plugin= -- $argv 2>/dev/null
    or return 1
    set -q argv[1]
    and printf '%s\n' $argv
end

# Print what follows the options, one word a line, the last being the one that
# is completed; fail while that is an option or its value.
function __parmap_words
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    set -l rest (__parmap_rest $words)
    or return 1
    string match -q -- '-*' $rest[1]
    and not contains -- -- $words
    and return 1
    printf '%s\n' $rest
end

# Succeed if a function does the jobs: what follows are its arguments.
function __parmap_calls
    set -l words (commandline -opc)
    set -e words[1]
    for i in (seq (count $words))
        string match -qr -- '^--(?:builtin|plugin)(?:=|$)' $words[$i]
        or continue
        # Of a command it would be an argument.
        test $i -gt 1
        and __parmap_rest $words[1..(math $i - 1)] >/dev/null
        and return 1
        string match -q -- '*=*' $words[$i]
        or set -q words[(math $i + 1)]
        return
    end
    return 1
end

# Print the names of builtins, and what they take.
function __parmap_builtins
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -- $program
    and $program --builtin list 2>/dev/null </dev/null | string replace ' ' \t
end

# Print the dialect that the first words ask for, if it is another than ours, and
# all words from there on; fail if there is none.
function __parmap_dialect
    set -l words (commandline -opc) (commandline -ct)
    set -l from 3
    test "$words[2]" = --dialect
    and set from 4
    set -q words[$from]
    and string replace -r '^--dialect=' '' -- $words[(math $from - 1)] | string match -r '^(?:xargs|parallel)$'
    or return
    printf '%s\n' $words[$from..-1]
end

# Print the options of a dialect: names, the value it takes or [=VALUE] if that can
# be left out, and help, with a semicolon after the first and the second.
function __parmap_ask
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -- $program
    or return
    $program --dialect $argv[1] --help 2>/dev/null </dev/null | sed -E -n '/^ +-/,/^$/{/^$/q; s/^ +(-[^ ,[]+)(, (--[^ =[]+))?(\[=?[A-Z]+\])?( ([^ ]+))? +/\1 \3;\4\6;/p;}'
end

# Complete, for the dialect that is the first argument, its options, their values,
# the command, or what the command itself completes.
function __parmap_as
    set -l rows (__parmap_ask $argv[1])
    set -l last $argv[-1]
    set -l words $argv[2..-2]
    set -l with_value (string match -r '^[^;]*;[^[;][^;]*;' -- $rows | string replace -r ';.*' '' | string split -n ' ')
    set -l optional (string match -r '^[^;]*;\[[^;]*;' -- $rows | string replace -r ';.*' '' | string split -n ' ')
    set -l pending
    set -l used
    while set -q words[1]
        set -l word $words[1]
        if set -q pending[1]
            set pending
        else if test "$word" = --
            set -e words[1]
            __parmap_complete $argv[1] $words $last
            return
        else if string match -q -- '--*=*' $word
            set -a used (string replace -r '=.*' '' -- $word)
        else if string match -q -- '--*' $word
            set -a used $word
            contains -- $word $with_value
            and set pending $word
        else if string match -q -- '-?*' $word
            set -l letters (string split '' -- (string sub -s 2 -- $word))
            for i in (seq (count $letters))
                set -a used -$letters[$i]
                contains -- -$letters[$i] $optional
                and break
                contains -- -$letters[$i] $with_value
                or continue
                test $i -eq (count $letters)
                and set pending -$letters[$i]
                break
            end
        else
            break
        end
        set -e words[1]
    end
    if set -q words[1]
        __parmap_complete $argv[1] $words $last
        return
    end
    switch "$pending"
        case -a --arg-file
            __fish_complete_path $last
        case --wd --workdir --work-dir
            __fish_complete_directories $last
        case --signal
            __parmap_signals
        case ''
            if not string match -q -- '-*' $last
                __parmap_complete $argv[1] $last
                return
            end
            for row in $rows
                set -l fields (string split -m 2 ';' -- $row)
                for name in (string split -n ' ' -- $fields[1])
                    contains -- $name $used --dialect
                    or printf '%s\t%s\n' $name $fields[3]
                end
            end
    end
end

# Complete the last of the words of a command; xargs has no values after it.
function __parmap_complete
    set -l words $argv[2..-2]
    if test $argv[1] != xargs
        and string match -qr -- '^::::?\\+?$' $words
        __fish_complete_path $argv[-1]
        return
    end
    complete -C (string join ' ' -- (string escape -- $words) $argv[-1])
end

# Complete the command, or, after it, what the command itself completes.
function __parmap_command
    set -l words (__parmap_dialect)
    if set -q words[1]
        __parmap_as $words
        return
    end
    if __parmap_calls
        __fish_complete_path (commandline -ct)
        return
    end
    set words (__parmap_words)
    or return
    __parmap_complete parmap $words
end

# Succeed if options are still possible and none of those given was used.  An
# option that waits for its value does not count as used.
function __parmap_offers
    __parmap_words >/dev/null
    and return 1
    __parmap_calls
    and return 1
    __parmap_dialect >/dev/null
    and return 1
    set -l words (commandline -opc)
    set -e words[1]
    string match -qr -- '^(-[0ckopqrtuX]*[adjnPINCELs]|--(arg-file|buffer|delimiter|jobs|kill-after|max-args|max-procs|run-timeout|shell|shell-init|signal|timeout|replace|max-replace-args|colsep|header|dialect|process-slot-var|block|halt|joblog|results|retries|retry-delay|retry-on|fallback|max-output|jobserver|jobserver-style|tagstring|deadline|delay|load|nice|memory|cpu-time|files|eof|max-lines|max-chars|builtin|plugin))$' $words[-1]
    and set -e words[-1]
    for option in $argv --help --version
        if string match -qr -- '^-.$' $option
            string match -qr -- '^-[0ckopqrtuX]*'(string sub -s 2 -- $option) $words
            and return 1
        else
            string match -qr -- "^$option(=|\$)" $words
            and return 1
        end
    end
    return 0
end

function __parmap_signals
    __fish_make_completion_signals
    string replace -r '^\d+ ' '' -- $__kill_signals
end

set -l separator -0 --null -d --delimiter
set -l slots -j --jobs -P --max-procs
set -l order -k --keep-order --unordered --line-buffer --lb -u --ungroup

complete -c parmap -e
complete -c parmap -x -a '(__parmap_command)'
complete -c parmap -n "__parmap_offers $separator" -s 0 -l null -d 'Records end in NUL'
complete -c parmap -n '__parmap_offers -a --arg-file' -s a -l arg-file -r -F -d 'Read records from a file'
complete -c parmap -n '__parmap_offers --buffer' -l buffer -x -d 'Memory for held output (64M)'
complete -c parmap -n '__parmap_offers -c --shell-command --builtin --plugin' -s c -l shell-command -d 'Have a shell run the words'
complete -c parmap -n "__parmap_offers $separator" -s d -l delimiter -x -d 'Records end in this character'
complete -c parmap -n '__parmap_offers --dry-run' -l dry-run -d 'Print what would run, run nothing'
complete -c parmap -n '__parmap_offers' -l help -d 'Print a summary of the options'
complete -c parmap -n "__parmap_offers $slots" -s j -l jobs -x -d 'Number of slots'
complete -c parmap -n "__parmap_offers $order" -s k -l keep-order -d 'Print output in input order (default)'
complete -c parmap -n '__parmap_offers --kill-after' -l kill-after -x -d 'KILL this long after the first signal (2s)'
complete -c parmap -n "__parmap_offers $order" -l line-buffer -d 'Print whole lines as they come'
complete -c parmap -n "__parmap_offers $order" -l lb -d 'Print whole lines as they come'
complete -c parmap -n '__parmap_offers -n --max-args -L --max-lines' -s n -l max-args -x -d 'Records for each job (1)'
complete -c parmap -n "__parmap_offers $slots" -s P -l max-procs -x -d 'Number of slots'
complete -c parmap -n '__parmap_offers -o --open-tty' -s o -l open-tty -d 'Jobs read from the terminal'
complete -c parmap -n '__parmap_offers -p --interactive' -s p -l interactive -d 'Ask on the terminal before each job'
complete -c parmap -n '__parmap_offers -q --quiet' -s q -l quiet -d 'No line for failed jobs'
complete -c parmap -n '__parmap_offers -r --no-run-if-empty' -s r -l no-run-if-empty -d 'Accepted; nothing ever runs on empty input'
complete -c parmap -n '__parmap_offers --run-timeout' -l run-timeout -x -d 'Limit the time of the run'
complete -c parmap -n '__parmap_offers --shell' -l shell -r -F -d 'Shell for -c'
complete -c parmap -n '__parmap_offers --shell-init' -l shell-init -r -F -d 'With -c, a bash for each slot reads it'
complete -c parmap -n '__parmap_offers --signal' -l signal -x -a '(__parmap_signals)' -d 'First signal at a time limit'
complete -c parmap -n '__parmap_offers -t --verbose' -s t -l verbose -d 'Print each command line on standard error'
complete -c parmap -n '__parmap_offers --timeout' -l timeout -x -d 'Limit the time of each job'
complete -c parmap -n "__parmap_offers $order" -s u -l ungroup -d 'Let jobs write straight through'
complete -c parmap -n "__parmap_offers $order" -l unordered -d 'Print whole jobs as they finish'
complete -c parmap -n '__parmap_offers -I --replace' -s I -l replace -x -d 'Stands for the record instead of {}'
complete -c parmap -n '__parmap_offers -N --max-replace-args' -s N -l max-replace-args -x -d 'Records for each job, words with {} repeated'
complete -c parmap -n '__parmap_offers -X --pack' -s X -l pack -d 'As many records as fit'
complete -c parmap -n '__parmap_offers --zip' -l zip -d 'Pair up the sources of records'
complete -c parmap -n '__parmap_offers -C --colsep' -s C -l colsep -x -d 'Cut records into fields at a byte or regex'
complete -c parmap -n '__parmap_offers --csv' -l csv -d 'Records are lines of CSV'
complete -c parmap -n '__parmap_offers --header' -l header -x -d 'The first record has names of fields'
complete -c parmap -n '__parmap_offers --dialect' -l dialect -x -a 'parmap xargs parallel' -d 'As the first words: parmap, xargs or parallel'
complete -c parmap -n '__parmap_offers --process-slot-var' -l process-slot-var -x -d 'Variable with the slot, from 0'
complete -c parmap -n '__parmap_offers --deadline' -l deadline -x -d 'End the run by this moment: @seconds or @milliseconds ms'
complete -c parmap -n '__parmap_offers --delay' -l delay -x -d 'Time from one start to the next'
complete -c parmap -n '__parmap_offers --load' -l load -x -d 'Start nothing at this load average'
complete -c parmap -n '__parmap_offers -n --max-args -L --max-lines' -s L -l max-lines -x -d 'Records for each job (1)'
complete -c parmap -n '__parmap_offers -E --eof' -s E -l eof -x -d 'The input ends at this record'
complete -c parmap -n '__parmap_offers -s --max-chars' -s s -l max-chars -x -d 'Bytes of a command line'
complete -c parmap -n '__parmap_offers --nice' -l nice -x -d 'Niceness of jobs'
complete -c parmap -n '__parmap_offers --block' -l block -x -d 'Size of the blocks of --pipe (1M)'
complete -c parmap -n '__parmap_offers --pipe' -l pipe -d 'Give jobs blocks of the input on stdin'
complete -c parmap -n '__parmap_offers --coprocess' -l coprocess -d 'The command stays and answers records, lines, with lines'
complete -c parmap -n '__parmap_offers --stdin' -l stdin -d 'Give jobs their records on stdin'
complete -c parmap -n '__parmap_offers --memory' -l memory -x -d 'Memory of each process of a job'
complete -c parmap -n '__parmap_offers --cpu-time' -l cpu-time -x -d 'CPU time of each process of a job'
complete -c parmap -n '__parmap_offers --files' -l files -x -d 'Files that each process of a job may have open'
complete -c parmap -n '__parmap_offers --summary' -l summary -d 'At the end, failures by cause and times'
complete -c parmap -n '__parmap_offers --joblog' -l joblog -r -d 'Write a line for each job to a file'
complete -c parmap -n '__parmap_offers --joblog-fsync' -l joblog-fsync -d 'Have each line of the job log on the disk'
complete -c parmap -n '__parmap_offers --resume --resume-failed' -l resume -d 'Run only what is not in the job log'
complete -c parmap -n '__parmap_offers --resume --resume-failed' -l resume-failed -d 'Run also what failed there'
complete -c parmap -n '__parmap_offers --results' -l results -r -d 'Keep the output of each job in files'
complete -c parmap -n '__parmap_offers --retries' -l retries -x -d 'Try a job that fails again'
complete -c parmap -n '__parmap_offers --retry-delay' -l retry-delay -x -d 'Time before the second try'
complete -c parmap -n '__parmap_offers --retry-on' -l retry-on -x -d 'Try again only after these'
complete -c parmap -n '__parmap_offers --jobserver' -l jobserver -x -a 'auto off require serve' -d 'What becomes of the job slots of make'
complete -c parmap -n '__parmap_offers --jobserver-style' -l jobserver-style -x -a 'pipe fifo' -d 'With --jobserver=serve, where its tokens are'
complete -c parmap -n '__parmap_offers --json --json-array' -l json -d 'Print an object of JSON for each job'
complete -c parmap -n '__parmap_offers --json --json-array' -l json-array -d 'Print one array with the output of each job'
complete -c parmap -n '__parmap_offers --max-output' -l max-output -x -d 'End the run before stdout gets larger'
complete -c parmap -n '__parmap_offers --fallback' -l fallback -x -d 'Output of a job that failed'
complete -c parmap -n '__parmap_offers --atomic' -l atomic -d 'No output unless the run is complete'
complete -c parmap -n '__parmap_offers --retry-failed' -l retry-failed -d 'Run only what failed there, by the commands in the log'
complete -c parmap -n '__parmap_offers --halt' -l halt -x -d 'End the run when so many jobs failed, succeeded or are done'
complete -c parmap -n '__parmap_offers -c --shell-command --builtin --plugin' -l builtin -x -a '(__parmap_builtins)' -d 'Have a function of parmap do the jobs'
complete -c parmap -n '__parmap_offers -c --shell-command --builtin --plugin' -l plugin -r -F -d 'Have a function of a shared object do the jobs'
complete -c parmap -n '__parmap_offers --tag' -l tag -d 'Begin lines of output with the record'
complete -c parmap -n '__parmap_offers --tagstring' -l tagstring -x -d 'Begin lines of output with this'
complete -c parmap -n '__parmap_offers' -l version -d 'Print the version'
