package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.paired.Kto;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.lessons.ExerciseTrial.Verdict;
import org.align4j.examples.lessons.Lesson.Exercise;
import org.align4j.examples.lessons.Lesson.Exercise.Mistake;
import org.align4j.examples.lessons.LessonSource.Part;
import org.align4j.examples.tools.Calculator;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.GroupBaseline;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exercises of the lessons: each solution, whose text the page shows, returns what the library or an independent formula does, and each
 * typical mistake is named where a student makes it.
 */
class ExerciseTest {
    private static final int[] NO_TOKENS = {1};

    /** The source of each lesson's solution. */
    private static final Map<Integer, Part> SOLUTIONS = new TreeMap<>();

    @TempDir
    Path folder;

    @BeforeAll
    static void readSolutions() throws IOException {
        System.setProperty("align4j.home", System.getProperty("align4j.root"));
        try {
            for (Lesson lesson : Lessons.all().values()) {
                SOLUTIONS.put(
                        lesson.number(),
                        Objects.requireNonNull(LessonSource.of(lesson).solution(), lesson.title()));
            }
        } finally {
            System.clearProperty("align4j.home");
        }
    }

    private static Exercise exercise(int lesson) {
        return Objects.requireNonNull(Lessons.of(lesson).exercise(), "lesson " + lesson);
    }

    private static Part solution(int lesson) {
        return Objects.requireNonNull(SOLUTIONS.get(lesson));
    }

    /** The starter file with the answer of the page in the place of the empty method. */
    private static String solved(int lesson) {
        String starter = exercise(lesson).starter(lesson, solution(lesson));
        return starter.substring(0, starter.indexOf("\n    static ") + 1)
                + ("static " + solution(lesson).text()).indent(4) + "}\n";
    }

    /** A student's file for a lesson. */
    private record Written(int lesson, String text) {}

