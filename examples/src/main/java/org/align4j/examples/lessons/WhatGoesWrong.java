package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;

/**
 * Lesson 10: what goes wrong while the accuracy looks fine: falling log-probabilities, one phrase for everything, length.
 *
 * @see <a href="https://arxiv.org/abs/2402.13228">Pal et al. 2024, Smaug</a>
 * @see <a href="https://arxiv.org/abs/2310.03716">Singhal et al. 2023, A long way to go: length correlations in RLHF</a>
 */
public final class WhatGoesWrong extends Lesson {
    private static final double BETA = 0.1;
    private static final GenerationSettings LIKELIEST = GenerationSettings.greedy(40);

    /** Runs the lesson as {@code align lesson 10} does. */
    public static void main(String[] arguments) throws IOException {
        new WhatGoesWrong().run();
    }

    /** Names the lesson. */
    public WhatGoesWrong() {
        super(10, "What goes wrong?", new CommonestEnding());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: the loss falls, and the run orders four of five [held-out](concepts.md#held-out) pairs correctly. What can still be wrong with it?
         *
         * The data: the demo's pairs, cut into those whose chosen answer is the longer one and those whose chosen answer is the shorter one.
         */
        List<Preference> all = DemoPairs.read(sheet.demo().resolve("train.jsonl"), 800);
        List<Preference> longer = all.stream()
                .filter(pair -> pair.chosen().length() > pair.rejected().length())
                .toList();
        List<Preference> shorter = all.stream()
                .filter(pair -> pair.chosen().length() < pair.rejected().length())
                .toList();
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(100, 6));
        List<List<Message>> asked = DemoPairs.prompts(others);
        Map<String, List<Preference>> sets = new LinkedHashMap<>();
        sets.put("chosen is longer", longer);
        sets.put("chosen is shorter", shorter);

        /*
         * ## Two runs that look good
         */
        Map<String, Double> lengths = new LinkedHashMap<>();
        LanguageModel base = sheet.model();
        DrawnAnswers before = DrawnAnswers.of(base, base, others);
        lengths.put("before", before.length());
        sheet.figure("length/before", before.length());
        tellEndings(sheet, "before", base.answers(asked, LIKELIEST));
        for (Map.Entry<String, List<Preference>> set : sets.entrySet()) {
            String name = set.getKey();
            List<double[]> chosen = new ArrayList<>();
            List<double[]> rejected = new ArrayList<>();
            Dpo settings = Dpo.with(new Sigmoid(BETA))
                    .learningRate(1e-3)
                    .batchSize(16)
                    .maxSteps(sheet.scaled(60, 3))
                    .seed(10)
                    .option("report", false);
            try (TrainedPolicy policy =
                    settings.train(base, Preferences.of(set.getValue()), sheet.run(name.replace(' ', '-')), step -> {
                        chosen.add(new double[] {step.number(), step.figures().get("rewards/chosen") / BETA});
                        rejected.add(new double[] {step.number(), step.figures().get("rewards/rejected") / BETA});
                    })) {
                FigureValues held = policy.evaluate(Preferences.of(others));
                DrawnAnswers drawn = DrawnAnswers.of(policy, base, others);
                sheet.say(format(
                        "Trained on the pairs where %s: %.0f %% of the held-out pairs are ordered correctly. The chosen answers'"
                                + " log-probability changed by %.1f nats, the rejected ones' by %.1f. Drawn answers are %.1f nats from the"
                                + " reference.",
                        name,
                        100 * held.get("rewards/accuracies"),
                        held.get("rewards/chosen") / BETA,
                        held.get("rewards/rejected") / BETA,
                        drawn.kl()));
                Map<String, double[][]> curves = new LinkedHashMap<>();
                curves.put("chosen", chosen.toArray(double[][]::new));
                curves.put("rejected", rejected.toArray(double[][]::new));
                sheet.lines("Change of log p, " + name, "step", "nats", curves);
                lengths.put(name, drawn.length());
                tellEndings(sheet, name, policy.answers(asked, LIKELIEST));
                sheet.figure("accuracy/" + name, held.get("rewards/accuracies"));
                sheet.figure("fall/" + name, held.get("rewards/chosen") / BETA);
                sheet.figure("length/" + name, drawn.length());
            }
        }
        sheet.bars("Tokens of a drawn answer", lengths);

        /*
         * 1. Falling log-probabilities. The loss depends only on a - b. To the loss, pushing both answers down, the rejected one further,
         * is as good as raising the chosen one. Where both fell above, the probability that the pairs lost went to other answers.
         *
         * 2. One phrase for everything. A phrase that fits every question pays off on every pair. Compare the last sentences of greedy
         * answers, which always take the likeliest token, before training and after: how many of them are the same sentence?
         */
        sheet.say(format(
                "3. Length. The two sets differ only in which side is longer. A sampled answer has on average %s. Pairs whose chosen side tends"
                        + " to be longer, as in many real data sets, may lengthen answers, and no figure of the loss says so.",
                lengths.entrySet().stream()
                        .map(length -> format("%.1f tokens (%s)", length.getValue(), length.getKey()))
                        .collect(Collectors.joining(", "))));

        /*
         * ## What the numbers don't tell
         *
         * A falling log-probability does no harm in itself; good runs often lose some tenths of a [nat](concepts.md#log-probability-and-nats)
         * per token. A common sentence may be what the rows wanted. Look at the answers before you call it a fault.
         *
         * ## Exercise
         *
         * Train on the first set with the loss of lesson 9, or with .option("ld-alpha", 0). Which of the three faults disappear, which stay?
         *
         * Answer: Lesson 9's loss holds the chosen answers where they were, so the first fault goes. ld-alpha 0 doesn't count the tokens beyond the
         * shorter answer's length, so it acts against the third. Neither acts against one phrase for everything: look at the endings.
         */
    }

