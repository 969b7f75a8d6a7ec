import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.train.TrainingLog;

/**
 * Whether reading a text gives the log-probabilities that its tokens had when they were drawn: the share of equal bits and the largest
 * difference, for the queue's reading in company and alone, and for the packed forward of the training commands.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Exactness.java MODEL DTYPE TOKENS [MAX_NEW_TOKENS [RUNNING [ADAPTER]]]}: draws answers at
 * temperature 1 in company until there are so many tokens.
 */
class Exactness {
    private static final int PACKED = 8;

    /** A prompt with the answer that was drawn for it, and each of its tokens' log-probability then. */
    private record Drawn(int[] prompt, int[] answer, float[] logProbs) {
        int[] text() {
            int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
            System.arraycopy(answer, 0, all, prompt.length, answer.length);
            return all;
        }
    }

    /** Counts tokens and how far they are apart. */
    private static final class Tally {
        private long tokens;
        private long equal;
        private double largest;
        private double sum;

        void add(float[] one, float[] other) {
            for (int i = 0; i < one.length; i++) {
                tokens++;
                equal += Float.floatToIntBits(one[i]) == Float.floatToIntBits(other[i]) ? 1 : 0;
                double apart = Math.abs((double) one[i] - other[i]);
                largest = Math.max(largest, apart);
                sum += apart;
            }
        }

        void print(String name) {
            System.out.printf(
                    "%s: %d tokens, equal bits %.4f %%, largest difference %.3g, mean %.3g%n",
                    name, tokens, 100.0 * equal / tokens, largest, sum / tokens);
        }
    }

