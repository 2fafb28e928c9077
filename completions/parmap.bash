# bash completion for parmap(1): its options, then the command's name, then
# whatever the command itself completes.

# Complete the words from COMP_WORDS[$1] on, which begin at byte $2 of
# COMP_LINE, as if nothing stood before them.
_parmap_command() {
	local name=${COMP_WORDS[$1]} spec option

	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
		return
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
		return
	fi
	spec=$(complete -p -- "$name" 2>/dev/null) ||
	    spec=$(complete -p -- "${name##*/}" 2>/dev/null) || return
	[[ $spec =~ \ -F\ ([^ ]+) ]] || return
	local function=${BASH_REMATCH[1]}
	COMP_WORDS=("${COMP_WORDS[@]:$1}")
	COMP_CWORD=$((COMP_CWORD - $1))
	COMP_LINE=${COMP_LINE:$2}
	COMP_POINT=$((COMP_POINT - $2))
	while [[ $spec =~ ^(.*)\ -o\ ([a-z]+)(.*)$ ]]; do
		spec=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
		option=${BASH_REMATCH[2]}
		compopt -o "$option" 2>/dev/null
	done
	"$function" "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

# Print the options of a dialect: its groups, each with the value it takes or
# [=VALUE] if that can be left out.
_parmap_ask() {
	"${1/#"~/"/"$HOME/"}" --dialect "$2" --help 2>/dev/null </dev/null | sed -E -n \
	    '/^ +-/,/^$/{/^$/q; s/^ +(-[^ ,[]+)(, (--[^ =[]+))?(\[=?[A-Z]+\])?( ([^ ]+))? +/\1 \3;\4\6;/p;}'
}

# Print the names of builtins.
_parmap_builtins() {
	"${1/#"~/"/"$HOME/"}" --builtin list 2>/dev/null </dev/null | cut -d ' ' -f 1
}

# Print the options of each group of which none is among the words of $1.
_parmap_options() {
	local groups=("${@:2}") group option

	[[ $1 == *' --help '* || $1 == *' --version '* ]] && return
	((${#groups[@]} > 0)) || groups=(
		'-0 --null -d --delimiter'
		'-a --arg-file'
		'--block'
		'--atomic'
		'--buffer'
		'-C --colsep'
		'-c --shell-command --builtin --plugin'
		'--coprocess'
		'--cpu-time'
		'--csv'
		'--deadline'
		'--delay'
		'--dialect'
		'--dry-run'
		'-E --eof'
		'--fallback'
		'--files'
		'--halt'
		'--joblog'
		'--joblog-fsync'
		'--results'
		'--resume'
		'--resume-failed'
		'--retries'
		'--retry-delay'
		'--retry-failed'
		'--retry-on'
		'--header'
		'-I --replace'
		'-j --jobs -P --max-procs'
		'-k --keep-order --unordered --line-buffer --lb -u --ungroup'
		'--jobserver'
		'--jobserver-style'
		'--json --json-array'
		'--kill-after'
		'--load'
		'--max-output'
		'--memory'
		'-N --max-replace-args'
		'-n --max-args -L --max-lines'
		'--nice'
		'-o --open-tty'
		'-p --interactive'
		'--pipe'
		'--process-slot-var'
		'-q --quiet'
		'-r --no-run-if-empty'
		'--run-timeout'
		'-s --max-chars'
		'--shell'
		'--shell-init'
		'--signal'
		'--stdin'
		'--summary'
		'-t --verbose'
		'--tag'
		'--tagstring'
		'--timeout'
		'-X --pack'
		'--zip'
		'--help'
		'--version'
	)
	for group in "${groups[@]}"; do
		# These go with no other.
		[[ $group =~ --(dialect|help|version)$ && $1 != ' ' ]] && continue
		for option in $group; do
			[[ $1 == *" $option "* ]] && continue 2
		done
		printf '%s\n' "$group"
	done
}

_parmap() {
	local word line=$COMP_LINE words=() first=() at=() i n=-1
	local with_value=' -a --arg-file --buffer -d --delimiter -j --jobs --kill-after'
	with_value+=' -n --max-args -P --max-procs --run-timeout --shell --shell-init --signal --timeout -I --replace -N --max-replace-args -C --colsep --header --dialect --process-slot-var --block --halt --joblog --results --retries --retry-delay --retry-on --fallback --max-output --jobserver --jobserver-style --tagstring --deadline --delay --load --nice --memory --cpu-time --files -E --eof -L --max-lines -s --max-chars --builtin --plugin '
	local used=' ' pending='' command='' records='' cur head
	local dialect=parmap groups=() names value help optional=' '

	# Readline splits at "=" and ":"; put together what no blank separates,
	# and remember where in COMP_WORDS and COMP_LINE each word began.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((n < 0)) || [[ -z $line || $line == [[:space:]]* ]]; then
			line=${line#"${line%%[![:space:]]*}"}
			n=$((n + 1))
			first[n]=$i
			at[n]=$((${#COMP_LINE} - ${#line}))
			words[n]=
		fi
		words[n]+=$word
		line=${line#"$word"}
	done
	cur=${words[n]}

	i=1
	if ((n > 1)) && [[ ${words[1]} == --dialect=?* ]]; then
		dialect=${words[1]#*=} i=2
	elif ((n > 2)) && [[ ${words[1]} == --dialect ]]; then
		dialect=${words[2]} i=3
	fi
	if [[ $dialect != parmap ]]; then
		with_value=' '
		while IFS=';' read -r names value help; do
			names=${names% }
			[[ $names == --dialect ]] && continue
			[[ $help == 'as the one before' ]] && ((${#groups[@]} > 0)) &&
			    names="${groups[-1]} $names" && unset 'groups[-1]'
			groups+=("$names")
			[[ $value == '['* ]] && optional+="$names "
			[[ $value && $value != '['* ]] && with_value+="$names "
		done < <(_parmap_ask "${words[0]}" "$dialect")
	fi

	for (( ; i < n; i++)); do
		word=${words[i]}
		if [[ ! $pending && $dialect != xargs && $word =~ ^::::?\+?$ ]]; then
			command=$i records=1
		elif [[ $command ]]; then
			continue
		elif [[ $pending == --builtin || $pending == --plugin ||
		    $word == --builtin=* || $word == --plugin=* ]]; then
			# What follows are arguments of the function.
			command=$i records=1 pending=
		elif [[ $pending ]]; then
			pending=
		elif [[ $word == -- ]]; then
			command=$((i + 1))
		elif [[ $word == --*=* ]]; then
			used+="${word%%=*} "
		elif [[ $word == --* ]]; then
			used+="$word "
			[[ $with_value == *" $word "* ]] && pending=$word
		elif [[ $word == -?* ]]; then
			while word=${word:1} && [[ $word ]]; do
				used+="-${word::1} "
				[[ $optional == *" -${word::1} "* ]] && break
				[[ $with_value == *" -${word::1} "* ]] || continue
				[[ $word == ? ]] && pending=-$word
				break
			done
		else
			command=$i
		fi
	done
	if [[ ! $command && ! $pending && $cur != -* ]]; then
		command=$n
	fi

	COMPREPLY=()
	if [[ $records ]]; then
		return
	elif [[ $command ]] && ((command < n)); then
		_parmap_command "${first[command]}" "${at[command]}"
		return
	elif [[ $command ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi

	# What is left are options and their values; no reply means a file.
	head=
	if [[ ! $pending && $cur == --*=* ]]; then
		pending=${cur%%=*}
		head=$pending=
		cur=${cur#*=}
	fi
	case $pending in
	'')
		compopt +o default 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W "$(_parmap_options "$used" "${groups[@]}")" -- "$cur")
		;;
	-a | --arg-file | --plugin)
		;;
	--builtin)
		compopt +o default 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W "$(_parmap_builtins "${words[0]}")" -- "$cur")
		;;
	--dialect)
		compopt +o default 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W 'parmap xargs parallel' -- "$cur")
		;;
	--wd | --workdir | --work-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	--shell)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	--signal)
		compopt +o default 2>/dev/null
		word=$(compgen -A signal | grep -Ev '^[^S]|SIGJUNK|SIGRT')
		[[ $cur == SIG* ]] || word=${word//SIG/}
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
		;;
	*)
		compopt +o default 2>/dev/null
		;;
	esac
	# Readline replaces only its own last word, which begins after any "=" or ":".
	word=${COMP_WORDS[COMP_CWORD]}
	[[ $word == = || $word == : ]] && word=
	word=${words[n]%"$word"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=$head${COMPREPLY[i]}
		COMPREPLY[i]=${COMPREPLY[i]#"$word"}
	done
}

complete -o default -F _parmap parmap
