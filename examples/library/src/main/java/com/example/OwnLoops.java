///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.align4j:alignment-core:0.1.0
//JAVA 17+
//JAVA_OPTIONS -Xmx1g
package com.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.Generation;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.Question;
import org.align4j.core.data.PairTokens;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.SequenceScores;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Drawn;
import org.align4j.core.loop.TokenLoss.ImportanceSampling;
import org.align4j.core.loop.TokenLoss.Weights;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.text.Message;

/** Training loops that the program writes itself, by verbs: supervised, DPO by a loss of its own, GRPO with a reward of its own. */
public final class OwnLoops {
    private static final AdamSettings ADAM = new AdamSettings(1e-3, 0.9, 0.95, 1e-12, 0, 0);
    private static final List<String> KIND = List.of("dear", "glad", "kind", "please", "thank", "warm", "welcome");

    private OwnLoops() {}

    /** Runs on the demo's model and rows: {@code OwnLoops data/demo runs}. */
    public static void main(String[] arguments) {
        System.out.println(trainThrice(Path.of(arguments[0]), Path.of(arguments[1])));
    }

    static String trainThrice(Path demo, Path runs) {
        try (LanguageModel model =
                        Align4j.model(demo.resolve("model")).device("cpu").dtype("fp32").threads(1).open();
                AdaptedModel policy = model.adapt()) {
            String losses = supervised(model, policy) + dpo(model, policy, demo) + grpo(model, policy);
            policy.saveAdapter(runs.resolve("adapter"));
            return losses + "says: " + policy.answer("Where is the kite?");
        }
    }

    /** Learns answers by heart. */
    static String supervised(LanguageModel model, AdaptedModel policy) {
        List<TokenSequence> rows = List.of(
                model.encode(said("Where is the kite?"), "You find it at the mill, my dear."),
                model.encode(said("What is a nail made of?"), "Of iron. Take good care."));
        List<TokenDatum<Weights>> data = rows.stream()
                .map(row -> new TokenDatum<>(row, Weights.each(row, 1.0 / rows.size())))
                .toList();
        double first = policy.evaluate(data, new CrossEntropy()).loss();
        for (int step = 0; step < 5; step++) {
            policy.forwardBackward(data, new CrossEntropy());
            policy.step(ADAM);
        }
        double last = policy.evaluate(data, new CrossEntropy()).loss();
        return String.format(Locale.ROOT, "supervised %.4f to %.4f%n", first, last);
    }

    /** Any loss of log-probabilities is a cross-entropy whose weights are its derivatives with the opposite sign. */
    static String dpo(LanguageModel model, AdaptedModel policy, Path demo) {
        double beta = 0.1;
        List<PairTokens> pairs = model.encode(Preferences.read(demo.resolve("train.jsonl")));
        List<Double> losses = new ArrayList<>();
        for (int step = 0; step < 5; step++) {
            List<TokenSequence> rows = new ArrayList<>();
            for (PairTokens pair : pairs.subList(8 * step, 8 * step + 8)) {
                rows.add(TokenSequence.ofAnswer(pair.prompt(), pair.chosen()));
                rows.add(TokenSequence.ofAnswer(pair.prompt(), pair.rejected()));
            }
            SequenceScores own = policy.scoreSequences(rows);
            SequenceScores reference = policy.referenceOfSequences(rows);
            double loss = 0;
            List<TokenDatum<Weights>> data = new ArrayList<>();
            for (int row = 0; row < rows.size(); row += 2) {
                double chosen = own.sum(row) - reference.sum(row);
                double rejected = own.sum(row + 1) - reference.sum(row + 1);
                double wrong = 1 / (1 + Math.exp(beta * (chosen - rejected)));
                loss -= Math.log(1 - wrong) / 8;
                data.add(new TokenDatum<>(rows.get(row), Weights.each(rows.get(row), beta * wrong / 8)));
                data.add(new TokenDatum<>(rows.get(row + 1), Weights.each(rows.get(row + 1), -beta * wrong / 8)));
            }
            policy.forwardBackward(data, new CrossEntropy()); // adds to the gradient
            policy.step(ADAM); // AdamW with the numbers of this step
            losses.add(loss);
        }
        return String.format(Locale.ROOT, "DPO %.4f to %.4f%n", losses.get(0), losses.get(4));
    }

    /** Draws groups of answers, scores them, and makes those likelier that are better than the others of their group. */
    static String grpo(LanguageModel model, AdaptedModel policy) {
        List<Double> rewards = new ArrayList<>();
        for (int step = 0; step < 3; step++) {
            List<TokenDatum<Drawn>> data = new ArrayList<>();
            double sum = 0;
            for (String question : List.of("Where is the kite?", "What is a nail made of?")) {
                List<Generation> group = new ArrayList<>();
                for (int seed = 0; seed < 8; seed++) {
                    GenerationSettings drawn =
                            new GenerationSettings(16, new Sampling(1, 0, 1), 1, 8 * step + seed, List.of(), false);
                    group.add(policy.generate(Question.of(said(question), drawn).withScores(0)));
                }
                double mean = group.stream().mapToDouble(answer -> kindWords(answer.text())).average().orElse(0);
                for (Generation answer : group) {
                    TokenSequence row = TokenSequence.ofAnswer(model.encode(said(question)), answer.ids());
                    double[] logProbs = answer.logProbs().stream().mapToDouble(token -> token.logProb()).toArray();
                    data.add(new TokenDatum<>(row, Drawn.each(row, logProbs, kindWords(answer.text()) - mean)));
                }
                sum += mean / 2;
            }
            policy.forwardBackward(data, new ImportanceSampling());
            policy.step(ADAM);
            rewards.add(sum);
        }
        return String.format(Locale.ROOT, "GRPO's rewards %s%n", rewards);
    }

    private static List<Message> said(String text) {
        return List.of(Message.of("user", text));
    }

    private static double kindWords(String answer) {
        String lower = answer.toLowerCase(Locale.ROOT);
        return KIND.stream().filter(lower::contains).count();
    }
}
