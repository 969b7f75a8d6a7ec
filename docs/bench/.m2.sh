#!/usr/bin/env bash
# One small DPO run in each of many surroundings, for docs/reliability.md: its adapter must have the same bytes everywhere, or the run
# must end with exit code 1 or 2 and a sentence where the surroundings can't hold it.
#
#   docs/bench/matrix.sh [--align COMMAND] [--work FOLDER] [--only WORD] [--side-by-side 2]
#
# --align: the launcher (default: that of this checkout); --work: where runs go (default: a new folder in /var/tmp); --only: rows whose
# name has that word. Mounts, another user and cgroups need root; rows that can't be made here are listed as not run. Prints Markdown.
set -uo pipefail
home=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
align=$home/align work='' only='' beside=2
while [ $# -gt 0 ]; do
    case $1 in
        --align) align=$2 ;;
        --work) work=$2 ;;
        --only) only=$2 ;;
        --side-by-side) beside=$2 ;;
        *) echo "matrix.sh: there is no option $1; see its first lines." >&2; exit 2 ;;
    esac
    shift 2
done
work=${work:-$(mktemp -d /var/tmp/align4j-matrix.XXXXXX)}
mkdir -p "$work"
chmod 755 "$work"
cp -r "$home/data/demo/model" "$work/"
head -n 48 "$home/data/demo/train.jsonl" >"$work/train.jsonl"
export ALIGN4J_CACHE=$work/cache ALIGN4J_HEAP=512m align work

# The run: three steps, each saved, into $work/runs/NUMBER or the folder that $out names. More words are more options.
train() {
    "$align" dpo --model "${model:-$work/model}" --data "${data:-$work/train.jsonl}" --out "$out" --max-steps 3 --save-every 1 \
        --batch-size 8 --eval-fraction 0.2 --device cpu --dtype fp32 --threads 1 --seed 7 "$@"
}
export -f train

number=0 right='' absent=()

# row NAME EXPECTED COMMAND…: EXPECTED is same (exit 0, equal bytes) or refused (exit 1 or 2, a sentence, no trace).
row() {
    case $1 in *"$only"*) ;; *) [ "$number" = 0 ] || return 0 ;; esac
    number=$((number + 1))
    out=${at:-$work/runs/$number}
    export out
    mkdir -p "$(dirname -- "$out")"
    chmod 777 "$(dirname -- "$out")"
    if [ $number = 1 ]; then
        one "$@"
        right=$(hash)
    else
        [ $((number - 1)) -le "$beside" ] || wait -n
        one "$@" &
    fi
}

hash() { sha256sum "$out/adapter/adapter_model.safetensors" 2>/dev/null | cut -c 1-12; }

# Runs a row and leaves what came of it in $work/NUMBER.row.
one() {
    local name=$1 expected=$2 code own verdict=wrong
    shift 2
    "$@" >"$work/$number.log" 2>&1 </dev/null
    code=$?
    own=$(hash)
    if [ "$expected" = same ] && [ $code = 0 ] && [ -n "$own" ] && [ "$own" = "${right:-$own}" ]; then
        verdict=same
    elif [ "$expected" = refused ] && { [ $code = 1 ] || [ $code = 2 ]; } && ! grep -q '^	at ' "$work/$number.log"; then
        verdict="refused: $(grep -v '^ *$' "$work/$number.log" | tail -n 1 | sed "s#$work#…#g" | cut -c 1-150)"
    fi
    printf '| %s | %s | %s | %s |\n' "$name" "$code" "${own:-none}" "$verdict" >"$work/$number.row"
}

missing() {
    absent+=("$1")
}

in_namespace() {
    unshare -m bash -c "$1"' && shift && exec "$@"' sh "$@"
}

row 'as usual' same train

row '64 descriptors, which may be raised' same bash -c 'ulimit -S -n 64; train'
row '64 descriptors and no more' refused bash -c 'ulimit -n 64; train'
row '128 descriptors and no more' same bash -c 'ulimit -n 128; train'

