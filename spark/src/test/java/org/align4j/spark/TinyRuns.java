package org.align4j.spark;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunEvent;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.train.TrainingLog;

/** Runs of each method on tiny models, four slices a step, and what must be equal between them. */
final class TinyRuns {
    static final Path TRACES = Path.of("..", "dpo", "src", "test", "resources", "reference", "traces");
    static final Path REWARD = Path.of("..", "reward-model", "src", "test", "resources", "reference", "traces");
    static final Path MODEL = TRACES.resolve("models").resolve("llama-a");

    private TinyRuns() {}

    /** The words of a run. */
    interface Words {
        List<String> of(Path out, String... more);
    }

    /** Drawn answers to 96 prompts. */
    static List<String> generate(Path out, String... more) {
        String[] usual = {
            "--model", MODEL.toString(),
            "--prompts",
                    TRACES.resolve("dpo_sigmoid_lora_b4").resolve("data.jsonl").toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--threads", "1",
            "--max-new-tokens", "12",
            "--generation-batch", "4"
        };
        return AlignRuns.words("generate", usual, more);
    }

    static List<String> dpo(Path out, String... more) {
        return words("dpo", out, TRACES.resolve("dpo_sigmoid_lora_b4"), more);
    }

    static List<String> kto(Path out, String... more) {
        return words("dpo", out, TRACES.resolve("kto_lora"), AlignRuns.concat(new String[] {"--loss", "kto"}, more));
    }

    static List<String> sft(Path out, String... more) {
        return words("sft", out, TRACES.resolve("sft_lora"), more);
    }

    static List<String> reward(Path out, String... more) {
        String model = REWARD.resolve("models").resolve("reward-a").toString();
        return words(
                "reward",
                out,
                REWARD.resolve("reward_lora_margin_center"),
                AlignRuns.concat(new String[] {"--model", model}, more));
    }

    /** PPO by a reward model and a rule, four responses in a batch. */
    static List<String> ppo(Path out, String... more) {
        String[] usual = {
            "--reward", REWARD.resolve("models").resolve("reward-a") + ",length",
            "--batch-size", "4",
            "--rollouts-per-step", "8",
            "--samples-per-prompt", "2",
            "--generation-batch", "4",
            "--max-new-tokens", "6",
            "--mini-batches", "2",
            "--ppo-epochs", "2"
        };
        return words("ppo", out, TRACES.resolve("dpo_sigmoid_lora_b4"), AlignRuns.concat(usual, more));
    }

    private static List<String> words(String command, Path out, Path trace, String... more) {
        String[] usual = {
            "--model", MODEL.toString(),
            "--data", trace.resolve("data.jsonl").toString(),
            "--out", out.toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--threads", "1",
            "--max-length", "64",
            "--batch-size", "8",
            "--micro-batch-tokens", "48",
            "--gradient-slices", "4",
            "--lora-rank", "4",
            "--learning-rate", "2e-3",
            "--max-steps", "3",
            "--eval-fraction", "0.1",
            "--report", "false"
        };
        String[] ofReference = command.equals("dpo") ? new String[] {"--reference-cache", "off"} : new String[0];
        return AlignRuns.words(command, AlignRuns.concat(usual, ofReference), more);
    }

    /** Begins a run as a Java program does, whose events a follower hears. */
    static void train(List<String> words, Consumer<RunEvent> follower) {
        train(TrainingMethod.named(words.get(0)).orElseThrow(), AlignRuns.yaml(words), new TrainingLog(follower));
    }

    private static <O extends Record> void train(TrainingMethod<O> method, String options, TrainingLog log) {
        method.begin(OptionsYaml.parse(options, "test", method.options()), log);
    }
}