    private static void tellEndings(LessonSheet sheet, String name, List<String> answers) {
        Map<String, Integer> endings = DrawnAnswers.lastSentences(answers);
        Map.Entry<String, Integer> first =
                endings.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
        sheet.say(format(
                "%s: %d of %d likeliest answers end in \"%s\"; there are %d different endings.",
                name, first.getValue(), answers.size(), first.getKey(), endings.size()));
        sheet.figure("commonest/" + name, (double) first.getValue() / answers.size());
        sheet.figure("endings/" + name, (double) endings.size() / answers.size());
    }

    /** Asks how often answers end alike. */
    static final class CommonestEnding extends Exercise {
        /**
         * Returns the share of answers, from 0 to 1, that end with the commonest last sentence. Every sentence ends with a full stop, and a space
         * separates it from the next one. An answer may be one sentence.
         *
         * @param answers at least one
         */
        static double commonest(String[] answers) {
            Map<String, Integer> counts = new HashMap<>();
            int most = 0;
            for (String answer : answers) {
                String last = answer.substring(answer.lastIndexOf(". ") + 1).strip();
                most = Math.max(most, counts.merge(last, 1, Integer::sum));
            }
            return (double) most / answers.length;
        }

        @Override
        protected Object[] draw(Random dice) {
            String[] facts = {"It is red.", "It is old.", "It sings.", "You see it at noon.", "Nobody knows."};
            String[] manners = {"My friend.", "Now go.", "With pleasure."};
            String[] answers = new String[10];
            for (int i = 0; i < answers.length; i++) {
                answers[i] = facts[dice.nextInt(facts.length)] + " " + (i < 6 ? manners[0] : manners[dice.nextInt(3)]);
            }
            return call((Object) answers);
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {
                call((Object) new String[] {"Yes."}),
                call((Object) new String[] {"It is red. Go.", "It is red. Stay.", "It is old. Go."}),
                call((Object) new String[] {"Go.", "It is so. Go.", "Stay. It is so."}),
                call((Object) new String[] {"One. Two. Three.", "Two. Three.", "Three. Four."}),
                call((Object)
                        new String[] {"It is old. Now go.", "It is red. Please go.", "It rests. Please go.", "So. Stay."
                        })
            };
        }

        @Mistake("You compare whole answers; the task compares their last sentences.")
        static double whole(String[] answers) {
            return commonest(Arrays.stream(answers)
                    .map(answer -> answer.replace(". ", " "))
                    .toArray(String[]::new));
        }

        @Mistake("You compare first sentences; the task compares the last ones.")
        static double first(String[] answers) {
            return commonest(Arrays.stream(answers)
                    .map(answer -> answer.replaceFirst("\\. .*", "."))
                    .toArray(String[]::new));
        }

        @Mistake(
                "You return how many different endings there are per answer; the task asks for the share of the commonest one.")
        static double different(String[] answers) {
            return (double) Arrays.stream(answers)
                            .map(answer -> answer.substring(answer.lastIndexOf(". ") + 1)
                                    .strip())
                            .distinct()
                            .count()
                    / answers.length;
        }

        @Mistake("You return a number of answers; a share is that number divided by all answers.")
        static double count(String[] answers) {
            return commonest(answers) * answers.length;
        }

        @Mistake("Dividing two whole numbers leaves out the fraction; make one of them a double.")
        static double integers(String[] answers) {
            return Math.floor(commonest(answers));
        }
    }
}
