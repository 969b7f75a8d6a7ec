#!/usr/bin/env python3
"""Figures of `align serve` for docs/serve.md, with nothing but Python's own library: one of

    docs/bench/serve.py exact URL --model NAME --prompts F [--requests 2000] [--tokens 64] [--clients 24] [--seed 1]
    docs/bench/serve.py speed URL --model NAME [--model TUNED …] --prompts F --align ./align --folder MODEL [--clients 16] [--tokens 64] [--rounds 3]
    docs/bench/serve.py load  URL --model NAME --prompts F [--clients 100] [--seconds 60] [--pid N]

exact: greedy requests, each alone and then in random company; prints how many differ (text, finish_reason or usage).
speed: as many clients at once, not streamed and streamed, beside `align generate` for the same prompts, in turn; prints ratios. Both compute
in the dtype of the server's first --model, which its /metrics says; where these need another key, name it by --dtype.
load: clients that ask without a pause, while a training job that the server has runs; prints statuses, the 99th percentile of GET job,
events and models, and the server's memory at 20 s and at the end.
F holds {"prompt": text or messages} a line. The key is OPENAI_API_KEY, or any.
"""
import argparse, collections, http.client, json, os, random, re, subprocess, sys, tempfile, threading, time, urllib.parse

parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
parser.add_argument("what", choices=["exact", "speed", "load"])
parser.add_argument("url")
parser.add_argument("--model", action="append", required=True)
parser.add_argument("--prompts", required=True)
parser.add_argument("--requests", type=int, default=2000)
parser.add_argument("--tokens", type=int, default=64)
parser.add_argument("--clients", type=int)
parser.add_argument("--seconds", type=int, default=60)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--align", default="./align")
parser.add_argument("--folder", help="the model's folder, for align generate")
parser.add_argument("--dtype", choices=["fp32", "bf16"], help="of the server, where its /metrics can't be read; align generate gets the same")
parser.add_argument("--pid", type=int, help="the server's process, whose memory is read")
options = parser.parse_args()
address = urllib.parse.urlsplit(options.url)
HEADERS = {"Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "any"), "Content-Type": "application/json"}


def rows():
    with open(options.prompts, encoding="utf-8") as lines:
        found = [json.loads(line)["prompt"] for line in lines if line.strip()]
    return [row if isinstance(row, list) else [{"role": "user", "content": row}] for row in found]


class Client:
    """One connection that is kept."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)

    def ask(self, method, path, body=None, root=False):
        try:
            self.connection.request(method, ("" if root else address.path.rstrip("/")) + path, json.dumps(body) if body is not None else None, HEADERS)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise

    def chat(self, messages, model, stream=False, **more):
        body = {"model": model, "messages": messages, "temperature": 0, "max_completion_tokens": options.tokens, **more}
        if not stream:
            status, said = self.ask("POST", "/chat/completions", body)
            if status != 200:
                return status, None
            document = json.loads(said)
            choice = document["choices"][0]
            return status, (choice["message"]["content"], choice["finish_reason"], document["usage"]["completion_tokens"])
        status, said = self.ask("POST", "/chat/completions", {**body, "stream": True, "stream_options": {"include_usage": True}})
        if status != 200:
            return status, None
        text, finish, used = "", None, 0
        for line in said.decode().splitlines():
            if line.startswith("data: {"):
                document = json.loads(line[6:])
                if document.get("usage"):
                    used = document["usage"]["completion_tokens"]
                for choice in document["choices"]:
                    text += choice["delta"].get("content") or ""
                    finish = choice["finish_reason"] or finish
        return status, (text, finish, used)


def together(jobs, clients):
    """Runs jobs by so many clients at once; returns their results in order."""
    results, waiting, lock = [None] * len(jobs), list(enumerate(jobs)), threading.Lock()

    def work():
        client = Client()
        while True:
            with lock:
                if not waiting:
                    return
                at, job = waiting.pop(0)
            results[at] = job(client)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def exact():
    chance = random.Random(options.seed)
    prompts = rows()
    asked = []
    for number in range(options.requests):
        messages = chance.choice(prompts)
        # Requests share beginnings, and differ in length and in what they ask for.
        if chance.random() < 0.3:
            messages = [{"role": "user", "content": "Item %d. %s" % (number, messages[-1]["content"])}]
        asked.append((messages, chance.choice(options.model), chance.randint(1, options.tokens)))
    call = lambda messages, model, tokens, **more: lambda client: client.chat(messages, model, max_completion_tokens=tokens, **more)
    begun = time.time()
    alone = together([call(*one) for one in asked], 1)
    between = time.time()
    order = list(range(len(asked)))
    chance.shuffle(order)
    company = together([call(*asked[at], stream=chance.random() < 0.3) for at in order], options.clients or 24)
    differ = [at for at, answer in zip(order, company) if answer != alone[at] or answer[0] != 200]
    for at in differ[:5]:
        print(asked[at], alone[at], company[order.index(at)], sep="\n  ", file=sys.stderr)
    print(json.dumps({"requests": len(asked), "differences": len(differ), "alone_seconds": round(between - begun, 1),
                      "company_seconds": round(time.time() - between, 1)}))
    sys.exit(1 if differ else 0)


def dtype():
    """Returns what the server computes in; another dtype for `align generate` would compare unlike things."""
    status, said = Client().ask("GET", "/metrics", root=True)
    found = re.search(r'^align4j_base_info\{model="%s",dtype="(\w+)"\}' % re.escape(options.model[0]), said.decode(), re.M) if status == 200 else None
    if found is None and options.dtype is None:
        sys.exit("The server doesn't say in which dtype %s computes (/metrics: %d); name it by --dtype." % (options.model[0], status))
    if found and options.dtype not in (None, found[1]):
        sys.exit("--dtype is %s but the server computes in %s; leave --dtype out, or start the server with --dtype %s."
                 % (options.dtype, found[1], options.dtype))
    return found[1] if found else options.dtype


def generated(prompts, of_server):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "prompts.jsonl")
        with open(file, "w", encoding="utf-8") as out:
            for messages in prompts:
                out.write(json.dumps({"prompt": messages}) + "\n")
        done = subprocess.run([options.align, "generate", "--model", options.folder, "--prompts", file, "--temperature", "0", "--dtype",
                               of_server, "--max-new-tokens", str(options.tokens), "--out", os.path.join(folder, "answers.jsonl")],
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr[-2000:])
    return float(re.search(r"([\d.,]+) a second", done.stderr)[1].replace(",", ""))


def speed():
    clients = options.clients or 16
    prompts = rows()[:clients]
    figures, lengths, of_server = collections.defaultdict(list), {}, dtype()
    for _ in range(options.rounds):
        figures["align generate"].append(generated(prompts, of_server))
        for stream in (False, True):
            for models in [options.model[:1]] + ([options.model[1:]] if len(options.model) > 1 else []):
                jobs = [lambda client, at=at, messages=messages: client.chat(messages, models[at % len(models)], stream)
                        for at, messages in enumerate(prompts)]
                begun = time.time()
                answers = together(jobs, clients)
                name = "%s, %d model%s" % ("streamed" if stream else "not streamed", len(models), "s" if len(models) > 1 else "")
                lengths[name] = sum(answer[1][2] for answer in answers)
                figures[name].append(lengths[name] / (time.time() - begun))
    best = max(figures["align generate"])
    # Models that answer shortly spend more of their time on prompts: compare those whose answers have about as many tokens.
    print("%s, %d clients, %d tokens at most\n" % (of_server, clients, options.tokens))
    print("| what | tokens of the answers | tokens per second, best of %d | of align generate |\n|---|---:|---:|---:|" % options.rounds)
    for name, found in figures.items():
        print("| %s | %s | %.0f | %.2f |" % (name, lengths.get(name, ""), max(found), max(found) / best))


def memory():
    if not options.pid:
        return 0
    with open("/proc/%d/status" % options.pid) as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def load():
    prompts = rows()
    end = time.time() + options.seconds
    statuses, waits, lock = collections.Counter(), collections.defaultdict(list), threading.Lock()
    status, said = Client().ask("GET", "/fine_tuning/jobs?limit=1")
    jobs = json.loads(said)["data"]
    if not jobs:
        sys.exit("The server has no job; begin one first: it is to train meanwhile.")
    paths = ["/fine_tuning/jobs/" + jobs[0]["id"], "/fine_tuning/jobs/" + jobs[0]["id"] + "/events", "/models"]

    def chatting(number):
        chance, client = random.Random(number), Client()
        while time.time() < end:
            try:
                code, _ = client.chat(chance.choice(prompts), chance.choice(options.model), chance.random() < 0.5)
            except (http.client.HTTPException, OSError) as failed:
                code, client = type(failed).__name__, Client()
            with lock:
                statuses[code] += 1
            if code == 503:
                time.sleep(1)

    def looking():
        client = Client()
        while time.time() < end:
            for path in paths:
                begun = time.time()
                code, _ = client.ask("GET", path)
                with lock:
                    statuses[path.split("/")[1] + " " + str(code)] += 1
                    waits[path].append(time.time() - begun)
            time.sleep(0.05)

    threads = [threading.Thread(target=chatting, args=(number,)) for number in range(options.clients or 100)] + [threading.Thread(target=looking)]
    for thread in threads:
        thread.start()
    time.sleep(min(20, options.seconds / 3))
    early = memory()
    for thread in threads:
        thread.join()
    late = memory()
    print(json.dumps({"statuses": {str(code): count for code, count in statuses.items()},
                      "p99_ms": {path: round(1000 * sorted(found)[int(0.99 * len(found))]) for path, found in waits.items()},
                      "rss_kb": [early, late], "growth": round(late / early - 1, 4) if early else None}))


{"exact": exact, "speed": speed, "load": load}[options.what]()
