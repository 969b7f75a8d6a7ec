#!/bin/sh
# Makes the golden files from choices.jsonl and the demo's model by lm-evaluation-harness 0.4.13; run it from the repository's root.
# usage: sh alignment-core/training/src/test/resources/tasks/make_golden.sh PYTHON LM_EVAL
set -e
here=alignment-core/training/src/test/resources/tasks
work=$(mktemp -d)
golden() {
    name=$1
    shift
    "$PYTHON" docs/bench/lm_eval_peer.py --model data/demo/model --rows $here/choices.jsonl --out "$work/$name" --lm-eval "$LM_EVAL" \
        --golden "$here/$name.json" "$@"
}
PYTHON=$1
LM_EVAL=$2
golden plain
golden few-shot --few-shot 3 --seed 7
golden many-shot --few-shot 7 --seed 1234
golden chat --few-shot 2 --seed 42 --chat-template
rm -rf "$work"
