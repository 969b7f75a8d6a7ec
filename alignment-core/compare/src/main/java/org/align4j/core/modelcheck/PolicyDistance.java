package org.align4j.core.modelcheck;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.ImmutableMap;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Proportion;

/**
 * Says how far the answers are from what the model would write. Text that a model samples is, in expectation, exactly as likely a token as the
 * negative entropy of the model's distributions along the text; an answer's figure {@code surprise} is how far it is below that. It is 0 for the
 * model's own samples, below 0 for its greedy answers, and grows with every word that the model would not have chosen.
 */
final class PolicyDistance {
    private static final String ID = "policy-distance";
    /** From this surprise of a pair's answers on, in nats per token, somebody else wrote them. */
    static final double FAR = 0.5;
    /** By the lower bound of the share of such pairs. */
    static final Threshold THRESHOLD = new Threshold(0.25, null);

    private static final double CONFIDENCE = 0.95;

    private final List<PairLikelihood> read;

    /** @param read at least one */
    PolicyDistance(List<PairLikelihood> read) {
        this.read = List.copyOf(read);
    }

    /**
     * Returns the finding about the distance between data and policy.
     *
     * @param pairs that the sample was taken from
     */
    Finding finding(int pairs) {
        List<Sighting> far = read.stream()
                .filter(pair -> pair.surprise() >= FAR)
                .sorted(Comparator.comparingDouble(PairLikelihood::surprise).reversed())
                .map(pair -> Sighting.of(pair.row(), note(pair)))
                .toList();
        Proportion share = new Proportion(far.size(), read.size());
        Level level = THRESHOLD.level(share.wilson(CONFIDENCE).low());
        return new Finding(
                        ID,
                        level,
                        new Finding.Counted(far.size(), read.size()),
                        new Finding.Figure(share.rate(), share.wilson(CONFIDENCE), THRESHOLD),
                        level == Level.GREEN ? "" : advice(share),
                        new Finding.Seen(far, List.of()),
                        Map.of())
                .with("pairs", pairs)
                .with("sampled", read.size())
                .with("far_from", FAR)
                .with(
                        "answers",
                        List.of(side("chosen", PairLikelihood::chosen), side("rejected", PairLikelihood::rejected)))
                .with("chosen_likelier", likelier(PairLikelihood.Side::logProb))
                .with("chosen_likelier_per_token", likelier(PairLikelihood.Side::perToken));
    }

    private interface Answer {
        PairLikelihood.Side of(PairLikelihood pair);
    }

    private Map<String, Object> side(String name, Answer answer) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("answer", name);
        putMean(figures, "log_prob_per_token", pair -> answer.of(pair).perToken());
        putMean(figures, "surprise", pair -> answer.of(pair).surprise());
        putMean(figures, "tokens", pair -> answer.of(pair).tokens());
        return figures;
    }

    private void putMean(Map<String, Object> figures, String name, ToDoubleFunction<PairLikelihood> value) {
        double[] values = read.stream().mapToDouble(value).toArray();
        ClusteredMean mean =
                ClusteredMean.of(values, IntStream.range(0, values.length).toArray());
        figures.put(name, mean.mean());
        figures.put(name + "_interval", mean.interval(CONFIDENCE).bounds());
    }

    private Map<String, Object> likelier(ToDoubleFunction<PairLikelihood.Side> value) {
        Proportion share = Proportion.chosenAbove(
                read.stream()
                        .mapToDouble(pair -> value.applyAsDouble(pair.chosen()))
                        .toArray(),
                read.stream()
                        .mapToDouble(pair -> value.applyAsDouble(pair.rejected()))
                        .toArray());
        return ImmutableMap.of(
                "rate", share.rate(), "interval", share.wilson(CONFIDENCE).bounds());
    }

    private static String note(PairLikelihood pair) {
        return format(
                "surprise %.2f nats per token; chosen %.2f, rejected %.2f",
                pair.surprise(), pair.chosen().surprise(), pair.rejected().surprise());
    }

    private static String advice(Proportion share) {
        return format(
                "The answers of %.0f %% of the pairs are not what this model would write. Preferences about them say little about"
                        + " its own answers; train it on the chosen ones first with align sft, or judge answers of its own with align"
                        + " generate --samples 2.",
                100 * share.rate());
    }
}
