package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenSequence;
import org.align4j.serve.tinker.ForwardCall.Datum;
import org.align4j.web.Refusal;

/**
 * A client's loss with the sequences that it is taken of.
 *
 * @param <I> what the loss needs of a sequence
 * @param loss the loss
 * @param data the sequences, in the call's order
 */
record AskedLoss<I extends TokenLoss.Inputs>(TokenLoss<I> loss, List<TokenDatum<I>> data) {
    /** The losses by the names that clients give them. */
    static final List<String> NAMES = List.of("cross_entropy", "importance_sampling", "ppo", "cispo", "dro", "gspo");

    private static final String TARGETS = "target_tokens";
    private static final String WEIGHTS = "weights";
    private static final String LOG_PROBS = "logprobs";
    private static final String ADVANTAGES = "advantages";
    private static final String MASK = "sequence_ratio_mask";
    private static final String LOW = "clip_low_threshold";
    private static final String HIGH = "clip_high_threshold";
    private static final double USUAL_LOW = 0.8;
    private static final double USUAL_HIGH = 1.2;
    private static final double USUAL_BETA = 0.05;

    /**
     * Makes the loss that a call asks for.
     *
     * @param vocabulary tokens that the model knows
     * @throws Refusal 400 where the loss, a setting or an input of it isn't known here, or an array has the wrong shape or a number that is not finite
     */
    static AskedLoss<?> of(ForwardCall call, int vocabulary) {
        return switch (call.loss()) {
            case "cross_entropy" -> {
                requireSettings(call, Set.of());
                yield of(call, vocabulary, new TokenLoss.CrossEntropy(), Set.of(WEIGHTS), AskedLoss::weights);
            }
            case "importance_sampling" -> {
                requireSettings(call, Set.of());
                yield drawn(call, vocabulary, new TokenLoss.ImportanceSampling());
            }
            case "ppo" -> drawn(call, vocabulary, clipping(call, () -> new TokenLoss.Ppo(low(call), high(call))));
            case "cispo" -> drawn(call, vocabulary, clipping(call, () -> new TokenLoss.Cispo(low(call), high(call))));
            case "gspo" ->
                of(
                        call,
                        vocabulary,
                        clipping(call, () -> new TokenLoss.Gspo(low(call), high(call))),
                        Set.of(LOG_PROBS, ADVANTAGES, MASK),
                        datum -> new TokenLoss.DrawnSequence(drawn(datum), values(datum, MASK)));
            case "dro" -> {
                requireSettings(call, Set.of("beta"));
                yield drawn(
                        call,
                        vocabulary,
                        said(
                                "loss_fn_config",
                                () -> new TokenLoss.Dro(call.numbers().getOrDefault("beta", USUAL_BETA))));
            }
            case "stable_reinforce" ->
                throw refused(
                        "loss_fn",
                        "loss_fn is stable_reinforce, whose formula isn't public; take importance_sampling, ppo, cispo, gspo or dro, or a loss of your own by forward_backward_custom.");
            case "custom" ->
                throw refused(
                        "loss_fn",
                        "loss_fn is custom, but losses of clients run in the client here (custom_loss_server_side is false); call forward_backward_custom with a function.");
            default ->
                throw refused(
                        "loss_fn",
                        format(
                                "loss_fn is %s but must be one of %s%s",
                                Shortened.of(call.loss()), String.join(", ", NAMES), Nearest.hint(call.loss(), NAMES)));
        };
    }

    private static AskedLoss<TokenLoss.Drawn> drawn(ForwardCall call, int vocabulary, TokenLoss<TokenLoss.Drawn> loss) {
        return of(call, vocabulary, loss, Set.of(LOG_PROBS, ADVANTAGES), AskedLoss::drawn);
    }

    private static <I extends TokenLoss.Inputs> AskedLoss<I> of(
            ForwardCall call, int vocabulary, TokenLoss<I> loss, Set<String> inputs, Function<Datum, I> reading) {
        List<TokenDatum<I>> data = new ArrayList<>();
        for (int place = 0; place < call.data().size(); place++) {
            Datum datum = call.data().get(place);
            String said = "data[" + place + "]";
            Set<String> unknown = new TreeSet<>(datum.inputs().keySet());
            unknown.removeAll(inputs);
            unknown.remove(TARGETS);
            if (!unknown.isEmpty()) {
                throw refused(
                        said + ".loss_fn_inputs",
                        format(
                                "%s.loss_fn_inputs holds %s, which %s doesn't read; leave it out. It reads target_tokens and %s.",
                                said,
                                Shortened.of(String.join(", ", unknown)),
                                call.loss(),
                                String.join(", ", new TreeSet<>(inputs))));
            }
            data.add(said(
                    said,
                    () -> new TokenDatum<>(
                            new TokenSequence(datum.tokens(), targets(datum, vocabulary)), reading.apply(datum))));
        }
        return new AskedLoss<>(loss, List.copyOf(data));
    }

