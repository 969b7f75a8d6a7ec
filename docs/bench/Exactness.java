import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
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
 * <p>{@code java -cp "LIB/*" docs/bench/Exactness.java MODEL DTYPE TOKENS [MAX_NEW_TOKENS [RUNNING [FIRST [ADAPTER]]]]}: draws {@value #BATCH} answers at a time at
 * temperature 1 in company, reads them, and goes on until there are so many tokens. FIRST is the first of these batches, for a count that goes on with
 * one made before.
 */
class Exactness {
    private static final int PACKED = 8;
    private static final int BATCH = 64;

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
        private final String name;
        private long tokens;
        private long equal;
        private double largest;
        private double sum;

        Tally(String name) {
            this.name = name;
        }

        void add(float[] one, float[] other) {
            for (int i = 0; i < one.length; i++) {
                tokens++;
                equal += Float.floatToIntBits(one[i]) == Float.floatToIntBits(other[i]) ? 1 : 0;
                double apart = Math.abs((double) one[i] - other[i]);
                largest = Math.max(largest, apart);
                sum += apart;
            }
        }

        void print() {
            System.out.printf(
                    "  %s: %d tokens, equal bits %.4f %%, largest difference %.3g, mean %.3g%n",
                    name, tokens, 100.0 * equal / tokens, largest, sum / tokens);
        }
    }

    public static void main(String[] words) throws Exception {
        int wanted = Integer.parseInt(words[2]);
        int tokens = words.length > 3 ? Integer.parseInt(words[3]) : 128;
        int running = words.length > 4 ? Integer.parseInt(words[4]) : 16;
        int first = words.length > 5 ? Integer.parseInt(words[5]) : 0;
        Map<String, Object> given = words.length > 6
                ? Map.of("model", words[0], "dtype", words[1], "adapter", words[6])
                : Map.of("model", words[0], "dtype", words[1]);
        ModelOptions options = NamedOptions.create(ModelOptions.class, given);
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
                Asked drawing = Asked.of(session, running);
                Asked company = Asked.of(session, running);
                Asked alone = Asked.of(session, 1)) {
            Tally inCompany = new Tally("read by the queue in company");
            Tally byItself = new Tally("read by the queue alone, an eighth of the answers");
            Tally packed = new Tally("forward of the training over " + PACKED + " of these texts");
            Tally single = new Tally("forward of the training over one of them");
            for (int batch = first; inCompany.tokens < wanted; batch++) {
                List<Drawn> drawn = drawn(session, drawing, batch, tokens);
                List<Drawn> some = drawn.subList(0, drawn.size() / 8);
                read(company, drawn, inCompany);
                read(alone, some, byItself);
                packed(session, some, PACKED, packed);
                packed(session, some, 1, single);
                System.out.printf("after %d answers:%n", BATCH * (batch + 1));
                List.of(inCompany, byItself, packed, single).forEach(Tally::print);
            }
        }
    }

    /** A queue that is asked, and by which weights. */
    private record Asked(AnswerQueue queue, Variant variant) implements AutoCloseable {
        static Asked of(ModelSession session, int running) {
            long begun = System.nanoTime();
            AnswerQueue queue =
                    session.queue(new Limits(1_000_000, running, 2L << 30, Duration.ofSeconds(60)));
            Variant variant = session.place().adapter() == null
                    ? queue.base()
                    : queue.add(session.policy().weights(), () -> {});
            System.out.printf(
                    "opened in %.1f s, exact %s%n", (System.nanoTime() - begun) / 1e9, variant.exact());
            return new Asked(queue, variant);
        }

        CompletableFuture<Ended> ask(Request request) {
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

        @Override
        public void close() {
            queue.close();
        }
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

    private static List<Drawn> drawn(ModelSession session, Asked queue, int batch, int most) throws Exception {
        List<int[]> prompts = prompts(session, BATCH * (batch + 1)).subList(BATCH * batch, BATCH * (batch + 1));
        List<CompletableFuture<Ended>> ends = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            GenerationSettings settings =
                    new GenerationSettings(most, new Sampling(1, 0, 1), 1, (long) BATCH * batch + i, List.of(), false);
            ends.add(queue.ask(
                    new Request(queue.variant(), prompts.get(i), settings, AskedScores.ofAnswer(0), null)));
        }
        List<Drawn> all = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Ended ended = ends.get(i).get();
            float[] told = new float[ended.tokens().size()];
            for (int t = 0; t < told.length; t++) {
                told[t] = (float) ended.tokens().get(t).scores().logProb();
            }
            all.add(new Drawn(prompts.get(i), ended.ids(), told));
        }
        return all;
    }

    private static void read(Asked queue, List<Drawn> drawn, Tally tally) throws Exception {
        List<CompletableFuture<Ended>> ends = drawn.stream()
                .map(one -> queue.ask(Request.reading(queue.variant(), one.text(), AskedScores.ofPrompt(0))))
                .toList();
        for (int i = 0; i < drawn.size(); i++) {
            float[] told = ends.get(i).get().prompt().logProbs();
            tally.add(drawn.get(i).logProbs(), Arrays.copyOfRange(told, drawn.get(i).prompt().length, told.length));
        }
    }

    private static void packed(ModelSession session, List<Drawn> drawn, int texts, Tally tally) {
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
            }
        }
    }
}
