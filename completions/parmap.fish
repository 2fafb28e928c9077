# fish completion for parmap(1): its options, then the command's name, then
# whatever the command itself completes.

# Print what follows the options, one word a line, the last being the one that
# is completed; fail while that is an option or its value.
function __parmap_words
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    argparse -s 0/null a/arg-file= 1-buffer= c/shell-command d/delimiter= 2-dry-run 3-help \
        j/jobs= k/keep-order 4-kill-after= 5-lb 6-line-buffer n/max-args= P/max-procs= \
        o/open-tty p/interactive q/quiet r/no-run-if-empty 7-run-timeout= 8-shell= 9-signal= t/verbose A-timeout= \
        u/ungroup B-unordered b-version I/replace= N/max-replace-args= X/pack D-zip C/colsep= e-csv F-header= G-dialect= H-process-slot-var= J-block= K-pipe M-stdin O-halt= Q-tag R-tagstring= S-delay= T-load= W-nice= E/eof= L/max-lines= s/max-chars= -- $words 2>/dev/null
    or return 1
    set -q argv[1]
    or return 1
    string match -q -- '-*' $argv[1]
    and not contains -- -- $words
    and return 1
    printf '%s\n' $argv
end

# Complete the command, or, after it, what the command itself completes.
function __parmap_command
    set -l words (__parmap_words)
    or return
    if string match -qr -- '^::::?\\+?$' $words[1..-2]
        __fish_complete_path $words[-1]
        return
    end
    set -l last $words[-1]
    set -e words[-1]
    complete -C (string join ' ' -- (string escape -- $words) $last)
end

# Succeed if options are still possible and none of those given was used.  An
# option that waits for its value does not count as used.
function __parmap_offers
    __parmap_words >/dev/null
    and return 1
    set -l words (commandline -opc)
    set -e words[1]
    string match -qr -- '^(-[0ckopqrtuX]*[adjnPINCELs]|--(arg-file|buffer|delimiter|jobs|kill-after|max-args|max-procs|run-timeout|shell|signal|timeout|replace|max-replace-args|colsep|header|dialect|process-slot-var|block|halt|tagstring|delay|load|nice|eof|max-lines|max-chars))$' $words[-1]
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
complete -c parmap -n '__parmap_offers -c --shell-command' -s c -l shell-command -d 'Have a shell run the words'
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
complete -c parmap -n '__parmap_offers --dialect' -l dialect -x -a 'parmap xargs' -d 'As the first words: parmap or xargs'
complete -c parmap -n '__parmap_offers --process-slot-var' -l process-slot-var -x -d 'Variable with the slot, from 0'
complete -c parmap -n '__parmap_offers --delay' -l delay -x -d 'Time from one start to the next'
complete -c parmap -n '__parmap_offers --load' -l load -x -d 'Start nothing at this load average'
complete -c parmap -n '__parmap_offers -n --max-args -L --max-lines' -s L -l max-lines -x -d 'Records for each job (1)'
complete -c parmap -n '__parmap_offers -E --eof' -s E -l eof -x -d 'The input ends at this record'
complete -c parmap -n '__parmap_offers -s --max-chars' -s s -l max-chars -x -d 'Bytes of a command line'
complete -c parmap -n '__parmap_offers --nice' -l nice -x -d 'Niceness of jobs'
complete -c parmap -n '__parmap_offers --block' -l block -x -d 'Size of the blocks of --pipe (1M)'
complete -c parmap -n '__parmap_offers --pipe' -l pipe -d 'Give jobs blocks of the input on stdin'
complete -c parmap -n '__parmap_offers --stdin' -l stdin -d 'Give jobs their records on stdin'
complete -c parmap -n '__parmap_offers --halt' -l halt -x -d 'End the run when so many jobs failed, succeeded or are done'
complete -c parmap -n '__parmap_offers --tag' -l tag -d 'Begin lines of output with the record'
complete -c parmap -n '__parmap_offers --tagstring' -l tagstring -x -d 'Begin lines of output with this'
complete -c parmap -n '__parmap_offers' -l version -d 'Print the version'
