import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.train.TrainingLog;

/**
 * How far the log-probability of a token is, as the closed mode drew it, from the one that the training's forward gives it, which is what
 * {@code align ppo} takes its ratios over: for PPO's rollouts, one answer to a prompt, and GRPO's, eight.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Rollouts.java MODEL DTYPE TOKENS}: draws 32 answers at a time at temperature 1, of up to 128 tokens,
 * until there are so many tokens of each kind.
 */
class Rollouts {
    private static final int ANSWERS = 32;
    private static final int TOKENS = 128;

    /** Hears answers and how likely their tokens were as they were drawn. */
    private static final class Heard implements Generator.Listener {
        private final Map<List<Integer>, float[]> logProbs = new HashMap<>();
        private final Map<List<Integer>, Completion> answers = new HashMap<>();

        @Override
        public boolean asksLogProbs() {
            return true;
        }

        @Override
        public void logProbs(PromptTokens prompt, int sample, float[] told) {
            logProbs.put(List.of(prompt.row(), sample), told);
        }

        @Override
        public void completed(Completion answer) {
            answers.put(List.of(answer.prompt().row(), answer.sample()), answer);
        }
    }

    public static void main(String[] words) throws Exception {
        ModelOptions options = NamedOptions.create(ModelOptions.class, Map.of("model", words[0], "dtype", words[1]));
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT)) {
            compare(session, "PPO", 1, Integer.parseInt(words[2]));
            compare(session, "GRPO", 8, Integer.parseInt(words[2]));
        }
    }

    private static List<PromptTokens> prompts(ModelSession session, SplittableRandom random, int first, int count) {
        List<String> subjects = List.of("a river", "the moon", "a loaf of bread", "an old clock", "Lisbon", "rain");
        List<String> asks = List.of("Tell me about", "Write two lines about", "Explain to a child");
        List<PromptTokens> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = asks.get(random.nextInt(asks.size())) + " " + subjects.get(random.nextInt(subjects.size())) + " in "
                    + (5 + random.nextInt(90)) + " words.";
            int[] ids = session.text().encodePrompt(List.of(Message.of("user", text)), null);
            prompts.add(new PromptTokens(first + i, ids, text));
        }
        return prompts;
    }

    private static void compare(ModelSession session, String name, int samples, int wanted) {
        SplittableRandom random = new SplittableRandom(3);
        long tokens = 0;
        long equal = 0;
        double largest = 0;
        double sum = 0;
        double furthest = 0;
        for (int round = 0; tokens < wanted; round++) {
            int count = ANSWERS / samples;
            List<PromptTokens> prompts = prompts(session, random, round * count, count);
            Heard heard = new Heard();
            session.generator()
                    .generate(prompts, new GenerationSettings(TOKENS, new Sampling(1, 0, 1), samples, 1, List.of(), false), heard);
            List<RowLayout.Item> items = new ArrayList<>();
            for (PromptTokens prompt : prompts) {
                int[][] answers = new int[samples][];
                for (int i = 0; i < samples; i++) {
                    answers[i] = heard.answers.get(List.of(prompt.row(), i)).ids();
                }
                items.add(new RowLayout.Item(prompt.prompt(), answers));
            }
            RowLayout.Packed packed = RowLayout.SHARED.pack(items);
            float[] read = session.policy().score(packed.batch()).logProbs();
            for (int p = 0; p < count; p++) {
                for (int i = 0; i < samples; i++) {
                    Span span = packed.answers().get(p).get(i);
                    float[] drawn = heard.logProbs.get(List.of(prompts.get(p).row(), i));
                    for (int t = 0; t < drawn.length; t++) {
                        float other = read[span.from() + t];
                        double apart = Math.abs((double) drawn[t] - other);
                        tokens++;
                        equal += Float.floatToIntBits(drawn[t]) == Float.floatToIntBits(other) ? 1 : 0;
                        largest = Math.max(largest, apart);
                        sum += apart;
                        furthest = Math.max(furthest, Math.abs(Math.expm1((double) other - drawn[t])));
                    }
                }
            }
        }
        System.out.printf(
                "%s: %d tokens, equal bits %.4f %%, largest difference %.3g, mean %.3g, ratios over what was drawn up to %.3g from 1%n",
                name, tokens, 100.0 * equal / tokens, largest, sum / tokens, furthest);
    }
}
