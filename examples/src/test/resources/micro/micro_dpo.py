"""The figures of MicroDpo.java by torch: 20 steps of SFT, 20 of DPO and 20 of GRPO, in double precision, with autograd and torch.optim.Adam.

python3 micro_dpo.py > figures.json

Data and weights come from java.util.Random(42), written down here once more; everything else is torch's own.
"""
import json
import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class JavaRandom:
    """java.util.Random, as its documentation gives it."""

    def __init__(self, seed):
        self.state = (seed ^ 0x5DEECE66D) & ((1 << 48) - 1)

    def next(self, bits):
        self.state = (self.state * 0x5DEECE66D + 0xB) & ((1 << 48) - 1)
        return self.state >> (48 - bits)

    def double(self):
        high = self.next(26)
        return ((high << 27) + self.next(27)) / (1 << 53)

    def below(self, bound):
        if bound & (bound - 1) == 0:
            return (bound * self.next(31)) >> 31
        while True:
            bits = self.next(31)
            if bits - bits % bound + bound - 1 < 1 << 31:
                return bits % bound


H, R, LONGEST = 20, 4, 20
THINGS = ["tea", "bread", "soup", "milk", "cake", "rice", "coffee", "cheese"]
REQUESTS = ["bring me # :", "i want # :", "where is the # :"]
COURTEOUS = ["certainly here is your # and a good day .", "gladly your # ."]
CURT = ["no take the # yourself i have no time .", "no # ."]
WORDS = list(dict.fromkeys(" ".join([". :"] + REQUESTS + COURTEOUS + CURT + THINGS).split(" ")))
random = JavaRandom(42)


def drawn(rows, cols, scale=1):
    values = [[scale * (2 * random.double() - 1) / math.sqrt(H) for _ in range(cols)] for _ in range(rows)]
    return torch.tensor(values, requires_grad=True)


weights, adapter = {"word": drawn(len(WORDS), H), "place": drawn(LONGEST, H)}, {}
for name, out, into in [(n, H, H) for n in ("query", "key", "value", "output")] + [("up", 4 * H, H), ("down", H, 4 * H), ("head", len(WORDS), H)]:
    weights[name] = drawn(out, into)
    adapter[name] = (drawn(R, into), drawn(out, R, 0))


def logits(text, adapted):
    def linear(name, x):
        y = x @ weights[name].T
        if adapted:
            a, b = adapter[name]
            y = y + (x @ a.T) @ b.T
        return y

    def normed(x):
        return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)

    x = weights["word"][text] + weights["place"][: len(text)]
    n = normed(x)
    scores = linear("query", n) @ linear("key", n).T / math.sqrt(H)
    scores = scores.masked_fill(torch.triu(torch.ones_like(scores), 1).bool(), -math.inf)
    x = x + linear("output", torch.softmax(scores, -1) @ linear("value", n))
    x = x + linear("down", torch.relu(linear("up", normed(x))))
    return linear("head", normed(x))


def log_p(prompt, answer, adapted):
    rows = torch.log_softmax(logits(prompt + answer[:-1], adapted), -1)[len(prompt) - 1 :]
    return rows.gather(1, torch.tensor(answer).unsqueeze(1)).squeeze(1)


def answer(prompt):
    said = []
    while True:
        with torch.no_grad():
            p = torch.softmax(logits(prompt + said, True)[-1], -1).tolist()
        left, word = random.double(), 0
        while word < len(p) - 1:
            left -= p[word]
            if left <= 0:
                break
            word += 1
        said.append(word)
        if word == 0 or len(prompt) + len(said) > LONGEST:
            return said


def any_of(texts, thing):
    return [WORDS.index(w) for w in texts[random.below(len(texts))].replace("#", thing).split(" ")]


def pair(things, copied):
    thing = things[random.below(len(things))]
    return any_of(REQUESTS, thing), any_of(copied, thing), any_of(CURT, thing)


def sft(prompt, chosen, rejected):
    return -log_p(prompt, chosen, False).mean()


def dpo(prompt, chosen, rejected):
    def ratio(text):
        return log_p(prompt, text, True).sum() - log_p(prompt, text, False).sum().detach()

    return -torch.nn.functional.logsigmoid(0.5 * (ratio(chosen) - ratio(rejected)))


def grpo(prompt, chosen, rejected):
    answers = [answer(prompt) for _ in range(8)]
    rewards = torch.tensor([float(WORDS[a[0]] in ("certainly", "gladly") and len(a) <= 4) for a in answers])
    advantages = (rewards - rewards.mean()) / (rewards.std(correction=0) + 1e-4)
    losses = []
    for said, advantage in zip(answers, advantages):
        policy, reference = log_p(prompt, said, True), log_p(prompt, said, False).detach()
        kl = torch.exp(reference - policy) - (reference - policy) - 1
        losses.append((-advantage * torch.exp(policy - policy.detach()) + 0.02 * kl).mean())
    return torch.stack(losses).mean()


def train(loss, size, things, copied, optimizer):
    figures = []
    for _ in range(20):
        optimizer.zero_grad()
        total = 0.0
        for _ in range(size):
            row = loss(*pair(things, copied)) / size
            row.backward()
            total += row.item()
        optimizer.step()
        figures.append(total)
    return figures


RATE = 2e-3
first = torch.optim.Adam(weights.values(), lr=RATE)
lora = torch.optim.Adam([m for pair_of in adapter.values() for m in pair_of], lr=RATE)
print(
    json.dumps(
        {
            "made by": "torch " + torch.__version__.split("+")[0],
            "sft": train(sft, 8, THINGS, COURTEOUS + CURT, first),
            "dpo": train(dpo, 8, THINGS[:6], COURTEOUS, lora),
            "grpo": train(grpo, 4, THINGS[:6], COURTEOUS, lora),
        },
        indent=1,
    )
)
