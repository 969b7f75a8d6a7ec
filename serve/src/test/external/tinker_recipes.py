"""tinker_cookbook's supervised, preference and rl loops and its recipes sl_loop, rl_loop and math_rl, unchanged: python tinker_recipes.py BASE_URL [MODEL] [KEY].

What differs from a recipe of the cookbook is here: a local data set, a renderer that is named, base_url, and the tokenizer of a model that the hub doesn't
know. The loss of rl is importance_sampling, the loop's own default.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from parts import DEMO, check

os.environ.setdefault("TINKER_TELEMETRY", "0")
os.environ["TINKER_BASE_URL"] = HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
os.environ["TINKER_API_KEY"] = sys.argv[3] if len(sys.argv) > 3 else "tml-any"

import chz
import tinker
from tinker_cookbook import model_info, renderers, tokenizer_utils, weights
from tinker_cookbook.preference import train_dpo
from tinker_cookbook.preference.dpo_datasets import DPODatasetBuilderFromComparisons
from tinker_cookbook.preference.preference_datasets import ComparisonDatasetBuilder
from tinker_cookbook.preference.types import Comparison, LabeledComparison
from tinker_cookbook.rl import train as rl
from tinker_cookbook.rl.problem_env import ProblemEnv, ProblemGroupBuilder
from tinker_cookbook.rl.types import EnvGroupBuilder, RLDataset, RLDatasetBuilder
from tinker_cookbook.supervised import train as supervised
from tinker_cookbook.supervised.data import FromConversationFileBuilder
from tinker_cookbook.supervised.types import ChatDatasetBuilderCommonConfig

HERE = Path(tempfile.mkdtemp())
RENDERER = "role_colon"
COMMON = ChatDatasetBuilderCommonConfig(model_name_for_tokenizer=MODEL, renderer_name=RENDERER, max_length=256, batch_size=8)


def local(name, count):
    path = HERE / name
    path.write_text("".join((DEMO / name).read_text(encoding="utf-8").splitlines(keepends=True)[:count]), encoding="utf-8")
    return path


def metrics(folder):
    return [json.loads(line) for line in (HERE / folder / "metrics.jsonl").read_text().splitlines()]


def finished(folder, kind="state_path"):
    last = json.loads((HERE / folder / "checkpoints.jsonl").read_text().splitlines()[-1])
    check(last["name"] == "final" and last[kind].startswith("tinker://"), last)


def sft():
    config = supervised.Config(
        log_path=str(HERE / "sft"),
        model_name=MODEL,
        recipe_name="local_sft",
        renderer_name=RENDERER,
        dataset_builder=FromConversationFileBuilder(common_config=COMMON, file_path=str(local("chats.jsonl", 48))),
        learning_rate=1e-3,
        lora_rank=8,
        eval_every=0,
        base_url=HOST,
    )
    asyncio.run(supervised.main(config))
    seen = [row["train_mean_nll"] for row in metrics("sft") if "train_mean_nll" in row]
    check(len(seen) == 6 and seen[-1] < seen[0], seen)
    finished("sft")


@chz.chz
class LocalPairs(ComparisonDatasetBuilder):
    path: str

    def get_train_and_test_datasets(self):
        import datasets

        return datasets.Dataset.from_list([json.loads(line) for line in Path(self.path).read_text().splitlines()]), None

    def example_to_labeled_comparison(self, example):
        pair = Comparison(prompt_conversation=example["prompt"], completion_A=example["chosen"], completion_B=example["rejected"])
        return LabeledComparison(comparison=pair, label="A")


def dpo():
    pairs = DPODatasetBuilderFromComparisons(common_config=COMMON, comparison_builder=LocalPairs(path=str(local("train.jsonl", 32))))
    config = train_dpo.Config(
        log_path=str(HERE / "dpo"),
        model_name=MODEL,
        recipe_name="local_dpo",
        renderer_name=RENDERER,
        dataset_builder=pairs,
        learning_rate=1e-3,
        lora_rank=8,
        eval_every=0,
        base_url=HOST,
    )
    train_dpo.main(config)
    seen = [row for row in metrics("dpo") if "dpo_loss" in row]
    check(len(seen) >= 4 and abs(seen[0]["dpo_loss"] - 0.6931) < 0.02 and seen[-1]["dpo_loss"] < seen[0]["dpo_loss"], seen)
    finished("dpo")


class ShortAnswer(ProblemEnv):
    def __init__(self, renderer, question):
        super().__init__(renderer, require_stop_sequence_for_format=False)
        self.question = question

    def get_question(self):
        return self.question

    def check_answer(self, sample_str):
        return "e" in sample_str

    def check_format(self, sample_str):
        return len(sample_str) > 0

    def get_reference_answer(self):
        return "e"


class Questions(RLDataset):
    def __init__(self, renderer, questions, size):
        self.renderer, self.questions, self.size = renderer, questions, size

    def get_batch(self, index) -> Sequence[EnvGroupBuilder]:
        some = self.questions[index * self.size : (index + 1) * self.size]
        return [ProblemGroupBuilder(env_thunk=partial(ShortAnswer, self.renderer, question), num_envs=4) for question in some]

    def __len__(self):
        return len(self.questions) // self.size


@chz.chz
class QuestionsBuilder(RLDatasetBuilder):
    path: str

    async def __call__(self):
        rows = [json.loads(line) for line in Path(self.path).read_text().splitlines()]
        renderer = renderers.get_renderer(RENDERER, tokenizer_utils.get_tokenizer(MODEL))
        return Questions(renderer, [row["prompt"][0]["content"] for row in rows], 2), None


def grpo():
    config = rl.Config(
        log_path=str(HERE / "rl"),
        model_name=MODEL,
        recipe_name="local_rl",
        renderer_name=RENDERER,
        dataset_builder=QuestionsBuilder(path=str(local("heldout.jsonl", 6))),
        learning_rate=1e-3,
        max_tokens=12,
        lora_rank=8,
        eval_every=0,
        loss_fn="importance_sampling",
        base_url=HOST,
    )
    asyncio.run(rl.main(config))
    check(len(metrics("rl")) >= 3, metrics("rl"))
    finished("rl", "sampler_path")


def recipes(tokenizer):
    """The recipes as they are: what they fetch from the hub is local, and the renderer of an unknown name is named."""
    import datasets

    chats = [{"messages": json.loads(line)["messages"]} for line in local("chats.jsonl", 24).read_text().splitlines()]
    sums = [{"question": f"What is {i} and 1?", "answer": f"#### {i + 1}"} for i in range(4)]
    datasets.load_dataset = lambda name, *_, **__: datasets.DatasetDict(train=datasets.Dataset.from_list(sums if "gsm8k" in name else chats))
    model_info.get_recommended_renderer_name = lambda name: RENDERER
    from tinker_cookbook.recipes import rl_loop, sl_loop
    from tinker_cookbook.recipes.math_rl import train as math_rl

    sl_loop.get_tokenizer = rl_loop.get_tokenizer = lambda name: tokenizer
    common = {"model_name": MODEL, "lora_rank": 4, "base_url": HOST}
    sl_loop.main(sl_loop.Config(log_path=str(HERE / "sl"), batch_size=8, max_length=256, save_every=1, **common))
    check(metrics("sl")[-1]["steps"] == 3, metrics("sl"))
    rl_loop.main(rl_loop.Config(log_path=str(HERE / "gsm"), batch_size=2, group_size=2, max_tokens=8, save_every=1, **common))
    check(len(metrics("gsm")) == 2, metrics("gsm"))
    few = {"renderer_name": RENDERER, "groups_per_batch": 2, "group_size": 2, "max_tokens": 4, "max_steps": 2, "eval_every": 0} | common
    for name, own in {
        "ppo": {"num_substeps": 2, "loss_fn": "ppo", "loss_fn_config": {"clip_low_threshold": 0.9, "clip_high_threshold": 1.1}},
        "off": {"max_steps_off_policy": 1},
    }.items():
        asyncio.run(math_rl.cli_main(math_rl.CLIConfig(env="arithmetic", log_path=str(HERE / name), **few, **own)))
        finished(name)


def downloads(client):
    """A state comes by a temporary export that is encrypted to a key of this download (age); it is the files that an open export has."""
    state, export = client.save_state("state").result().path, client.save_weights_external("open").result().path
    for name, path in (("state", state), ("export", export)):
        weights.download(tinker_path=path, output_dir=str(HERE / name))
    names = sorted(os.listdir(HERE / "export"))
    check("adapter_model.safetensors" in names and names == sorted(os.listdir(HERE / "state")), names)
    check(all((HERE / "state" / name).read_bytes() == (HERE / "export" / name).read_bytes() for name in names), "equal files")


def main():
    with tinker.ServiceClient() as service:
        client = service.create_lora_training_client(base_model=MODEL, rank=8).result()
        tokenizer = client.get_tokenizer()
        downloads(client)
    tokenizer_utils.register_tokenizer(MODEL, lambda: tokenizer)
    sft()
    dpo()
    grpo()
    recipes(tokenizer)
    print("tinker_cookbook: supervised, preference and rl loops and recipes ran")


main()
