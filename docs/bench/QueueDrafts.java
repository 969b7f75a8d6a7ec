import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.train.TrainingLog;

/**
 * Measures what drafts from an answer's own text save: tokens per second of processor time of answers to questions, and of answers that repeat a text
 * with a small change, as many at a time as is said; and how many guessed tokens were kept.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/QueueDrafts.java MODEL DTYPE RUNNING [ROUNDS]}. With the jars of a commit before drafts it measures how
 * it was: the tokens' hash must be the same.
 */
class QueueDrafts {
    private static final int TOKENS = 96;
    private static final String[] TEXTS = {
        "The ferry leaves the northern pier at a quarter past nine and reaches the island before noon. Tickets are sold on board.",
        "Our library keeps seven thousand books on rivers and their fish. Most of them were given by a retired captain.",
        "Bread needs flour, water, salt and time. A cold night in the cellar makes the crust thin and the crumb soft.",
        "The old clock on the tower is slow by eleven minutes. Nobody in the village minds, because everybody knows it."
    };
    private static final String[] QUESTIONS = {
        "Tell me about a river in 60 words.",
        "What do people get wrong about the moon?",
        "Explain rain to a child.",
        "Write two lines about an old clock."
    };

    public static void main(String[] words) throws Exception {
        ModelOptions options =
                NamedOptions.create(ModelOptions.class, Map.of("model", words[0], "dtype", words[1], "threads", 1));
        int running = Integer.parseInt(words[2]);
        int rounds = words.length > 3 ? Integer.parseInt(words[3]) : 3;
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
                AnswerQueue queue = session.queue(new Limits(100, running, 1L << 30, Duration.ofSeconds(60)))) {
            System.out.println("exact " + queue.base().exact() + ", " + running + " at a time");
            for (int round = 0; round < rounds; round++) {
                for (String kind : List.of("questions", "repetitions")) {
                    String before = drafts(queue);
                    List<int[]> answers = new ArrayList<>();
                    long begun = processorTime();
                    long clock = System.nanoTime();
                    List<CompletableFuture<int[]>> asked = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        String text = kind.equals("questions")
                                ? QUESTIONS[i]
                                : "Repeat the following text word for word, and nothing else.\n\n" + TEXTS[i];
                        asked.add(ask(queue, session.text().encodePrompt(List.of(Message.of("user", text)), null), i));
                    }
                    for (CompletableFuture<int[]> one : asked) {
                        answers.add(one.get());
                    }
                    double seconds = (processorTime() - begun) / 1e9;
                    int tokens = answers.stream().mapToInt(ids -> ids.length).sum();
                    int hash = answers.stream().mapToInt(Arrays::hashCode).reduce(1, (a, b) -> 31 * a + b);
                    System.out.printf(
                            "%s: %d tokens, %.1f per second of processor time, %.1f of the clock, hash %08x, drafts (read, kept) %s before, %s after%n",
                            kind, tokens, tokens / seconds, tokens / ((System.nanoTime() - clock) / 1e9), hash, before,
                            drafts(queue));
                    if (round == 0) {
                        System.out.println("  " + session.text().tokenizer().decode(answers.get(0), true).replace("\n", " "));
                    }
                }
            }
        }
    }

    private static CompletableFuture<int[]> ask(AnswerQueue queue, int[] prompt, int seed) {
        CompletableFuture<int[]> answer = new CompletableFuture<>();
        GenerationSettings settings = new GenerationSettings(TOKENS, Sampling.GREEDY, 1, seed, List.of(), false);
        queue.submit(new Request(queue.base(), prompt, settings), new AnswerQueue.Listener() {
            @Override
            public void ended(Ended ended) {
                answer.complete(ended.ids());
            }

            @Override
            public void failed(RuntimeException why) {
                answer.completeExceptionally(why);
            }
        });
        return answer;
    }

    private static long processorTime() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Reads the counts by name, so that the file runs with earlier jars, too. */
    private static String drafts(AnswerQueue queue) throws ReflectiveOperationException {
        try {
            Object counts = AnswerQueue.class.getMethod("drafts").invoke(queue);
            return counts.toString();
        } catch (NoSuchMethodException earlier) {
            return "none";
        }
    }
}