odd="$work/odd/data ü
x"
mkdir -p "$odd"
cp -r "$work/model" "$odd/"
cp "$work/train.jsonl" "$odd/"
model="$odd/model" data="$odd/train.jsonl" row 'model and data in such a folder' same train

if unshare -m true 2>/dev/null; then
    row 'a HOME that can not be written' same in_namespace \
        'mount -t tmpfs tmpfs "$HOME" && mount -o remount,ro "$HOME"' env "ALIGN4J_CACHE=$work/cache" bash -c train
    row 'neither HOME nor cache can be written' same in_namespace \
        'mount -t tmpfs tmpfs "$HOME" && mount -o remount,ro "$HOME"' env -u ALIGN4J_CACHE bash -c train
    row '/tmp of 1 MiB' same in_namespace 'mount -t tmpfs -o size=1m tmpfs /tmp' bash -c train
    row '/tmp of 4 KiB' refused in_namespace 'mount -t tmpfs -o size=4k tmpfs /tmp' bash -c train
    row 'a full disk for the run' refused in_namespace 'mkdir -p "$out" && mount -t tmpfs -o size=300k tmpfs "$out"' bash -c train
else
    missing 'read-only HOME, small /tmp, full disk (unshare -m is not allowed)'
fi

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    mkdir -p "$work/nobody"
    chown 65534:65534 "$work/nobody"
    at="$work/nobody/run" row 'another user than root, without a HOME' same env HOME=/nonexistent "ALIGN4J_CACHE=$work/nobody/cache" \
        setpriv --reuid=65534 --regid=65534 --clear-groups bash -c train
    at="$work/closed/run" row 'a folder of somebody else' refused env HOME=/nonexistent "ALIGN4J_CACHE=$work/nobody/cache" \
        bash -c 'mkdir -p "$work/closed"; chmod 755 "$work/closed"; exec setpriv --reuid=65534 --regid=65534 --clear-groups bash -c train'
else
    missing 'another user (needs root and setpriv)'
fi

limit() {
    local group=/sys/fs/cgroup/memory/align4j-$$
    mkdir "$group" && echo "$1" >"$group/memory.limit_in_bytes"
    bash -c 'echo $$ >"$1/cgroup.procs"; train' sh "$group"
    local code=$?
    rmdir "$group" 2>/dev/null
    return $code
}
if [ -w /sys/fs/cgroup/memory/cgroup.procs ]; then
    row 'memory of 768 MiB (cgroup)' same limit 768M
else
    missing 'a memory limit (no writable memory cgroup)'
fi
row '4 GiB of addresses (ulimit -v)' same bash -c 'ulimit -v 4194304; train'
row '1 GiB of addresses (ulimit -v)' refused bash -c 'ulimit -v 1048576; train'

found=''
for java in /usr/lib/jvm/*/bin/java /opt/*/bin/java; do
    [ -x "$java" ] || continue
    real=$(readlink -f "$java")
    case $found in *" $real "*) continue ;; esac
    found="$found $real "
    version=$("$real" -version 2>&1 | head -n 1 | tr -d '"' | cut -d ' ' -f 3)
    row "JDK $version" same env "JAVA_HOME=${real%/bin/java}" bash -c train
    found="$found ${version%%.*}."
done
for version in 17 21 25; do
    case $found in *" $version."*) ;; *) missing "JDK $version" ;; esac
done

wait
echo '| surroundings | exit | adapter | verdict |'
echo '| --- | --- | --- | --- |'
for ((n = 1; n <= number; n++)); do cat "$work/$n.row"; done
wrong=$(cat "$work"/*.row | grep -c '| wrong |$')
echo
echo "$number rows, $wrong wrong. Not run here: $(IFS=,; echo "${absent[*]:-nothing}" | sed 's/,/, /g')."
echo "Logs: $work"
[ "$wrong" = 0 ]