    private static int[][] targets(Datum datum, int vocabulary) {
        for (int id : datum.tokens()) {
            requireKnown("model_input", id, vocabulary);
        }
        Tensor given = required(datum, TARGETS);
        if (given.columns() == 0 || !given.whole()) {
            throw new InputException("target_tokens must be whole numbers, one or more for each token of the input.");
        }
        int[][] targets = new int[given.rows()][given.columns()];
        for (int t = 0; t < given.rows(); t++) {
            for (int k = 0; k < given.columns(); k++) {
                double id = given.values()[t * given.columns() + k];
                requireKnown(TARGETS, id, vocabulary);
                targets[t][k] = (int) id;
            }
        }
        return targets;
    }

    private static void requireKnown(String where, double id, int vocabulary) {
        if (!(id >= 0 && id < vocabulary)) {
            throw new InputException(format(
                    "%s holds the token id %d but the model's ids are 0 to %d; encode texts with its tokenizer.",
                    where, (long) id, vocabulary - 1));
        }
    }

    private static TokenLoss.Weights weights(Datum datum) {
        if (datum.inputs().containsKey(WEIGHTS)) {
            return new TokenLoss.Weights(values(datum, WEIGHTS));
        }
        Tensor targets = required(datum, TARGETS);
        double[][] ones = new double[targets.rows()][targets.columns()];
        for (double[] row : ones) {
            Arrays.fill(row, 1);
        }
        return new TokenLoss.Weights(ones);
    }

    private static TokenLoss.Drawn drawn(Datum datum) {
        return new TokenLoss.Drawn(values(datum, LOG_PROBS), values(datum, ADVANTAGES));
    }

    private static double[][] values(Datum datum, String name) {
        Tensor given = required(datum, name);
        double[][] values = new double[given.rows()][given.columns()];
        for (int t = 0; t < given.rows(); t++) {
            System.arraycopy(given.values(), t * given.columns(), values[t], 0, given.columns());
        }
        return values;
    }

    private static Tensor required(Datum datum, String name) {
        Tensor given = datum.inputs().get(name);
        if (given == null) {
            throw new InputException(format("loss_fn_inputs has no %s, which this loss needs for each target.", name));
        }
        return given;
    }

    private static <L> L clipping(ForwardCall call, Supplier<L> loss) {
        requireSettings(call, Set.of(LOW, HIGH));
        return said("loss_fn_config", loss);
    }

    private static double low(ForwardCall call) {
        return call.numbers().getOrDefault(LOW, USUAL_LOW);
    }

    private static double high(ForwardCall call) {
        return call.numbers().getOrDefault(HIGH, USUAL_HIGH);
    }

    private static void requireSettings(ForwardCall call, Set<String> known) {
        Set<String> unknown = new TreeSet<>(call.numbers().keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw refused(
                    "loss_fn_config",
                    format(
                            "loss_fn_config holds %s, but %s takes %s; leave it out.",
                            Shortened.of(String.join(", ", unknown)),
                            call.loss(),
                            known.isEmpty() ? "no setting" : String.join(" and ", new TreeSet<>(known))));
        }
    }

    /** Says where in the call something is wrong. */
    private static <T> T said(String where, Supplier<T> making) {
        try {
            return making.get();
        } catch (InputException wrong) {
            throw refused(where, where + ": " + wrong.getMessage());
        }
    }

    private static Refusal refused(String field, String message) {
        return new Refusal(400, message).about(field, "invalid_value");
    }

    /** Returns what clients read of a loss, by names that say how those of several calls are put together. */
    static Map<String, Double> metrics(TokenLoss.Figures figures) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("loss:sum", figures.loss());
        metrics.put("tokens:sum", 1.0 * figures.tokens());
        TokenLoss.Ratios ratios = figures.ratios();
        if (ratios != null && figures.tokens() > 0) {
            metrics.put("ratio:min", ratios.least());
            metrics.put("ratio:max", ratios.largest());
            metrics.put("ratio_total:sum", ratios.sum());
            metrics.put("clipped_tokens:sum", 1.0 * ratios.clipped());
            metrics.put("kl_from_sampling:sum", ratios.divergence());
        }
        return metrics;
    }
}
