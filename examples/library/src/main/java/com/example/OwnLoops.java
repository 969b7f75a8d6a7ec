///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.align4j:alignment-core:0.2.0
//JAVA 17+
//JAVA_OPTIONS -Xmx1g
package com.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.Generation;
import org.align4j.core.LanguageModel;
import org.align4j.core.Question;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LoraSettings.ModelPart;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Drawn;
import org.align4j.core.loop.TokenLoss.ImportanceSampling;
import org.align4j.core.loop.TokenLoss.Weights;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.text.Message;
import org.align4j.core.text.TokenText;

/** Training loops that the program writes itself, by verbs: supervised, DPO by a loss of its own, GRPO with a reward of its own. */
public final class OwnLoops {
    private static final LoraSettings LORA =
            LoraSettings.usual().withSeed(1).on(EnumSet.allOf(ModelPart.class));
    private static final AdamSettings ADAM = new AdamSettings(1e-3, 0.9, 0.95, 1e-12, 0, 0);
    private static final String SAYS = "says";

    private OwnLoops() {}

    /** Runs on the demo's model: {@code OwnLoops data/demo runs}. */
    public static void main(String[] arguments) {
        System.out.print(trainThrice(Path.of(arguments[0]), Path.of(arguments[1])));
    }

    static String trainThrice(Path demo, Path runs) {
        try (LanguageModel model =
                Align4j.model(demo.resolve("model")).device("cpu").dtype("fp32").threads(1).open()) {
            return supervised(model) + dpo(model) + grpo(model, runs);
        }
    }

    /** Learns a sentence by heart. */
    static String supervised(LanguageModel model) {
        StringBuilder said = new StringBuilder();
        TokenSequence row = TokenSequence.ofText(ids(model, "The capital of Norway is", " Oslo."));
        List<TokenDatum<Weights>> data = List.of(new TokenDatum<>(row, Weights.each(row, 1)));
        try (AdaptedModel policy = model.adapt(LORA)) {
            for (int step = 0; step < 10; step++) {
                double loss = policy.forwardBackward(data, new CrossEntropy()).loss();
                policy.step(ADAM); // AdamW with the numbers of this step
                said.append(line("supervised %d loss %.4f", step, loss));
            }
            return said + SAYS + policy.complete("The capital of Norway is", GenerationSettings.greedy(3)) + "\n";
        }
    }

    /** Any loss of log-probabilities is a cross-entropy whose weights are its derivatives with the opposite sign. */
    static String dpo(LanguageModel model) {
        double beta = 0.1;
        StringBuilder said = new StringBuilder();
        List<List<String>> pairs = List.of(
                List.of("Say hello.", " Hello! How can I help?", " hi"),
                List.of("Say goodbye.", " Goodbye, take care!", " bye"));
        List<TokenSequence> rows = new ArrayList<>();
        for (List<String> pair : pairs) {
            rows.add(TokenSequence.ofAnswer(ids(model, pair.get(0)), ids(model, pair.get(1))));
            rows.add(TokenSequence.ofAnswer(ids(model, pair.get(0)), ids(model, pair.get(2))));
        }
        try (AdaptedModel policy = model.adapt(LORA)) {
            double[] reference = sums(policy.read(rows));
            for (int step = 0; step < 10; step++) {
                double[] own = sums(policy.read(rows));
                double loss = 0;
                double margins = 0;
                List<TokenDatum<Weights>> data = new ArrayList<>();
                for (int row = 0; row < rows.size(); row += 2) {
                    double margin = beta * (own[row] - reference[row] - own[row + 1] + reference[row + 1]);
                    double wrong = 1 / (1 + Math.exp(margin));
                    loss -= Math.log(1 - wrong);
                    margins += margin / pairs.size();
                    data.add(new TokenDatum<>(rows.get(row), Weights.each(rows.get(row), beta * wrong)));
                    data.add(new TokenDatum<>(rows.get(row + 1), Weights.each(rows.get(row + 1), -beta * wrong)));
                }
                policy.forwardBackward(data, new CrossEntropy()); // adds to the gradient
                policy.step(AdamSettings.usual(5e-4));
                said.append(line("DPO %d loss %.4f margin %.4f", step, loss, margins));
            }
        }
        return said.toString();
    }

    /** Draws groups of answers, scores them, and makes those likelier that are better than the others of their group. */
    static String grpo(LanguageModel model, Path runs) {
        StringBuilder said = new StringBuilder();
        try (AdaptedModel policy = model.adapt(LORA)) {
            for (int step = 0; step < 5; step++) {
                List<TokenDatum<Drawn>> data = new ArrayList<>();
                double rewards = 0;
                for (String prompt : List.of("Write a word of three letters:", "Write a word of four letters:")) {
                    List<Message> asked = List.of(Message.of("user", prompt));
                    List<Generation> group = new ArrayList<>();
                    for (int seed = 8 * step; seed < 8 * step + 8; seed++) {
                        Sampling drawn = new Sampling(1, 0, 1);
                        GenerationSettings most = new GenerationSettings(12, drawn, 1, seed, List.of(), false);
                        group.add(policy.generate(Question.of(asked, most).withScores(0)));
                    }
                    double mean = group.stream().mapToDouble(OwnLoops::reward).average().orElse(0);
                    rewards += mean / 2;
                    for (Generation answer : group) {
                        TokenSequence row = TokenSequence.ofAnswer(model.encode(asked), answer.ids());
                        double[] logProbs = answer.logProbs().stream().mapToDouble(token -> token.logProb()).toArray();
                        data.add(new TokenDatum<>(row, Drawn.each(row, logProbs, reward(answer) - mean)));
                    }
                }
                double[][][] read = policy.read(data.stream().map(TokenDatum::sequence).toList());
                double loss = policy.forwardBackward(data, new ImportanceSampling(), read).loss();
                policy.step(ADAM);
                said.append(line("GRPO %d loss %.4f reward %.4f", step, loss, rewards));
            }
            policy.saveAdapter(runs.resolve("adapter"));
        }
        return said.toString();
    }

    private static double reward(Generation answer) {
        return -Math.abs(answer.text().strip().length() - 12) / 12.0;
    }

    private static int[] ids(LanguageModel model, String... texts) {
        return Arrays.stream(texts)
                .flatMapToInt(text -> model.tokens(text).stream().mapToInt(TokenText::id))
                .toArray();
    }

    /** Returns the log-probability of each row's answer. */
    private static double[] sums(double[][][] read) {
        return Arrays.stream(read)
                .mapToDouble(row -> Arrays.stream(row).flatMapToDouble(Arrays::stream).sum())
                .toArray();
    }

    private static String line(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values) + "\n";
    }
}
