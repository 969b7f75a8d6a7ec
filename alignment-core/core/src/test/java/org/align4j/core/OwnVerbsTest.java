package org.align4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.Likeliest;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LoraSettings.ModelPart;
import org.align4j.core.loop.LossResult;
import org.align4j.core.loop.SequencePass;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Weights;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.text.Message;
import org.align4j.core.train.options.UpdateOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of a training loop over token sequences, on the demo's model, whose output and lookup are one matrix. */
class OwnVerbsTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final LoraSettings SMALL = LoraSettings.usual().withRank(4);
    private static final LoraSettings EVERYWHERE = SMALL.on(EnumSet.allOf(ModelPart.class));
    private static final AdamSettings STEP = new AdamSettings(1e-3, 0.9, 0.95, 1e-12, 0.01, 1);

    @TempDir
    Path folder;

    private LanguageModel model;

    @BeforeEach
    void open() {
        model = opened(1);
    }

    private static LanguageModel opened(int threads) {
        return Align4j.model(DEMO.resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(threads)
                .open();
    }

    @AfterEach
    void close() {
        model.close();
    }

    /** Random tokens with random weights of both signs, K targets a position. */
    private static List<TokenDatum<Weights>> data(long seed, int count, int width) {
        Random random = new Random(seed);
        return IntStream.range(0, count).mapToObj(i -> datum(random, width)).toList();
    }

    private static TokenDatum<Weights> datum(Random random, int width) {
        int length = 5 + random.nextInt(20);
        int[] input = random.ints(length, 4, 1536).toArray();
        int[][] targets = new int[length][];
        double[][] weights = new double[length][];
        for (int t = 0; t < length; t++) {
            targets[t] = random.ints(width, 4, 1536).toArray();
            weights[t] = random.doubles(width, -0.5, 1).toArray();
        }
        return new TokenDatum<>(new TokenSequence(input, targets), new Weights(weights));
    }

    private static List<TokenSequence> sequences(List<TokenDatum<Weights>> data) {
        return data.stream().map(TokenDatum::sequence).toList();
    }

    private static LossResult learn(AdaptedModel policy, List<TokenDatum<Weights>> data) {
        return policy.forwardBackward(data, new CrossEntropy());
    }

    /** A pair's B begins at zero, where A has no gradient; a step moves it away. */
    private static void begin(AdaptedModel policy) {
        learn(policy, data(99, 4, 1));
        policy.step(STEP);
    }

    @Test
    void theUsualStepIsThatOfTheCommands() {
        UpdateOptions commands = NamedOptions.create(UpdateOptions.class, Map.of());
        assertThat(AdamSettings.usual(0.5))
                .isEqualTo(new AdamSettings(
                        0.5,
                        commands.adamBeta1(),
                        commands.adamBeta2(),
                        commands.adamEpsilon(),
                        commands.weightDecay(),
                        commands.maxGradNorm()));
    }

    @Test
    void gradientsAddUpUntilTheStep() {
        List<TokenDatum<Weights>> all = data(1, 6, 1);
        try (AdaptedModel two = model.adapt(SMALL);
                AdaptedModel one = model.adapt(SMALL)) {
            double losses = learn(two, all.subList(0, 3)).loss()
                    + learn(two, all.subList(3, 6)).loss();
            LossResult whole = learn(one, all);
            assertThat(losses).isCloseTo(whole.loss(), within(1e-4));
            assertThat(whole.figures().tokens())
                    .isEqualTo(
                            all.stream().mapToLong(d -> d.sequence().scored()).sum());
            assertThat(two.gradientNorm()).isCloseTo(one.gradientNorm(), within(1e-4 * one.gradientNorm()));
            assertThat(two.step(STEP)).isPositive();
            assertThat(two.gradientNorm()).isZero();
            one.step(STEP);
            assertThat(flat(two.scoreSequences(sequences(all)).logProbs()))
                    .containsExactly(flat(one.scoreSequences(sequences(all)).logProbs()), within(1e-4));
            assertThat(one.evaluate(all, new CrossEntropy()).loss()).isLessThan(whole.loss());
            assertThat(one.gradientNorm()).isZero();
        }
    }

    private static double[] flat(double[][][] numbers) {
        return Arrays.stream(numbers)
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /**
     * Along its gradient g the loss falls by |g|² a unit: a step of AdamW without moments and with a large epsilon is one of plain descent,
     * {@code rate / epsilon * g}, and one with the opposite loss goes the other way.
     */
    @Test
    void theGradientIsThatOfTheLoss() {
        for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
            for (int width : new int[] {1, 3}) {
                List<TokenDatum<Weights>> data = data(7, 3, width);
                gradient(
                        lora,
                        policy -> learn(policy, data).loss(),
                        policy -> learn(policy, opposite(data)).loss());
            }
        }
    }

    /** A loss of entropies as well as log-probabilities, its derivatives 0.7 and 1. */
    @Test
    void theGradientOfEntropiesIsThatOfTheLoss() {
        List<TokenSequence> some = sequences(data(8, 2, 2));
        for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
            gradient(lora, policy -> entropies(policy, some, 1), policy -> entropies(policy, some, -1));
        }
    }

    private static double entropies(AdaptedModel policy, List<TokenSequence> some, int sign) {
        try (SequencePass pass = policy.forwardSequences(some)) {
            double[][][] byLogProbs = pass.logProbs();
            double[][] byEntropies = pass.scores().entropies();
            double loss = 0;
            double[][][] derivatives = new double[byLogProbs.length][][];
            double[][] ofEntropies = new double[byLogProbs.length][];
            for (int s = 0; s < derivatives.length; s++) {
                ofEntropies[s] = new double[byEntropies[s].length];
                Arrays.fill(ofEntropies[s], sign);
                loss += Arrays.stream(byEntropies[s]).sum()
                        + 0.7 * pass.scores().sum(s);
                derivatives[s] = Arrays.stream(byLogProbs[s])
                        .map(own -> Arrays.stream(own).map(p -> 0.7 * sign).toArray())
                        .toArray(double[][]::new);
            }
            pass.backward(derivatives, ofEntropies);
            return loss;
        }
    }

    private static List<TokenDatum<Weights>> opposite(List<TokenDatum<Weights>> data) {
        return data.stream()
                .map(datum -> new TokenDatum<>(
                        datum.sequence(),
                        new Weights(Arrays.stream(datum.inputs().weights())
                                .map(own -> Arrays.stream(own).map(w -> -w).toArray())
                                .toArray(double[][]::new))))
                .toList();
    }

    private void gradient(
            LoraSettings lora, ToDoubleFunction<AdaptedModel> loss, ToDoubleFunction<AdaptedModel> opposite) {
        double[] ends = new double[2];
        double squared = 0;
        double distance = 0;
        for (int side = 0; side < 2; side++) {
            try (AdaptedModel policy = model.adapt(lora)) {
                begin(policy);
                (side == 0 ? loss : opposite).applyAsDouble(policy);
                double norm = policy.gradientNorm();
                distance = 5e-3 / norm;
                squared = norm * norm;
                policy.step(new AdamSettings(1e6 * distance, 0, 0, 1e6, 0, 0));
                ends[side] = loss.applyAsDouble(policy);
            }
        }
        assertThat((ends[1] - ends[0]) / (2 * distance)).isCloseTo(squared, within(0.01 * squared));
    }

    /** In bf16, too, a loss over one or several targets falls along its gradient, with a pair on the output and without. */
    @Test
    void lossesFallInBf16() {
        try (LanguageModel half = Align4j.model(DEMO.resolve("model"))
                .device("cpu")
                .dtype("bf16")
                .threads(1)
                .open()) {
            for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
                for (int width : new int[] {1, 3}) {
                    List<TokenDatum<Weights>> data = data(17, 3, width);
                    try (AdaptedModel policy = half.adapt(lora)) {
                        double first = learn(policy, data).loss();
                        policy.step(STEP);
                        learn(policy, data);
                        policy.step(STEP);
                        assertThat(policy.evaluate(data, new CrossEntropy()).loss())
                                .isLessThan(first);
                    }
                }
            }
        }
    }

    /** Three targets at a position are three sequences of one, and their logits are made once. */
    @Test
    void severalTargetsAreAsManySequences() {
        List<TokenDatum<Weights>> three = data(3, 2, 3);
        List<TokenDatum<Weights>> each = three.stream()
                .flatMap(datum -> IntStream.range(0, 3).mapToObj(k -> only(datum, k)))
                .toList();
        for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
            try (AdaptedModel wide = model.adapt(lora);
                    AdaptedModel flat = model.adapt(lora)) {
                begin(wide);
                begin(flat);
                LossResult together = learn(wide, three);
                LossResult apart = learn(flat, each);
                assertThat(together.loss()).isCloseTo(apart.loss(), within(1e-4));
                assertThat(together.scores().logProbs()[1][2][1])
                        .isCloseTo(apart.scores().logProbs()[4][2][0], within(1e-5));
                assertThat(wide.gradientNorm()).isCloseTo(flat.gradientNorm(), within(1e-4 * flat.gradientNorm()));
                wide.step(STEP);
                flat.step(STEP);
                assertThat(flat(wide.scoreSequences(sequences(each)).logProbs()))
                        .containsExactly(
                                flat(flat.scoreSequences(sequences(each)).logProbs()), within(1e-3));
            }
        }
    }

    private static TokenDatum<Weights> only(TokenDatum<Weights> datum, int k) {
        return new TokenDatum<>(
                new TokenSequence(
                        datum.sequence().input(),
                        Arrays.stream(datum.sequence().targets())
                                .map(own -> new int[] {own[k]})
                                .toArray(int[][]::new)),
                new Weights(Arrays.stream(datum.inputs().weights())
                        .map(own -> new double[] {own[k]})
                        .toArray(double[][]::new)));
    }

    /** All tokens of the vocabulary as targets of one position: a distribution, with its entropy and its likeliest tokens. */
    @Test
    void likeliestTokensLogitsAndEntropiesAreThoseOfTheDistribution() {
        int[] vocabulary = IntStream.range(0, 1536).toArray();
        TokenSequence sequence = new TokenSequence(new int[] {10, 20, 30}, new int[][] {{}, {}, vocabulary});
        for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
            try (AdaptedModel policy = model.adapt(lora)) {
                begin(policy);
                try (SequencePass pass = policy.forwardSequences(List.of(sequence))) {
                    double[] logProbs = pass.logProbs()[0][2];
                    double[] logits = pass.logits()[0][2];
                    assertThat(Arrays.stream(logProbs).map(Math::exp).sum()).isCloseTo(1, within(1e-5));
                    assertThat(pass.scores().entropies()[0][2])
                            .isCloseTo(
                                    -Arrays.stream(logProbs)
                                            .map(p -> p * Math.exp(p))
                                            .sum(),
                                    within(1e-4));
                    assertThat(pass.scores().entropies()[0][0]).isNaN();
                    Likeliest best = pass.likeliest(5);
                    assertThat(best.ids()[0][0]).isEmpty();
                    int[] sorted = IntStream.range(0, 1536)
                            .boxed()
                            .sorted((a, b) -> Double.compare(logProbs[b], logProbs[a]))
                            .limit(5)
                            .mapToInt(Integer::intValue)
                            .toArray();
                    assertThat(best.ids()[0][2]).containsExactly(sorted);
                    assertThat(best.logProbs()[0][2][3]).isCloseTo(logProbs[sorted[3]], within(1e-5));
                    assertThat(best.logits()[0][2][3]).isCloseTo(logits[sorted[3]], within(1e-4));
                    assertThat(logits[7] - logits[8]).isCloseTo(logProbs[7] - logProbs[8], within(1e-4));
                    assertThatThrownBy(() -> pass.likeliest(101)).hasMessageContaining("1 to 100");
                }
            }
        }
    }

    /** Enough data for several forwards: two threads and one have the same bits, of gradients, weights and scores. */
    @Test
    void bitsDontDependOnTheNumberOfThreads() {
        List<TokenDatum<Weights>> data = data(5, 400, 1);
        try (LanguageModel other = opened(2);
                AdaptedModel two = other.adapt(EVERYWHERE);
                AdaptedModel one = model.adapt(EVERYWHERE)) {
            assertThat(one.splitSequences(sequences(data)).size()).isGreaterThan(1);
            for (int call = 0; call < 3; call++) {
                LossResult ofOne = learn(one, data);
                LossResult ofTwo = learn(two, data);
                assertThat(ofTwo.loss()).isEqualTo(ofOne.loss());
                assertThat(ofTwo.scores().logProbs())
                        .isDeepEqualTo(ofOne.scores().logProbs());
                assertThat(two.gradientNorm()).isEqualTo(one.gradientNorm());
                if (call > 0) {
                    one.step(STEP);
                    two.step(STEP);
                }
            }
            assertSameBits(one, two);
        }
    }

    private void assertSameBits(AdaptedModel one, AdaptedModel other) {
        Path first = folder.resolve("bits" + System.nanoTime());
        Path second = folder.resolve("bits" + System.nanoTime());
        one.saveState(first);
        other.saveState(second);
        for (String name : List.of("adapter/adapter_model.safetensors", "optimizer.safetensors", "optimizer.json")) {
            assertThat(second.resolve(name)).hasSameBinaryContentAs(first.resolve(name));
        }
    }

    /** A state in the middle of a step, gradients half added, goes on as what was saved does. */
    @Test
    void aStateGoesOnToTheSameBits() {
        for (LoraSettings lora : List.of(SMALL, EVERYWHERE)) {
            Path state = folder.resolve("state" + lora.hashCode());
            try (AdaptedModel policy = model.adapt(lora)) {
                begin(policy);
                learn(policy, data(11, 4, 1));
                policy.saveState(state);
                assertThat(state.resolve("gradients.safetensors")).exists();
                try (AdaptedModel other = model.adaptFrom(state, true);
                        AdaptedModel fresh = model.adaptFrom(state, false)) {
                    assertThat(other.steps()).isEqualTo(1);
                    assertThat(other.gradientNorm()).isEqualTo(policy.gradientNorm());
                    assertThat(fresh.steps()).isZero();
                    assertThat(fresh.gradientNorm()).isZero();
                    assertThat(fresh.scoreSequences(sequences(data(12, 2, 1))).logProbs())
                            .isDeepEqualTo(policy.scoreSequences(sequences(data(12, 2, 1)))
                                    .logProbs());
                    for (AdaptedModel each : List.of(policy, other)) {
                        learn(each, data(12, 4, 1));
                        each.step(STEP);
                        learn(each, data(13, 4, 1));
                        each.step(STEP);
                    }
                    assertSameBits(policy, other);
                    assertThat(fresh.referenceOfSequences(sequences(data(12, 1, 1)))
                                    .logProbs())
                            .isDeepEqualTo(policy.referenceOfSequences(sequences(data(12, 1, 1)))
                                    .logProbs());
                }
                assertThatThrownBy(() -> policy.saveState(state)).hasMessageContaining(state.toString());
            }
        }
        assertThatThrownBy(() -> model.adaptFrom(folder.resolve("nothing"), true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nothing");
    }

    /** Adapters that train in turn over one base each have the bits that they have alone. */
    @Test
    void adaptersOverOneBaseDontTouchEachOther() {
        try (AdaptedModel alone = model.adapt(SMALL);
                AdaptedModel other = model.adapt(EVERYWHERE.withSeed(3));
                AdaptedModel inTurn = model.adapt(SMALL)) {
            for (int step = 0; step < 3; step++) {
                learn(alone, data(step, 4, 1));
                alone.step(STEP);
            }
            for (int step = 0; step < 3; step++) {
                learn(inTurn, data(step, 4, 1));
                learn(other, data(50 + step, 3, 2));
                inTurn.step(STEP);
                other.step(new AdamSettings(1e-2, 0.8, 0.9, 1e-8, 0, 0));
            }
            assertSameBits(alone, inTurn);
        }
    }

    @Test
    void aSnapshotStaysAsItWas() {
        List<Message> asked = List.of(Message.of("user", "What is a nail made of?"));
        try (AdaptedModel policy = model.adapt(EVERYWHERE)) {
            begin(policy);
            try (AdapterSnapshot snapshot = policy.snapshot()) {
                double[] before = policy.logProbs(asked, "Iron.");
                assertThat(snapshot.logProbs(asked, "Iron.")).containsExactly(before);
                String answer = policy.answer("What is a nail made of?");
                learn(policy, data(21, 4, 1));
                policy.step(AdamSettings.usual(1e-2));
                assertThat(policy.logProbs(asked, "Iron.")).isNotEqualTo(before);
                assertThat(snapshot.logProbs(asked, "Iron.")).containsExactly(before);
                assertThat(snapshot.answer("What is a nail made of?")).isEqualTo(answer);
                assertThat(snapshot.steps()).isEqualTo(1);
                assertThat(snapshot).hasToString(model.name() + " with an adapter as of step 1");
                assertThatThrownBy(model::close).hasMessageContaining("in use by 2");
            }
        }
    }

    /** The pair on the output changes the output and not the lookup; it is saved under the name that PEFT has for it. */
    @Test
    void aTiedOutputHasAPairOfItsOwn() throws Exception {
        Path saved = folder.resolve("tied");
        List<TokenSequence> some = sequences(data(31, 2, 1));
        double[][][] scores;
        String answer;
        try (AdaptedModel policy = model.adapt(SMALL.on(EnumSet.of(ModelPart.UNEMBEDDING)))) {
            assertThat(policy).hasToString(model.name() + " with an adapter of 6,656 weights after 0 steps");
            begin(policy);
            begin(policy);
            policy.saveAdapter(saved);
            scores = policy.scoreSequences(some).logProbs();
            answer = policy.answer("What is a nail made of?");
            assertThat(scores).isNotEqualTo(policy.referenceOfSequences(some).logProbs());
        }
        assertThat(Files.readString(saved.resolve("adapter_config.json"))).contains("\"lm_head\"");
        try (LanguageModel other = Align4j.model(DEMO.resolve("model"))
                        .adapter(saved.toString())
                        .device("cpu")
                        .dtype("fp32")
                        .threads(1)
                        .open();
                AdaptedModel further = other.adapt()) {
            assertThat(further.scoreSequences(some).logProbs()).isDeepEqualTo(scores);
            assertThat(other.answer("What is a nail made of?")).isEqualTo(answer);
        }
        assertThatThrownBy(() ->
                        Align4j.merge(DEMO.resolve("model").toString(), saved.toString(), folder.resolve("merged")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("lm_head", "one matrix");
        assertThat(folder.resolve("merged")).doesNotExist();
    }

    @Test
    void whatTheModelCantReadIsRefusedBeforeAnythingChanges() {
        try (AdaptedModel policy = model.adapt(SMALL)) {
            learn(policy, data(41, 2, 1));
            double norm = policy.gradientNorm();
            TokenSequence known = TokenSequence.ofText(1, 2, 3);
            TokenSequence unknown = TokenSequence.ofText(1, 2, 1536);
            for (List<TokenSequence> wrong : List.of(
                    List.of(known, unknown),
                    List.of(TokenSequence.ofText(-1, 2)),
                    List.<TokenSequence>of(),
                    List.of(new TokenSequence(new int[] {1}, new int[][] {{}})),
                    List.of(TokenSequence.ofText(new int[600])))) {
                assertThatThrownBy(() -> learn(
                                policy,
                                wrong.stream().map(OwnVerbsTest::weighed).toList()))
                        .isInstanceOf(InputException.class);
                assertThatThrownBy(() -> policy.forwardSequences(wrong)).isInstanceOf(InputException.class);
                assertThatThrownBy(() -> policy.scoreSequences(wrong)).isInstanceOf(InputException.class);
            }
            assertThatThrownBy(() -> policy.scoreSequences(List.of(known, unknown)))
                    .hasMessageContainingAll("targets of sequence 1", "1536", "0 to 1535");
            assertThatThrownBy(() -> policy.scoreSequences(List.of(TokenSequence.ofText(new int[600]))))
                    .hasMessageContainingAll("599 tokens", "512");
            List<TokenDatum<TokenLoss.Drawn>> far = data(42, 400, 1).stream()
                    .map(datum -> new TokenDatum<>(
                            datum.sequence(),
                            new TokenLoss.Drawn(
                                    minus(datum.inputs().weights(), 0),
                                    datum.inputs().weights())))
                    .toList();
            TokenDatum<TokenLoss.Drawn> last = far.get(399);
            List<TokenDatum<TokenLoss.Drawn>> broken = new ArrayList<>(far.subList(0, 399));
            broken.add(new TokenDatum<>(
                    last.sequence(),
                    new TokenLoss.Drawn(
                            minus(last.inputs().advantages(), 900),
                            last.inputs().advantages())));
            assertThatThrownBy(() -> policy.forwardBackward(broken, new TokenLoss.ImportanceSampling()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("finite");
            assertThat(policy.gradientNorm()).isEqualTo(norm);
            assertThat(policy.steps()).isZero();
        }
        assertThatThrownBy(() -> SMALL.on(EnumSet.noneOf(ModelPart.class))).hasMessageContaining("no part");
    }

    private static double[][] minus(double[][] numbers, double less) {
        return Arrays.stream(numbers)
                .map(own -> Arrays.stream(own).map(n -> n - less).toArray())
                .toArray(double[][]::new);
    }

    private static TokenDatum<Weights> weighed(TokenSequence sequence) {
        return new TokenDatum<>(sequence, Weights.each(sequence, 1));
    }

    /** A program's own forwards, two threads at a time, add the same gradient as one after the other. */
    @Test
    void partsOfAProgramGoSideBySide() {
        List<TokenSequence> some = sequences(data(61, 300, 1));
        try (LanguageModel other = opened(2);
                AdaptedModel two = other.adapt(SMALL);
                AdaptedModel one = model.adapt(SMALL)) {
            List<Double> ofOne = one.sideBySide(one.splitSequences(some), part -> sums(one, part));
            List<Double> ofTwo = two.sideBySide(two.splitSequences(some), part -> sums(two, part));
            assertThat(ofTwo).isEqualTo(ofOne).hasSizeGreaterThan(1);
            assertThat(two.gradientNorm()).isEqualTo(one.gradientNorm()).isPositive();
        }
    }

    private static double sums(AdaptedModel policy, List<TokenSequence> part) {
        double reference = flat(policy.referenceOfSequences(part).logProbs()).length;
        try (SequencePass pass = policy.forwardSequences(part)) {
            pass.backward(Arrays.stream(pass.logProbs())
                    .map(own -> Arrays.stream(own)
                            .map(position -> new double[position.length > 0 ? 1 : 0])
                            .peek(position -> Arrays.fill(position, -1))
                            .toArray(double[][]::new))
                    .toArray(double[][][]::new));
            return reference + Arrays.stream(flat(pass.logProbs())).sum();
        }
    }
}
