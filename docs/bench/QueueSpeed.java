import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.train.TrainingLog;

/**
 * The open queue beside the closed generator on one model, in one process: tokens per second of processor time of 16 answers of 64 tokens,
 * and answers in random company against those alone.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/QueueSpeed.java MODEL DTYPE speed|company COUNT [ADAPTER…]}: adapters are folders on the model,
 * dealt out in turn.
 */
class QueueSpeed {
    private static final int ANSWERS = 16;
    private static final int TOKENS = 64;

    public static void main(String[] words) throws Exception {
        ModelOptions options = NamedOptions.create(
                ModelOptions.class, java.util.Map.of("model", words[0], "dtype", words[1]));
        List<String> adapters = Arrays.asList(words).subList(4, words.length);
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT)) {
            List<int[]> prompts = prompts(session, Integer.parseInt(words[3]));
            if (words[2].equals("speed")) {
                speed(session, prompts, adapters, words[0]);
            } else {
                company(session, prompts, adapters, words[0]);
            }
        }
    }

    private static List<int[]> prompts(ModelSession session, int count) {
        SplittableRandom random = new SplittableRandom(3);
        String[] subjects = {"a river", "the moon", "a loaf of bread", "an old clock", "Lisbon", "prime numbers", "rain"};
        String[] asks = {"Tell me about", "Write two lines about", "What do people get wrong about", "Explain to a child"};
        return IntStream.range(0, count)
                .mapToObj(i -> session.text().encodePrompt(
                        List.of(Message.of("user", asks[random.nextInt(asks.length)] + " "
                                + subjects[random.nextInt(subjects.length)] + " in "
                                + (5 + random.nextInt(90)) + " words" + " please".repeat(random.nextInt(25)) + ".")),
                        null))
                .toList();
    }

    private static void speed(ModelSession session, List<int[]> prompts, List<String> adapters, String model)
            throws Exception {
        GenerationSettings settings = new GenerationSettings(TOKENS, Sampling.GREEDY, 1, 0, List.of(), true);
        List<int[]> some = prompts.subList(0, ANSWERS);
        Generator closed = session.generator();
        List<PromptTokens> rows = IntStream.range(0, ANSWERS)
                .mapToObj(i -> new PromptTokens(i, some.get(i), null))
                .toList();
        long begun = processorTime();
        try (AnswerQueue queue = session.queue(limits())) {
            System.out.printf("opened in %.2f s, exact %s, %s%n", seconds(begun), queue.base().exact(),
                    queue.base().fingerprint());
            List<Variant> variants = variants(session, queue, adapters, model);
            for (int round = 0; round < 5; round++) {
                begun = processorTime();
                closed.generate(rows, settings);
                double alone = ANSWERS * TOKENS / seconds(begun);
                double whole = open(queue, List.of(queue.base()), some, settings, false);
                double streamed = open(queue, List.of(queue.base()), some, settings, true);
                double mixed = variants.isEmpty() ? 0 : open(queue, variants, some, settings, false);
                System.out.printf(
                        "closed %.1f tokens/s; open %.1f (%.3f), streamed %.1f (%.3f), %d adapters %.1f (%.3f)%n",
                        alone, whole, whole / alone, streamed, streamed / alone, variants.size(), mixed, mixed / alone);
            }
        }
    }

    /** Returns the nanoseconds that all threads have had: other work on the machine changes them less than the clock's. */
    private static long processorTime() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static double seconds(long begun) {
        return (processorTime() - begun) / 1e9;
    }

    private static Limits limits() {
        return new Limits(10_000, 32, 2L << 30, Duration.ofSeconds(60));
    }

    private static List<Variant> variants(
            ModelSession session, AnswerQueue queue, List<String> adapters, String model) {
        List<Variant> variants = new ArrayList<>();
        for (String adapter : adapters) {
            long begun = processorTime();
            ModelSession beside = session.beside(ModelPlace.of(model, adapter, TrainingLog.SILENT.downloads()));
            variants.add(queue.add(beside.policy().weights(), beside::close));
            System.out.printf("%s in %.2f s, exact %s%n", adapter, seconds(begun), variants.get(variants.size() - 1).exact());
        }
        return variants;
    }

    private static double open(
            AnswerQueue queue, List<Variant> variants, List<int[]> prompts, GenerationSettings settings, boolean streamed)
            throws Exception {
        // Prompts of an earlier round are not to be reused: the closed generator reads them each time.
        int[] salt = new SplittableRandom().ints(1, 100, 40_000).toArray();
        CountDownLatch left = new CountDownLatch(prompts.size());
        long begun = processorTime();
        for (int i = 0; i < prompts.size(); i++) {
            int[] prompt = prompts.get(i).clone();
            prompt[0] = salt[0];
            queue.submit(new Request(variants.get(i % variants.size()), prompt, settings), new AnswerQueue.Listener() {
                @Override
                public void piece(AnswerQueue.Piece piece) {
                    if (streamed) {
                        piece.text().getBytes(java.nio.charset.StandardCharsets.UTF_8);
                    }
                }

                @Override
                public void ended(Ended answer) {
                    left.countDown();
                }

                @Override
                public void failed(RuntimeException why) {
                    why.printStackTrace();
                    left.countDown();
                }
            });
        }
        left.await();
        return prompts.size() * TOKENS / seconds(begun);
    }

    private static void company(ModelSession session, List<int[]> prompts, List<String> adapters, String model)
            throws Exception {
        GenerationSettings settings = new GenerationSettings(TOKENS, Sampling.GREEDY, 1, 0, List.of(), true);
        List<int[]> together = answers(session, prompts, adapters, model, settings, 16);
        List<int[]> alone = answers(session, prompts, adapters, model, settings, 1);
        long different = IntStream.range(0, prompts.size())
                .filter(i -> !Arrays.equals(together.get(i), alone.get(i)))
                .count();
        System.out.printf("%d of %d answers differ from those alone%n", different, prompts.size());
    }

    private static List<int[]> answers(
            ModelSession session, List<int[]> prompts, List<String> adapters, String model, GenerationSettings settings, int most)
            throws Exception {
        List<CompletableFuture<int[]>> all = new ArrayList<>();
        try (AnswerQueue queue = session.queue(new Limits(10_000, most, 2L << 30, Duration.ofSeconds(60)))) {
            List<Variant> variants = new ArrayList<>(List.of(queue.base()));
            variants.addAll(variants(session, queue, adapters, model));
            SplittableRandom random = new SplittableRandom(5);
            for (int i = 0; i < prompts.size(); i++) {
                CompletableFuture<int[]> answer = new CompletableFuture<>();
                all.add(answer);
                queue.submit(
                        new Request(variants.get(i % variants.size()), prompts.get(i), settings), new AnswerQueue.Listener() {
                            @Override
                            public void ended(Ended ended) {
                                answer.complete(ended.ids());
                            }

                            @Override
                            public void failed(RuntimeException why) {
                                answer.completeExceptionally(why);
                            }
                        });
                if (random.nextInt(3) == 0) {
                    all.get(random.nextInt(i + 1)).get();
                }
            }
            List<int[]> ids = new ArrayList<>();
            for (CompletableFuture<int[]> answer : all) {
                ids.add(answer.get());
            }
            return ids;
        }
    }
}