    /** Compiles files at once, each in a package of its own, and tries each. */
    private List<Verdict> verdicts(List<Written> files) throws IOException {
        Path sources = Files.createDirectories(folder.resolve("sources"));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> words = new ArrayList<>(List.of("-d", classes.toString(), "-proc:none"));
        for (int i = 0; i < files.size(); i++) {
            // One line, so that the others keep their numbers.
            words.add(Files.writeString(
                            sources.resolve("Mine" + i + ".java"),
                            "package p" + i + "; " + files.get(i).text())
                    .toString());
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, words.toArray(String[]::new)))
                .isZero();
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            int lesson = files.get(i).lesson();
            Path own = Files.createDirectories(folder.resolve("own" + i));
            Files.move(classes.resolve("p" + i), own.resolve("p" + i));
            verdicts.add(
                    new ExerciseTrial(exercise(lesson), "Mine" + i + ".java", Exercise.signature(solution(lesson)), i)
                            .of(own));
        }
        return verdicts;
    }

    /** The answer that the page folds, put in the place of the starter's empty method, is right; the empty method isn't written yet. */
    @Test
    void theAnswerOfEveryLessonsPageIsRight() throws IOException {
        assertThat(Lessons.all()).hasSize(21);
        String page = Files.readString(Path.of(System.getProperty("align4j.root"), "docs/lessons.md"));
        List<Written> written = new ArrayList<>();
        for (int lesson : Lessons.all().keySet()) {
            Part solution = solution(lesson);
            assertThat(page).contains("| " + lesson + " | `" + exercise(lesson).name() + "` | ");
            String solved = solved(lesson);
            written.add(new Written(lesson, solved));
            written.add(new Written(lesson, exercise(lesson).starter(lesson, solution)));
            String prose = exercise(lesson).prose(lesson, solution);
            assertThat(prose).as("lesson " + lesson).doesNotContain("{@", "@param");
            String answer = prose.substring(prose.indexOf("static", prose.indexOf("\nAnswer: ")));
            assertThat(solved.replaceAll("\\s+", " ")).contains(answer.replaceAll("\\s+", " "));
        }
        List<Verdict> verdicts = verdicts(written);
        for (int i = 0; i < written.size(); i += 2) {
            assertThat(verdicts.get(i).right()).as(verdicts.get(i).says()).isTrue();
            assertThat(verdicts.get(i + 1).says())
                    .matches("\\w+ is not written yet \\(Mine" + (i + 1) + "\\.java:\\d+\\)\\.");
        }
    }

    /** Every mistake differs from the solution and from each other mistake, whatever the seed is. */
    @Test
    void everyMistakeIsToldFromTheOthers() throws ReflectiveOperationException {
        int mistakes = 0;
        List<String> confused = new ArrayList<>();
        for (int lesson : Lessons.all().keySet()) {
            for (Method mistake : exercise(lesson).mistakes()) {
                for (long seed = 1; seed <= 20; seed++) {
                    Verdict verdict = new ExerciseTrial(exercise(lesson), "Mine.java", "", seed).tried(mistake);
                    if (!verdict.says()
                            .startsWith(mistake.getAnnotation(Mistake.class).value())) {
                        confused.add(lesson + " " + mistake.getName() + ", seed " + seed + ": " + verdict.says());
                    }
                }
                mistakes++;
            }
            assertThat(exercise(lesson).mistakes()).as("lesson " + lesson).hasSizeGreaterThanOrEqualTo(5);
        }
        assertThat(confused).isEmpty();
        assertThat(mistakes).isGreaterThan(130);
    }

    /** Mistakes as students write them: the solution's text with a change, compiled and tried. Each sentence is said at least once. */
    @Test
    void everyPlantedMistakeIsNamed() throws IOException {
        List<String> planted;
        try (Stream<String> lines = Files.lines(Path.of("src/test/resources/lesson-mistakes.tsv"))) {
            planted = lines.filter(line -> !line.startsWith("#")).toList();
        }
        TreeSet<String> unsaid = new TreeSet<>();
        for (int lesson : Lessons.all().keySet()) {
            exercise(lesson)
                    .mistakes()
                    .forEach(mistake ->
                            unsaid.add(mistake.getAnnotation(Mistake.class).value()));
        }
        List<Written> written = new ArrayList<>();
        for (String line : planted) {
            String[] parts = line.split("\t", -1);
            int lesson = Integer.parseInt(parts[0]);
            String text = solved(lesson);
            for (int i = 2; i < parts.length; i += 2) {
                String old = parts[i].replace("\\n", "\n");
                assertThat(text).as(line).contains(old);
                text = text.replace(old, parts[i + 1].replace("\\n", "\n"));
            }
            written.add(new Written(lesson, text));
        }
        List<Verdict> verdicts = verdicts(written);
        for (int i = 0; i < planted.size(); i++) {
            String says = verdicts.get(i).says();
            assertThat(verdicts.get(i).right()).as(planted.get(i)).isFalse();
            assertThat(says).as(planted.get(i)).contains(planted.get(i).split("\t")[1], "should return");
            unsaid.removeIf(says::startsWith);
        }
        assertThat(unsaid).isEmpty();
    }

    /** Whole bodies as students write them: at least four right and four wrong ones for each lesson, and each is called what it is. */
    @Test
    void everyVariantIsCalledWhatItIs() throws IOException {
        String[] blocks = Files.readString(Path.of("src/test/resources/lesson-variants.txt"))
                .split("\n\n(?=\\d)");
        Map<String, Integer> counts = new TreeMap<>();
        List<String> heads = new ArrayList<>();
        List<Written> written = new ArrayList<>();
        for (String block : Arrays.asList(blocks).subList(1, blocks.length)) {
            String head = block.lines().findFirst().orElseThrow();
            String[] words = head.split("[ :]");
            int lesson = Integer.parseInt(words[0]);
            counts.merge(words[0] + " " + words[1], 1, Integer::sum);
            heads.add(head);
            written.add(new Written(
                    lesson,
                    exercise(lesson)
                            .starter(lesson, solution(lesson))
                            .replace("import java.util.*;", "import java.util.*; import java.util.stream.*;")
                            .replaceFirst(" throw new .*", Matcher.quoteReplacement(block.substring(head.length())))));
        }
        List<Verdict> verdicts = verdicts(written);
        List<String> misjudged = IntStream.range(0, heads.size())
                .filter(i -> verdicts.get(i).right() != heads.get(i).contains(" right: "))
                .mapToObj(i -> heads.get(i) + ": " + verdicts.get(i).says())
                .toList();
        assertThat(misjudged).isEmpty();
        for (int lesson : Lessons.all().keySet()) {
            for (String kind : List.of("right", "wrong")) {
                assertThat(counts.getOrDefault(lesson + " " + kind, 0))
                        .as("%s variants of lesson %d", kind, lesson)
                        .isGreaterThanOrEqualTo(4);
            }
        }
    }

    /** A student may write a number for each call of one seed, but not for the next seed's. */
    @Test
    void anAnswerByHeartIsWrongNextTime() {
        for (int lesson : Lessons.all().keySet()) {
            assertThat(Arrays.deepToString(exercise(lesson).draw(new Random(1))))
                    .isNotEqualTo(Arrays.deepToString(exercise(lesson).draw(new Random(2))));
        }
    }

    /** Every solution against the library, or against an independent formula where the library has no such method. */
    @Test
    void everySolutionReturnsWhatTheLibraryOrAnotherFormulaDoes() throws ReflectiveOperationException {
        Map<Integer, Function<Object[], double[]>> others = others();
        assertThat(others.keySet()).isEqualTo(Lessons.all().keySet());
        for (int lesson : Lessons.all().keySet()) {
            Method solution = exercise(lesson).solution();
            solution.setAccessible(true);
            List<Object[]> calls =
                    new ArrayList<>(Arrays.asList(exercise(lesson).edges()));
            IntStream.range(0, 20).forEach(seed -> calls.add(exercise(lesson).draw(new Random(seed))));
            for (Object[] call : calls) {
                Object returned = solution.invoke(null, call);
                double[] own =
                        returned instanceof double[] array ? array : new double[] {((Number) returned).doubleValue()};
                double[] other = Objects.requireNonNull(others.get(lesson)).apply(call);
                assertThat(own).as(lesson + ": " + Arrays.deepToString(call)).hasSameSizeAs(other);
                for (int i = 0; i < own.length; i++) {
                    assertThat(own[i])
                            .as("lesson %d: %s", lesson, Arrays.deepToString(call))
                            .isCloseTo(other[i], within(1e-6 * Math.max(1, Math.abs(other[i]))));
                }
            }
        }
    }

    private static Map<Integer, Function<Object[], double[]>> others() {
        return Map.ofEntries(
                Map.entry(1, call -> one(share((String[]) call[0], (String[]) call[1]))),
                Map.entry(2, call -> one(logProb((double[][]) call[0], (int[]) call[1], (int) call[2]))),
                Map.entry(3, ExerciseTest::dpo),
                Map.entry(4, call -> one(slope(d -> Math.pow(Math.max(0, 1 - (double) call[1] * d), 2), call[0]))),
                Map.entry(5, call -> one(-trained((double[][]) call[0], (int[][]) call[1]))),
                Map.entry(6, call -> adam(array(call[0]), (double) call[1])),
                Map.entry(7, call -> wilson((int) call[0], (int) call[1])),
                Map.entry(8, call -> one(crossEntropy(call[0], call[1]) - crossEntropy(call[0], call[0]))),
                Map.entry(9, ExerciseTest::anchored),
                Map.entry(10, call -> one(commonest((String[]) call[0]))),
                Map.entry(11, ExerciseTest::accuracies),
                Map.entry(12, ExerciseTest::whitened),
                Map.entry(13, ExerciseTest::rewards),
                Map.entry(14, call -> one(best(array(call[0]), (int) call[1]))),
                Map.entry(15, ExerciseTest::votes),
                Map.entry(16, ExerciseTest::optimum),
                Map.entry(17, ExerciseTest::clipped),
                Map.entry(18, call -> GroupBaseline.GROUP_SCALED.advantages(new double[][] {array(call[0])})[0]),
                Map.entry(19, ExerciseTest::kto),
                Map.entry(
                        20,
                        call -> Arrays.stream((String[]) call[0])
                                .mapToDouble(answer -> checked(answer, (int) call[1]))
                                .toArray()),
                Map.entry(21, ExerciseTest::episodes));
    }

    private static double[] one(double number) {
        return new double[] {number};
    }

    private static double[] array(Object numbers) {
        return (double[]) numbers;
    }

    /** The slope of a function by differences. */
    private static double slope(DoubleUnaryOperator function, Object at) {
        double step = 1e-6;
        double x = (double) at;
        return (function.applyAsDouble(x + step) - function.applyAsDouble(x - step)) / (2 * step);
    }

    private static double share(String[] chosen, String[] rejected) {
        Pattern word = Pattern.compile("\\S+");
        int[] signs = IntStream.range(0, chosen.length)
                .map(i -> Long.signum(word.matcher(chosen[i]).results().count()
                        - word.matcher(rejected[i]).results().count()))
                .toArray();
        return 0.5 + Arrays.stream(signs).sum() / (2.0 * signs.length);
    }

    /** −log Σ exp(other − own), token by token. */
    private static double logProb(double[][] logits, int[] tokens, int prompt) {
        return -IntStream.range(prompt, tokens.length)
                .mapToDouble(t -> Math.log(Arrays.stream(logits[t - 1])
                        .map(other -> Math.exp(other - logits[t - 1][tokens[t]]))
                        .sum()))
                .sum();
    }

    private static double[] dpo(Object[] call) {
        List<RowScores> rows = new ArrayList<>();
        for (int i = 0; i < array(call[0]).length; i++) {
            rows.add(RowScores.of(new double[][] {{array(call[0])[i]}, {array(call[1])[i]}}, new double[][] {
                {array(call[2])[i]}, {array(call[3])[i]}
            }));
        }
        return one(PreferenceObjective.of(new Sigmoid((double) call[4]))
                .evaluate(new BatchScores(rows), LossState.initial(0))
                .loss());
    }

    private static double trained(double[][] logProbs, int[][] mask) {
        return IntStream.range(0, mask.length)
                .boxed()
                .flatMapToDouble(row -> IntStream.range(0, mask[row].length)
                        .filter(t -> mask[row][t] == 1)
                        .mapToDouble(t -> logProbs[row][t]))
                .average()
                .orElseThrow();
    }

    /** The averages of Adam as weighted sums over all steps so far. */
    private static double[] adam(double[] gradients, double rate) {
        double[] weights = new double[gradients.length];
        for (int t = 1; t <= gradients.length; t++) {
            double mean = 0;
            double square = 0;
            double ones = 0;
            double squareOnes = 0;
            for (int i = 1; i <= t; i++) {
                mean += Math.pow(0.9, t - i) * gradients[i - 1];
                ones += Math.pow(0.9, t - i);
                square += Math.pow(0.999, t - i) * gradients[i - 1] * gradients[i - 1];
                squareOnes += Math.pow(0.999, t - i);
            }
            weights[t - 1] =
                    (t == 1 ? 0 : weights[t - 2]) - rate * (mean / ones) / (Math.sqrt(square / squareOnes) + 1e-8);
        }
        return weights;
    }

    /** The rates that lie z standard errors from the share: roots of a quadratic equation; the library's z has more digits. */
    private static double[] wilson(int right, int pairs) {
        double z = 1.96 * 1.96;
        double share = (double) right / pairs;
        double half = (2 * pairs * share + z) / (2 * (pairs + z));
        double root = Math.sqrt(half * half - pairs * share * share / (pairs + z));
        Interval library = new Proportion(right, pairs).wilson(0.95);
        assertThat(half - root).isCloseTo(library.low(), within(1e-4));
        assertThat(half + root).isCloseTo(library.high(), within(1e-4));
        return new double[] {half - root, half + root};
    }

    private static double crossEntropy(Object drawn, Object coded) {
        return IntStream.range(0, array(drawn).length)
                .filter(y -> array(drawn)[y] > 0)
                .mapToDouble(y -> -array(drawn)[y] * Math.log(array(coded)[y]))
                .sum();
    }

    private static double[] anchored(Object[] call) {
        double a = (double) call[0];
        double[][] policy = {{a}, {(double) call[1]}};
        Anchored loss = new Anchored((double) call[2], (double) call[3]);
        return one(slope(x -> WriteYourOwnLoss.lossWith(loss, policy, new double[2][1], x - a), a));
    }

    private static double commonest(String[] answers) {
        Map<String, Long> counts = Arrays.stream(answers)
                .map(answer -> Pattern.compile("[^.]+\\.")
                        .matcher(answer)
                        .results()
                        .map(MatchResult::group)
                        .reduce("", (x, y) -> y)
                        .strip())
                .collect(Collectors.groupingBy(last -> last, Collectors.counting()));
        return (double) counts.values().stream().mapToLong(n -> n).max().orElseThrow() / answers.length;
    }

    private static double[] accuracies(Object[] call) {
        double[] rates = new double[2];
        for (int side = 0; side < 2; side++) {
            int sign = side == 0 ? 1 : -1;
            int[] pairs = IntStream.range(0, array(call[0]).length)
                    .filter(i -> Integer.compare(((int[]) call[2])[i], ((int[]) call[3])[i]) == sign)
                    .toArray();
            rates[side] = Proportion.chosenAbove(
                            Arrays.stream(pairs)
                                    .mapToDouble(i -> array(call[0])[i])
                                    .toArray(),
                            Arrays.stream(pairs)
                                    .mapToDouble(i -> array(call[1])[i])
                                    .toArray())
                    .rate();
        }
        return rates;
    }

    private static double[] whitened(Object[] call) {
        double[] advantages = new AdvantageEstimation(1, (double) call[2])
                .advantages(new double[][] {array(call[0])}, new double[][] {array(call[1])})[0];
        // The sum of squared differences of all pairs is n times that of the distances from the mean.
        double squares = 0;
        double sum = 0;
        for (double one : advantages) {
            sum += one;
            for (double other : advantages) {
                squares += (one - other) * (one - other) / 2;
            }
        }
        double n = advantages.length;
        double deviation = Math.sqrt(squares / n / (n - 1));
        double mean = sum / n;
        return Arrays.stream(advantages)
                .map(a -> a / deviation - mean / deviation)
                .toArray();
    }

    private static double[] rewards(Object[] call) {
        int last = array(call[0]).length - 1;
        return IntStream.rangeClosed(0, last)
                .mapToDouble(t ->
                        (double) call[3] * (array(call[1])[t] - array(call[0])[t]) + (t == last ? (double) call[2] : 0))
                .toArray();
    }

    /** The mean over all ways to draw, one after the other; with so many draws that they can't be listed the best is among them. */
    private static double best(double[] rewards, int draws) {
        if (draws > 10) {
            return Arrays.stream(rewards).max().orElseThrow();
        }
        double[] best = {Double.NEGATIVE_INFINITY};
        for (int draw = 0; draw < draws; draw++) {
            best = Arrays.stream(best)
                    .flatMap(sofar -> Arrays.stream(rewards).map(reward -> Math.max(reward, sofar)))
                    .toArray();
        }
        return Arrays.stream(best).average().orElseThrow();
    }

    private static double[] votes(Object[] call) {
        double[] rewards = array(call[0]);
        int[] winners = (int[]) call[1];
        int[] losers = (int[]) call[2];
        return IntStream.range(0, rewards.length)
                .mapToDouble(answer -> slope(
                        reward -> IntStream.range(0, winners.length)
                                .mapToDouble(vote -> {
                                    double margin = (winners[vote] == answer ? reward : rewards[winners[vote]])
                                            - (losers[vote] == answer ? reward : rewards[losers[vote]]);
                                    return margin < -30 ? -margin : Math.log1p(Math.exp(-margin));
                                })
                                .sum(),
                        rewards[answer]))
                .toArray();
    }

    /** 1 / Σ π_ref(k)/π_ref(y) exp((r(k) − r(y))/β). */
    private static double[] optimum(Object[] call) {
        double[] reference = array(call[0]);
        double[] rewards = array(call[1]);
        return IntStream.range(0, reference.length)
                .mapToDouble(y -> 1
                        / IntStream.range(0, reference.length)
                                .filter(k -> reference[k] > 0)
                                .mapToDouble(k -> reference[k]
                                        / reference[y]
                                        * Math.exp((rewards[k] - rewards[y]) / (double) call[2]))
                                .sum())
                .toArray();
    }

    private static double[] clipped(Object[] call) {
        PolicyLoss loss =
                new PolicyLoss(RatioLevel.TOKEN, Clip.of((double) call[3]), ReferencePenalty.NONE, Averaging.TOKENS);
        double[][] old = {array(call[1])};
        return one(loss.evaluate(
                        new Rollouts(new double[][] {array(call[0])}, old, new double[][] {array(call[2])}, old))
                .loss());
    }

    private static double[] kto(Object[] call) {
        List<RowScores> rows = new ArrayList<>();
        int answers = array(call[0]).length;
        for (int i = 0; i < answers; i++) {
            rows.add(RowScores.of(new double[][] {{array(call[0])[i]}}, new double[1][1], ((boolean[]) call[1])[i]));
        }
        BatchScores batch = new BatchScores(rows);
        double[] mismatched =
                DoubleStream.generate(() -> (double) call[2]).limit(answers).toArray();
        return one(PreferenceObjective.of(new Kto((double) call[3], 1, 1))
                .evaluate(
                        batch,
                        BatchTotals.of(batch).withMismatched(mismatched, new double[answers]),
                        LossState.initial(0))
                .loss());
    }

    private static double checked(String answer, int right) {
        Calculator environment = new Calculator();
        environment.reset(new PromptTokens(0, NO_TOKENS, "q", String.valueOf(right), Map.of()), 0);
        return environment.step(answer).reward();
    }

    private static double[] episodes(Object[] call) {
        List<Double> terms = new ArrayList<>();
        for (int i = 0; i < array(call[2]).length; i++) {
            for (int t = 0; t < ((boolean[][]) call[1])[i].length; t++) {
                if (((boolean[][]) call[1])[i][t]) {
                    terms.add(((double[][]) call[0])[i][t] * array(call[2])[i]);
                }
            }
        }
        return one(terms.stream().mapToDouble(x -> x).average().orElseThrow());
    }
}
