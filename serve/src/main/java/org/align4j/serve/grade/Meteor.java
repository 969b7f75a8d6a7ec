package org.align4j.serve.grade;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * METEOR (Lavie and Agarwal 2007) as nltk computes it, with exact matches and those of stems; WordNet's synonyms are left out. Of several equal words the
 * last ones are matched first.
 */
final class Meteor {
    private static final double ALPHA = 0.9;
    private static final double BETA = 3;
    private static final double GAMMA = 0.5;

    private Meteor() {}

    /** A word and its place. */
    private record Placed(int place, String word) {}

    /** A word of the answer and the one of the reference that it matches. */
    private record Match(int answer, int reference) {}

    static double of(List<String> answer, List<String> reference) {
        List<Placed> left = placed(answer);
        List<Placed> right = placed(reference);
        List<Match> matches = new ArrayList<>();
        match(left, right, UnaryOperator.identity(), matches);
        match(left, right, PorterStemmer::stem, matches);
        if (matches.isEmpty()) {
            return 0;
        }
        matches.sort(Comparator.comparingInt(Match::answer));
        double precision = (double) matches.size() / answer.size();
        double recall = (double) matches.size() / reference.size();
        double mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall);
        double fragments = (double) chunks(matches) / matches.size();
        return (1 - GAMMA * Math.pow(fragments, BETA)) * mean;
    }

    private static List<Placed> placed(List<String> words) {
        List<Placed> placed = new ArrayList<>();
        words.forEach(word -> placed.add(new Placed(placed.size(), word.toLowerCase(Locale.ROOT))));
        return placed;
    }

    /** Matches words by a form of theirs, and takes them out of the lists. */
    private static void match(List<Placed> left, List<Placed> right, UnaryOperator<String> form, List<Match> matches) {
        Map<String, Deque<Placed>> open = new HashMap<>();
        right.forEach(word -> open.computeIfAbsent(form.apply(word.word), fresh -> new ArrayDeque<>())
                .push(word));
        List<Placed> unmatched = new ArrayList<>();
        for (int i = left.size() - 1; i >= 0; i--) {
            Deque<Placed> candidates = open.get(form.apply(left.get(i).word));
            if (candidates == null || candidates.isEmpty()) {
                unmatched.add(0, left.get(i));
            } else {
                matches.add(new Match(left.get(i).place, candidates.pop().place));
            }
        }
        left.clear();
        left.addAll(unmatched);
        right.clear();
        open.values().forEach(right::addAll);
        right.sort(Comparator.comparingInt(Placed::place));
    }

    private static int chunks(List<Match> matches) {
        int chunks = 1;
        for (int i = 1; i < matches.size(); i++) {
            Match last = matches.get(i - 1);
            Match next = matches.get(i);
            chunks += next.answer == last.answer + 1 && next.reference == last.reference + 1 ? 0 : 1;
        }
        return chunks;
    }
}
