package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.DrawnAnswers;
import org.align4j.examples.lessons.parts.Shares;

/** Lesson 7: did it really learn? Rates too low, right and too high, and a success that is none. */
public final class DidItLearn extends Lesson {
    private static final List<Double> RATES = List.of(1e-5, 1e-3, 1e-1);

    /** Runs the lesson as {@code align lesson 7} does. */
    public static void main(String[] arguments) throws IOException {
        new DidItLearn().run();
    }

    /** Names the lesson. */
    public DidItLearn() {
        super(7, "Did it really learn?", new ShareInterval());
    }

    @Override
    public void teach(LessonSheet sheet) throws IOException {
        /*
         * Question: the loss fell. What else must be true before we may say that the model learnt what was meant?
         */

        List<Preference> pairs = DemoPairs.read(sheet.demo().resolve("train.jsonl"), sheet.scaled(800, 80));
        List<Preference> others = DemoPairs.read(sheet.demo().resolve("heldout.jsonl"), sheet.scaled(60, 4));
        int steps = sheet.scaled(30, 3);
        List<List<String>> rows = new ArrayList<>();
        Map<String, double[][]> curves = new LinkedHashMap<>();
        Map<String, Double> courteous = new LinkedHashMap<>();
        LanguageModel model = sheet.model();
        DrawnAnswers before = DrawnAnswers.of(model, model, others);
        rows.add(List.of("before", "", "", percent(before.courteousShare()), "0.0", ""));
        courteous.put("before", 100 * before.courteousShare());
        List<String> told = new ArrayList<>();
        sheet.figure("courteous/before", before.courteousShare());

        /*
         * One: the learning rate. Nothing else differs.
         */
        for (double rate : RATES) {
            List<Double> losses = new ArrayList<>();
            try (TrainedPolicy policy = settings(rate, steps)
                    .train(
                            model,
                            Preferences.of(pairs),
                            sheet.run("rate-" + rate),
                            step -> losses.add(step.figures().loss()))) {
                FigureValues held = policy.evaluate(Preferences.of(others));
                DrawnAnswers drawn = DrawnAnswers.of(policy, model, others);
                double right = held.get("rewards/accuracies");
                String name = "rate " + rate;
                rows.add(List.of(
                        name,
                        format("%.3f", losses.get(steps - 1)),
                        percent(right),
                        percent(drawn.courteousShare()),
                        format("%.1f", drawn.kl()),
                        format("%.0f", drawn.length())));
                curves.put(name, LessonSheet.byStep(losses));
                courteous.put(name, 100 * drawn.courteousShare());
                sheet.say(format("%s says: \"%s\"", name, drawn.answers().get(0).strip()));
                told.add(format(
                        "At %s: last loss %.3f, KL %.1f nats; courteous: %s",
                        name,
                        losses.get(steps - 1),
                        drawn.kl(),
                        Shares.compared("after", drawn.courteousOnes(), "before", before.courteousOnes())));
                sheet.figure("loss/" + rate, losses.get(steps - 1));
                sheet.figure("accuracy/" + rate, right);
                sheet.figure("courteous/" + rate, drawn.courteousShare());
                sheet.figure("kl/" + rate, drawn.kl());
            }
        }

        /*
         * ## Four ways to look at the same runs
         */
        sheet.table(List.of("run", "last loss", "held-out pairs right", "courteous", "KL, nats", "tokens"), rows);
        sheet.lines("Loss of each step", "step", "nats", curves);
        sheet.bars("Courteous answers, %", courteous);
        told.forEach(sheet::say);

        /*
         * A rate is too low where the loss stays near ln 2 and the answers look like those from before. It is too high where the
         * [KL](concepts.md#kl) is large and the sentences break: look at the loss, the KL and an answer together. The right rate moves the answers
         * at a small KL, and its sentences are still sentences.
         *
         * Two columns mislead. "Pairs right" counts signs: a [margin](concepts.md#margin) barely above 0 counts as much as a large one,
         * even where the loss is still near ln 2 and the answers are those from before. "Courteous" counts words: broken sentences that
         * are full of kind words count
         * as well.
         *
         * Two: a false success. The labels are random; there is nothing to learn, and the model memorises the rows.
         */
        Random dice = new Random(7);
        List<Preference> noise = pairs.subList(0, sheet.scaled(32, 8)).stream()
                .map(pair -> dice.nextBoolean() ? pair : DemoPairs.turned(pair))
                .toList();
        try (TrainedPolicy policy =
                settings(5e-3, sheet.scaled(50, 3)).train(model, Preferences.of(noise), sheet.run("random"))) {
            double own = policy.evaluate(Preferences.of(noise)).get("rewards/accuracies");
            double held = policy.evaluate(Preferences.of(others)).get("rewards/accuracies");
            double reach = 0.98 / Math.sqrt(others.size());
            sheet.bars(
                    format("Random labels: pairs right after many passes over %d rows, %%", noise.size()),
                    new TreeMap<>(Map.of("the rows it trained on", 100 * own, "held-out rows", 100 * held)));
            sheet.say(format(
                    "A false success: %s of the pairs right and a loss that falls smoothly, on labels that mean nothing. Held-out rows, to"
                            + " whose prompts no training row belongs, give it away: %s, near a coin's 50 %%. With %d rows a coin lies"
                            + " between %s and %s nineteen times of twenty.",
                    percent(own), percent(held), others.size(), percent(0.5 - reach), percent(0.5 + reach)));
            sheet.figure("random/trained", own);
            sheet.figure("random/held", held);
        }

        /*
         * So ask four things: [held-out](concepts.md#held-out) pairs with an interval; the same figure before training; what the answers look like;
         * and what else changed (length, KL, [perplexity](concepts.md#perplexity) on other text). `./align report` answers them on one page.
         *
         * ## What the numbers don't tell
         *
         * Whether the held-out rows resemble what people will ask. These come from one generator, so a success here may be no success elsewhere.
         *
         * ## Exercise
         *
         * Draw random labels for 8 rows and for 200. When does the model stop memorising? And at which rate between 0.001 and 0.1 do the sentences break?
         *
         * Answer: It didn't stop at 200 rows. In 50 steps the adapter learnt 100 % of 8 labels and 99.5 % of 200, while 55 and 53 % of the held-out
         * pairs were right: a coin's share. The sentences break between 0.001 and 0.01: at 0.01 the KL is 130 nats, at 0.03 it is 304, and the rule
         * for manners still calls 92 and 97 % of the broken answers courteous.
         */
    }