    public static void main(String[] words) throws Exception {
        int wanted = Integer.parseInt(words[2]);
        int tokens = words.length > 3 ? Integer.parseInt(words[3]) : 128;
        int running = words.length > 4 ? Integer.parseInt(words[4]) : 16;
        Map<String, Object> given = words.length > 5
                ? Map.of("model", words[0], "dtype", words[1], "adapter", words[5])
                : Map.of("model", words[0], "dtype", words[1]);
        ModelOptions options = NamedOptions.create(ModelOptions.class, given);
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT)) {
            List<Drawn> drawn = drawn(session, wanted, tokens, running);
            read(session, drawn, running, "read by the queue in company");
            read(session, drawn.subList(0, Math.max(1, drawn.size() / 8)), 1, "read by the queue alone (an eighth of the answers)");
            packed(session, drawn, PACKED, "packed forward of " + PACKED + " texts");
            packed(session, drawn.subList(0, Math.max(1, drawn.size() / 8)), 1, "packed forward of one text (an eighth)");
        }
    }

    private static Limits limits(int running) {
        return new Limits(1_000_000, running, 2L << 30, Duration.ofSeconds(60));
    }

    private static Variant variant(ModelSession session, AnswerQueue queue) {
        return session.place().adapter() == null
                ? queue.base()
                : queue.add(session.policy().weights(), () -> {});
    }

    private static List<int[]> prompts(ModelSession session, int count) {
        SplittableRandom random = new SplittableRandom(3);
        String[] subjects = {"a river", "the moon", "a loaf of bread", "an old clock", "Lisbon", "prime numbers", "rain"};
        String[] asks = {"Tell me about", "Write two lines about", "What do people get wrong about", "Explain to a child"};
        return IntStream.range(0, count)
                .mapToObj(i -> session.text()
                        .encodePrompt(
                                List.of(Message.of(
                                        "user",
                                        asks[random.nextInt(asks.length)] + " "
                                                + subjects[random.nextInt(subjects.length)] + " in "
                                                + (5 + random.nextInt(90)) + " words"
                                                + " please".repeat(random.nextInt(25)) + ".")),
                                null))
                .toList();
    }

    private static CompletableFuture<Ended> ask(AnswerQueue queue, Request request) {
        CompletableFuture<Ended> end = new CompletableFuture<>();
        queue.submit(request, new AnswerQueue.Listener() {
            @Override
            public void ended(Ended answer) {
                end.complete(answer);
            }

            @Override
            public void failed(RuntimeException why) {
                end.completeExceptionally(why);
            }
        });
        return end;
    }

    private static List<Drawn> drawn(ModelSession session, int wanted, int most, int running) throws Exception {
        List<Drawn> all = new ArrayList<>();
        long begun = System.nanoTime();
        AtomicInteger count = new AtomicInteger();
        try (AnswerQueue queue = session.queue(limits(running))) {
            Variant variant = variant(session, queue);
            System.out.printf("opened in %.1f s, exact %s%n", (System.nanoTime() - begun) / 1e9, variant.exact());
            begun = System.nanoTime();
            for (int batch = 0; count.get() < wanted; batch++) {
                List<int[]> prompts = prompts(session, 64 * (batch + 1)).subList(64 * batch, 64 * (batch + 1));
                List<CompletableFuture<Ended>> ends = new ArrayList<>();
                for (int i = 0; i < prompts.size(); i++) {
                    GenerationSettings settings =
                            new GenerationSettings(most, new Sampling(1, 0, 1), 1, 64L * batch + i, List.of(), false);
                    ends.add(ask(
                            queue,
                            new Request(variant, prompts.get(i), settings, AskedScores.ofAnswer(0), null)));
                }
                for (int i = 0; i < prompts.size(); i++) {
                    Ended ended = ends.get(i).get();
                    float[] told = new float[ended.tokens().size()];
                    for (int t = 0; t < told.length; t++) {
                        told[t] = (float) ended.tokens().get(t).scores().logProb();
                    }
                    all.add(new Drawn(prompts.get(i), ended.ids(), told));
                    count.addAndGet(told.length);
                }
            }
        }
        System.out.printf("%d tokens drawn at %.1f a second%n", count.get(), count.get() / ((System.nanoTime() - begun) / 1e9));
        return all;
    }

    private static void read(ModelSession session, List<Drawn> drawn, int running, String name) throws Exception {
        Tally tally = new Tally();
        long begun = System.nanoTime();
        long tokens = 0;
        try (AnswerQueue queue = session.queue(limits(running))) {
            Variant variant = variant(session, queue);
            List<CompletableFuture<Ended>> ends = drawn.stream()
                    .map(one -> ask(queue, Request.reading(variant, one.text(), AskedScores.ofPrompt(0))))
                    .toList();
            for (int i = 0; i < drawn.size(); i++) {
                float[] told = ends.get(i).get().prompt().logProbs();
                tokens += told.length;
                tally.add(
                        drawn.get(i).logProbs(),
                        Arrays.copyOfRange(told, drawn.get(i).prompt().length, told.length));
            }
        }
        tally.print(name);
        System.out.printf("  %.1f tokens a second%n", tokens / ((System.nanoTime() - begun) / 1e9));
    }

    private static void packed(ModelSession session, List<Drawn> drawn, int texts, String name) {
        Tally tally = new Tally();
        long begun = System.nanoTime();
        long tokens = 0;
        for (int begin = 0; begin < drawn.size(); begin += texts) {
            List<Drawn> some = drawn.subList(begin, Math.min(drawn.size(), begin + texts));
            PackedBatch batch = PackedBatch.of(some.stream()
                    .map(one -> TokenTree.of(one.prompt(), one.answer()))
                    .toList());
            var scores = session.policy().score(batch);
            for (int i = 0; i < some.size(); i++) {
                double[] found = scores.logProbs(batch.span(i, 0));
                float[] floats = new float[found.length];
                for (int t = 0; t < found.length; t++) {
                    floats[t] = (float) found[t];
                }
                tally.add(some.get(i).logProbs(), floats);
                tokens += some.get(i).text().length;
            }
        }
        tally.print(name);
        System.out.printf("  %.1f tokens a second%n", tokens / ((System.nanoTime() - begun) / 1e9));
    }
}
