package org.align4j.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Home;

/**
 * The commands that the demo runs, each as one would type it, and the files that they leave in the run's directory. One
 * thread of the CPU in float32, so that the figures are the same on every run.
 *
 * @param data the folder of the demo's model and rows
 * @param out the run's directory
 */
record DemoPlan(Path data, Path out) {
    /** How strongly the policy is held to the reference. */
    static final double BETA = 0.5;

    private static final List<String> COMPUTING = List.of("--device", "cpu", "--dtype", "fp32", "--threads", "1");
    private static final int ANSWERED_PROMPTS = 40;

    /** The plan for the data that comes with Align4J. */
    static DemoPlan into(Path out) {
        return new DemoPlan(Home.resolve("data/demo"), out);
    }

    List<String> train() {
        return command(
                "dpo --loss sigmoid --lora-rank 8 --learning-rate 1e-3 --epochs 2 --batch-size 16 --max-length 512"
                        + " --micro-batch-tokens 512 --eval-every 50 --log-every 10 --beta " + BETA,
                List.of("--model", file("model"), "--data", file("train.jsonl")),
                List.of("--eval-data", file("heldout.jsonl"), "--guard-data", file("guard.jsonl")),
                List.of("--out", out.toString()));
    }

    List<String> scoreBefore() {
        return score(List.of(), scoresBefore());
    }

    List<String> scoreAfter() {
        return score(adapter(), scoresAfter());
    }

    List<String> answerBefore() {
        return answer(List.of(), answersBefore());
    }

    List<String> answerAfter() {
        return answer(adapter(), answersAfter());
    }

    Path heldOut() {
        return data.resolve("heldout.jsonl");
    }

    Path prompts() {
        return out.resolve("demo").resolve("prompts.jsonl");
    }

    Path scoresBefore() {
        return out.resolve("demo").resolve("scores-before.jsonl");
    }

    Path scoresAfter() {
        return out.resolve("demo").resolve("scores-after.jsonl");
    }

    Path answersBefore() {
        return out.resolve("demo").resolve("answers-before.jsonl");
    }

    Path answersAfter() {
        return out.resolve("demo").resolve("answers-after.jsonl");
    }

    /** Takes the first held-out rows as prompts to answer. */
    void writePrompts() throws IOException {
        Files.createDirectories(prompts().getParent());
        Files.write(prompts(), Files.readAllLines(heldOut()).subList(0, ANSWERED_PROMPTS));
    }

    private List<String> score(List<String> adapter, Path to) {
        List<String> files = List.of("--data", heldOut().toString(), "--out", to.toString());
        return command("logprobs", List.of("--model", file("model")), adapter, files);
    }

    private List<String> answer(List<String> adapter, Path to) {
        List<String> files = List.of("--prompts", prompts().toString(), "--out", to.toString());
        return command(
                "generate --temperature 0 --max-new-tokens 48", List.of("--model", file("model")), adapter, files);
    }

    private List<String> adapter() {
        return List.of("--adapter", out.resolve("adapter").toString());
    }

    private String file(String name) {
        return data.resolve(name).toString();
    }

    private static List<String> command(String start, List<String> first, List<String> second, List<String> third) {
        return Stream.of(List.of(start.split(" ")), first, second, third, COMPUTING)
                .flatMap(List::stream)
                .toList();
    }
}
