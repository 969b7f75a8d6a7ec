import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.win.WinOutcome;
import org.align4j.core.eval.win.WinRate;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Tells how often 95 % intervals miss the true value on either side: of mean changes by six methods, of which Hall's is the program's, and
 * of win rates. A cell is {@code a / b}: of 100 intervals a lie wholly above the truth and b wholly below it. 2.5 / 2.5 is what a 95 %
 * interval promises.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/Coverage.java SIMULATIONS RESAMPLES [UNITS,UNITS…]}
 */
class Coverage {
    private static final String[] METHODS = {"percentile", "Student's t", "BCa", "studentised", "Johnson's t", "Hall"};
    private static final int SHOWN = METHODS.length;
    private static final int CLUSTER = 5;

    /** A kind of change, with its true mean. */
    private record Changes(double mean, ToDoubleFunction<Gaussian> draw) {}

    public static void main(String[] words) {
        int simulations = Integer.parseInt(words[0]);
        int resamples = Integer.parseInt(words[1]);
        int[] sizes = Arrays.stream((words.length > 2 ? words[2] : "20,50,100,300,1000").split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
        Map<String, Changes> kinds = new LinkedHashMap<>();
        kinds.put("normal", new Changes(0, Gaussian::next));
        kinds.put("lognormal(1)", new Changes(Math.exp(0.5), random -> Math.exp(random.next())));
        kinds.put(
                "mixed: 9 in 10 N(0, ½), the others N(3, 1)",
                new Changes(0.3, random -> random.source.nextInt(10) > 0 ? random.next() / 2 : 3 + random.next()));
        kinds.put(
                "mixed: half 0, half lognormal(1)",
                new Changes(Math.exp(0.5) / 2, random -> random.source.nextBoolean() ? 0 : Math.exp(random.next())));
        System.out.println("| changes | rows a unit | units | " + String.join(" | ", METHODS) + " |");
        System.out.println("|---".repeat(3 + SHOWN) + "|");
        kinds.forEach((name, kind) -> {
            for (int rows : new int[] {1, CLUSTER}) {
                for (int units : sizes) {
                    row(name, kind, rows, units, simulations, resamples);
                }
            }
        });
        System.out.println();
        rates(simulations, sizes);
    }

    private static void row(String name, Changes kind, int rows, int units, int simulations, int resamples) {
        Gaussian random = new Gaussian(new SplittableRandom(20));
        // One set of draws for all simulations, as the program's seed is one for all runs.
        SplittableRandom drawing = new SplittableRandom(7);
        int[][] draws = new int[resamples][units];
        for (int[] draw : draws) {
            Arrays.setAll(draw, i -> drawing.nextInt(units));
        }
        int[] clusters = IntStream.range(0, units * rows).map(i -> i / rows).toArray();
        double[] zeros = new double[units * rows];
        int[] above = new int[SHOWN];
        int[] below = new int[SHOWN];
        double[] values = new double[units * rows];
        double[] means = new double[units];
        for (int s = 0; s < simulations; s++) {
            Arrays.fill(means, 0);
            for (int unit = 0; unit < units; unit++) {
                double own = kind.draw().applyAsDouble(random);
                for (int r = 0; r < rows; r++) {
                    // Rows of a cluster share its change and differ by noise of their own.
                    double value = own + (rows > 1 ? random.next() / 2 : 0);
                    values[unit * rows + r] = value;
                    means[unit] += value / rows;
                }
            }
            double[][] intervals = new Sample(means).intervals(draws);
            Interval hall = PairedDifference.of(zeros, values, clusters).interval();
            intervals[SHOWN - 1] = new double[] {hall.low(), hall.high()};
            for (int m = 0; m < SHOWN; m++) {
                above[m] += intervals[m][0] > kind.mean() ? 1 : 0;
                below[m] += intervals[m][1] < kind.mean() ? 1 : 0;
            }
        }
        StringBuilder line = new StringBuilder(format("| %s | %d | %,d |", name, rows, units));
        for (int m = 0; m < SHOWN; m++) {
            line.append(missed(above[m], below[m], simulations));
        }
        System.out.println(line);
    }

    private static String missed(int above, int below, int simulations) {
        return format(" %.1f / %.1f |", 100.0 * above / simulations, 100.0 * below / simulations);
    }

    private static String format(String template, Object... values) {
        return String.format(Locale.ROOT, template, values);
    }

    /** Independent units with their moments. */
    private static final class Sample {
        private static final NormalDistribution NORMAL = new NormalDistribution(null, 0, 1);
        private final double[] values;
        private final int n;
        private final double mean;
        private final double error;
        private final double skewness;

        Sample(double[] values) {
            this.values = values;
            this.n = values.length;
            this.mean = Arrays.stream(values).sum() / n;
            double squares = 0;
            double cubes = 0;
            for (double value : values) {
                double off = value - mean;
                squares += off * off;
                cubes += off * off * off;
            }
            this.error = Math.sqrt(squares / n / (n - 1));
            this.skewness = cubes / n / Math.pow(squares / n, 1.5);
        }

        /** Percentile, t, BCa, studentised and Johnson's; the last place is left free. */
        double[][] intervals(int[][] draws) {
            double[] found = new double[draws.length];
            double[] studentised = new double[draws.length];
            int under = 0;
            for (int d = 0; d < draws.length; d++) {
                double sum = 0;
                double squares = 0;
                for (int at : draws[d]) {
                    double off = values[at] - mean;
                    sum += off;
                    squares += off * off;
                }
                found[d] = sum / n;
                double variance = squares / n - found[d] * found[d];
                studentised[d] = found[d] / Math.sqrt(Math.max(variance, 1e-300) / (n - 1));
                under += found[d] < 0 ? 1 : 0;
            }
            Arrays.sort(found);
            Arrays.sort(studentised);
            double t = new TDistribution(null, n - 1.0).inverseCumulativeProbability(0.975);
            double z = NORMAL.inverseCumulativeProbability(0.975);
            double bias = NORMAL.inverseCumulativeProbability(Math.max(0.5, under) / draws.length);
            double acceleration = skewness / (6 * Math.sqrt(n));
            double shift = skewness * error * (1 + 2 * t * t) / (6 * Math.sqrt(n));
            return new double[][] {
                {mean + quantile(found, 0.025), mean + quantile(found, 0.975)},
                {mean - t * error, mean + t * error},
                {
                    mean + quantile(found, corrected(bias, acceleration, -z)),
                    mean + quantile(found, corrected(bias, acceleration, z))
                },
                {mean - quantile(studentised, 0.975) * error, mean - quantile(studentised, 0.025) * error},
                {mean + shift - t * error, mean + shift + t * error},
                null
            };
        }

        private static double corrected(double bias, double acceleration, double z) {
            return NORMAL.cumulativeProbability(bias + (bias + z) / (1 - acceleration * (bias + z)));
        }

        private static double quantile(double[] sorted, double q) {
            double at = q * (sorted.length - 1);
            int low = (int) Math.floor(at);
            int high = Math.min(low + 1, sorted.length - 1);
            return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
        }
    }

    /** Normal numbers, two at a time (Marsaglia 1964). */
    private static final class Gaussian {
        private final SplittableRandom source;
        private double kept = Double.NaN;

        Gaussian(SplittableRandom source) {
            this.source = source;
        }

        double next() {
            if (!Double.isNaN(kept)) {
                double value = kept;
                kept = Double.NaN;
                return value;
            }
            double u;
            double v;
            double s;
            do {
                u = 2 * source.nextDouble() - 1;
                v = 2 * source.nextDouble() - 1;
                s = u * u + v * v;
            } while (s >= 1 || s == 0);
            double scale = Math.sqrt(-2 * Math.log(s) / s);
            kept = v * scale;
            return u * scale;
        }
    }

    private static void rates(int simulations, int[] sizes) {
        System.out.println("| true rate | ties | answers per prompt | prompts | Wilson, all answers | clustered |");
        System.out.println("|---|---|---|---|---|---|");
        for (double rate : new double[] {0.5, 0.6, 0.8, 0.95}) {
            for (int units : sizes) {
                rate(rate, 0, 1, units, simulations);
                if (rate < 0.9) {
                    rate(rate, 0.2, 1, units, simulations);
                }
                rate(rate, 0, CLUSTER, units, simulations);
            }
        }
    }

    private static void rate(double rate, double ties, int answers, int prompts, int simulations) {
        SplittableRandom random = new SplittableRandom(20);
        int[] wilson = new int[2];
        int[] clustered = new int[2];
        for (int s = 0; s < simulations; s++) {
            WinRate found = WinRate.of(outcomes(random, rate, ties, answers, prompts), 0.95);
            count(wilson, found.wilson() == null ? found.clustered() : found.wilson(), rate);
            count(clustered, found.clustered(), rate);
        }
        System.out.println(format("| %.2f | %.0f %% | %d | %,d |", rate, 100 * ties, answers, prompts)
                + (ties > 0 ? " none |" : missed(wilson[0], wilson[1], simulations))
                + missed(clustered[0], clustered[1], simulations));
    }

    private static void count(int[] missed, Interval interval, double truth) {
        missed[0] += interval.low() > truth ? 1 : 0;
        missed[1] += interval.high() < truth ? 1 : 0;
    }

    /** Wins come so often among decided outcomes that the mean with ties as halves is the rate. */
    private static List<WinOutcome> outcomes(
            SplittableRandom random, double rate, double ties, int answers, int prompts) {
        double win = (rate - ties / 2) / (1 - ties);
        return IntStream.range(0, prompts)
                .boxed()
                .flatMap(prompt -> {
                    double gained = random.nextDouble() < ties ? 0.5 : random.nextDouble() < win ? 1 : 0;
                    return IntStream.range(0, answers).mapToObj(a -> new WinOutcome("prompt " + prompt, gained, 1, 1));
                })
                .toList();
    }
}
