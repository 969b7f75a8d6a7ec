package org.align4j.desk.judge;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.JudgeAgreement;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.align4j.desk.judge.Voting.Cast;
import org.jspecify.annotations.Nullable;

/**
 * How people agree while they vote: the first two votes on each of the first n pairs that have two, with n fixed before anybody voted. Who looks
 * after each vote, and stops when it looks good, sees more agreement than there is; so nothing is shown before, and nothing changes afterwards.
 *
 * @param at the n
 * @param pairs how many pairs have two votes, at most n
 * @param figures Krippendorff's α with its interval; null before n, and where all votes are one word
 */
record LiveAgreement(int at, int pairs, @Nullable JudgeAgreement figures) {
    private static final ClusterBootstrap BOOTSTRAP = new ClusterBootstrap(2000, 42, 0.95);

    /**
     * Computes the agreement, where there are enough votes.
     *
     * @param prompt the words of a pair's prompt, by its id: pairs of one prompt count as one cluster
     */
    static LiveAgreement of(List<Cast> casts, int at, UnaryOperator<String> prompt) {
        Map<String, String> first = new LinkedHashMap<>();
        Map<String, JudgedItem> items = new LinkedHashMap<>();
        for (Cast cast : casts) {
            String earlier =
                    cast.counts() ? first.putIfAbsent(cast.id(), cast.winner().word()) : null;
            if (earlier != null && items.size() < at && !items.containsKey(cast.id())) {
                List<@Nullable String> words = new ArrayList<>();
                words.add(earlier);
                words.add(cast.winner().word());
                items.put(cast.id(), new JudgedItem(prompt.apply(cast.id()), words));
            }
        }
        return new LiveAgreement(
                at,
                items.size(),
                items.size() < at
                        ? null
                        : JudgeAgreement.alpha(List.copyOf(items.values()), BOOTSTRAP)
                                .orElse(null));
    }

    /** Says it in a sentence. */
    String sentence() {
        if (pairs < at) {
            return format(
                    "Agreement is computed once, over the first %,d pairs that two people judged; %,d so far.",
                    at, pairs);
        }
        if (figures == null) {
            return format("All votes on the first %,d pairs that two people judged are alike.", at);
        }
        return format(
                "On the first %,d pairs that two people judged, their votes are equal in %.0f %%; Krippendorff's α %.2f (%.2f to %.2f).",
                at,
                100 * figures.agreed(),
                figures.value(),
                figures.interval().low(),
                figures.interval().high());
    }
}
