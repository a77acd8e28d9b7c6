# What zsh offers when Tab is pressed: SCRIPT LINE, with the program in $PROGRAM. A zsh on a terminal of its own, whose compadd prints what it is given.
zmodload zsh/zpty
zpty z zsh -f -i
() {
    zpty -w z "source $1"
    repeat 6; do zpty -r z line; [[ $line == ready* ]] && break; done
} =(print -r -- "
PROMPT=
autoload -Uz compinit; compinit -u -D
repo-tools() { dotnet '$PROGRAM' \"\$@\" }
source '$1'
bindkey '^M' undefined
bindkey '^J' undefined
bindkey '^I' complete-word
mark() { print -r -- '=====' }
compprefuncs=(mark)
comppostfuncs=(mark exit)
compadd() {
    local -a hits
    if [[ \" \$* \" == *' -O '* || \" \$* \" == *' -A '* || \" \$* \" == *' -D '* ]]; then builtin compadd \"\$@\"; return; fi
    builtin compadd -A hits \"\$@\"
    print -rl -- \$hits
    builtin compadd \"\$@\"
}
print ready")
zpty -w -n z "$2"$'\t'
while zpty -r z chunk; do print -rn -- "$chunk"; done | tr -d '\r' | awk '/=====/ {n++; next} n==1'
