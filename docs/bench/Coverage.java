import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.eval.win.WinOutcome;
import org.align4j.core.eval.win.WinRate;

/**
 * Tells how often the intervals of win rates hold the true rate: comparisons of 300 prompts are simulated again and again, without
 * ties, with a fifth of ties, and with five answers a prompt that agree.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Coverage.java COMPARISONS RESAMPLES}
 */
class Coverage {
    private static final int PROMPTS = 300;

    public static void main(String[] words) {
        int comparisons = Integer.parseInt(words[0]);
        int resamples = Integer.parseInt(words[1]);
        System.out.println("| true rate | ties | answers a prompt | Wilson | clustered |");
        System.out.println("|---|---|---|---|---|");
        for (double rate : new double[] {0.5, 0.6, 0.8}) {
            row(rate, 0, 1, comparisons, resamples);
            row(rate, 0.2, 1, comparisons, resamples);
            row(rate, 0, 5, comparisons, resamples);
        }
    }

    private static void row(double rate, double ties, int answers, int comparisons, int resamples) {
        SplittableRandom random = new SplittableRandom(20);
        int wilson = 0;
        int clustered = 0;
        for (int c = 0; c < comparisons; c++) {
            WinRate found = WinRate.of(
                    outcomes(random, rate, ties, answers), new ClusterBootstrap(resamples, c, 0.95));
            Interval plain = found.wilson();
            wilson += plain != null && plain.contains(rate) ? 1 : 0;
            clustered += found.clustered().contains(rate) ? 1 : 0;
        }
        System.out.printf(
                Locale.ROOT,
                "| %.1f | %.0f %% | %d | %s | %s |%n",
                rate,
                100 * ties,
                answers,
                ties > 0 ? "none" : percent(wilson, comparisons),
                percent(clustered, comparisons));
    }

    private static String percent(int held, int of) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * new Proportion(held, of).rate());
    }

    /** Wins come so often among decided outcomes that the mean with ties as halves is the rate. */
    private static List<WinOutcome> outcomes(SplittableRandom random, double rate, double ties, int answers) {
        double win = (rate - ties / 2) / (1 - ties);
        List<WinOutcome> outcomes = new ArrayList<>();
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
            double gained = random.nextDouble() < ties ? 0.5 : random.nextDouble() < win ? 1 : 0;
            for (int a = 0; a < answers; a++) {
                outcomes.add(new WinOutcome("prompt " + prompt, gained, 1, 1));
            }
        }
        return outcomes;
    }
}