    private static Dpo settings(double rate, int steps) {
        return Dpo.with(new Sigmoid(0.5))
                .learningRate(rate)
                .batchSize(16)
                .maxSteps(steps)
                .seed(7)
                .option("report", false);
    }

    private static String percent(double share) {
        return format("%.0f %%", 100 * share);
    }

    /** Asks for the interval of a share. */
    static final class ShareInterval extends Exercise {
        /**
         * Returns the lower and the upper end of Wilson's 95 % interval of a share. With p for the share, n for the number of pairs and z = 1.96,
         * its middle is {@code (p + z²/2n) / (1 + z²/n)}, and each end is {@code z √(p (1 − p)/n + z²/4n²) / (1 + z²/n)} away.
         *
         * @param right how many pairs are right
         * @param pairs how many pairs there are
         */
        static double[] interval(int right, int pairs) {
            double z = 1.96;
            double share = (double) right / pairs;
            double middle = share + z * z / (2 * pairs);
            double reach = z * Math.sqrt(share * (1 - share) / pairs + z * z / (4.0 * pairs * pairs));
            double scale = 1 + z * z / pairs;
            return new double[] {(middle - reach) / scale, (middle + reach) / scale};
        }

        @Override
        protected Object[] draw(Random dice) {
            int pairs = 5 + dice.nextInt(200);
            return call(1 + dice.nextInt(pairs - 2), pairs);
        }

        @Override
        protected Object[][] edges() {
            return new Object[][] {call(0, 10), call(10, 10), call(1, 1), call(50_000, 100_000)};
        }

        @Mistake(
                "That is the normal interval p ± z √(p (1 − p)/n), which has no width where all pairs are right. Wilson's differs.")
        static double[] normal(int right, int pairs) {
            double share = (double) right / pairs;
            double reach = 1.96 * Math.sqrt(share * (1 - share) / pairs);
            return new double[] {share - reach, share + reach};
        }

        @Mistake("right / pairs is 0 in integers; make one of the two a double.")
        static double[] integers(int right, int pairs) {
            return interval(right / pairs * pairs, pairs);
        }

        @Mistake("You forgot the division by 1 + z²/n.")
        static double[] noScale(int right, int pairs) {
            double scale = 1 + 1.96 * 1.96 / pairs;
            double[] ends = interval(right, pairs);
            return new double[] {ends[0] * scale, ends[1] * scale};
        }

        @Mistake("Your z is 1.645, which gives a 90 % interval; for 95 % it is 1.96.")
        static double[] ninety(int right, int pairs) {
            double z = 1.645;
            double share = (double) right / pairs;
            double middle = share + z * z / (2 * pairs);
            double reach = z * Math.sqrt(share * (1 - share) / pairs + z * z / (4.0 * pairs * pairs));
            double scale = 1 + z * z / pairs;
            return new double[] {(middle - reach) / scale, (middle + reach) / scale};
        }

        @Mistake("The ends are swapped: the lower one comes first.")
        static double[] swapped(int right, int pairs) {
            double[] ends = interval(right, pairs);
            return new double[] {ends[1], ends[0]};
        }

        @Mistake("You return percent; a share lies between 0 and 1.")
        static double[] percent(int right, int pairs) {
            double[] ends = interval(right, pairs);
            return new double[] {100 * ends[0], 100 * ends[1]};
        }
    }
}
