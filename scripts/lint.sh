#!/usr/bin/env bash
# The form of the code: swift format for Swift, and what is there for scripts. Changes nothing.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
failed=0
swift format lint --strict --recursive --parallel Sources Tests Fuzz/Sources Benchmarks/Sources || failed=1

scripts=()
pythons=()
while IFS= read -r -d '' file; do
    case $(head -n 1 "$file") in
        '#!'*python3*) pythons+=("$file") ;;
        '#!'*bash* | '#!'*/sh*) scripts+=("$file") ;;
        *) [[ $file != *.py ]] || pythons+=("$file") ;;
    esac
done < <(find scripts .ci Integration Examples Benchmarks -type f \( -perm -u+x -o -name '*.py' \) -not -path '*/.build/*' -print0 2>/dev/null)

for file in "${scripts[@]}"; do bash -n "$file" || failed=1; done
if ((${#scripts[@]})) && command -v shellcheck >/dev/null; then shellcheck -x "${scripts[@]}" || failed=1; fi
if ((${#pythons[@]})) && command -v python3 >/dev/null; then
    for file in "${pythons[@]}"; do
        python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || failed=1
    done
fi
exit "$failed"
