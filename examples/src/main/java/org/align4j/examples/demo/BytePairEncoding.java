package org.align4j.examples.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.text.ByteAlphabet;

/**
 * Byte pair encoding (Sennrich et al. 2016) over bytes: starting from the 256 bytes, the most frequent neighbours within
 * a word become one token, again and again. Equal counts are decided by the tokens' text, so the same text always gives
 * the same merges.
 *
 * @param merges the pairs to join, first learned first
 */
record BytePairEncoding(List<Merge> merges) {
    /** GPT-2's words, which the ByteLevel pre-tokenizer of {@code tokenizer.json} splits at too. */
    private static final Pattern WORD =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    /** Two neighbouring tokens that become one. */
    public record Merge(String left, String right) {
        /** Returns the token that replaces the two. */
        public String joined() {
            return left + right;
        }
    }

    /** Keeps its own copy of the merges. */
    public BytePairEncoding {
        merges = List.copyOf(merges);
    }

    /**
     * Learns merges from texts.
     *
     * @param count how many merges; fewer come out if no pair is left to merge
     */
    public static BytePairEncoding learn(Stream<String> texts, int count) {
        Map<String, Integer> words = new TreeMap<>();
        texts.forEach(text -> words(text).forEach(word -> words.merge(word, 1, Integer::sum)));
        Map<List<String>, Integer> spelled = new LinkedHashMap<>();
        words.forEach((word, times) -> spelled.merge(ByteAlphabet.spell(word), times, Integer::sum));
        List<Merge> merges = new ArrayList<>();
        while (merges.size() < count) {
            Map<Merge, Integer> neighbours = neighbours(spelled);
            if (neighbours.isEmpty()) {
                break;
            }
            Merge best = mostFrequent(neighbours);
            merges.add(best);
            apply(best, spelled);
        }
        return new BytePairEncoding(merges);
    }

    /** The tokens of the vocabulary in the order of their ids: the bytes, then what each merge makes. */
    public List<String> tokens() {
        return Stream.concat(ByteAlphabet.sorted().stream(), merges.stream().map(Merge::joined))
                .toList();
    }

    /** Returns an encoder with these merges. */
    public Encoder encoder() {
        return new Encoder();
    }

    /** Encodes texts as tokens. */
    public final class Encoder {
        private final Map<Merge, Integer> ranks = new HashMap<>();
        private final Map<String, List<String>> known = new HashMap<>();

        private Encoder() {
            merges.forEach(merge -> ranks.put(merge, ranks.size()));
        }

        /** Returns the tokens of the text, in byte letters. */
        public List<String> tokens(String text) {
            List<String> tokens = new ArrayList<>();
            words(text).forEach(word -> tokens.addAll(known.computeIfAbsent(word, this::cut)));
            return tokens;
        }

        private List<String> cut(String word) {
            List<String> pieces = ByteAlphabet.spell(word);
            while (true) {
                Merge first = null;
                for (int i = 0; i + 1 < pieces.size(); i++) {
                    Merge pair = new Merge(pieces.get(i), pieces.get(i + 1));
                    if (ranks.containsKey(pair) && (first == null || rank(pair) < rank(first))) {
                        first = pair;
                    }
                }
                if (first == null) {
                    return pieces;
                }
                pieces = join(first, pieces);
            }
        }

        private int rank(Merge merge) {
            return ranks.getOrDefault(merge, Integer.MAX_VALUE);
        }
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    private static Map<Merge, Integer> neighbours(Map<List<String>, Integer> words) {
        Map<Merge, Integer> counts = new HashMap<>();
        words.forEach((pieces, times) -> {
            for (int i = 0; i + 1 < pieces.size(); i++) {
                counts.merge(new Merge(pieces.get(i), pieces.get(i + 1)), times, Integer::sum);
            }
        });
        return counts;
    }

    private static Merge mostFrequent(Map<Merge, Integer> counts) {
        return counts.entrySet().stream()
                .min(Comparator.comparing((Map.Entry<Merge, Integer> e) -> -e.getValue())
                        .thenComparing(e -> e.getKey().left())
                        .thenComparing(e -> e.getKey().right()))
                .orElseThrow()
                .getKey();
    }

    private static void apply(Merge merge, Map<List<String>, Integer> words) {
        for (List<String> pieces : List.copyOf(words.keySet())) {
            List<String> joined = join(merge, pieces);
            if (joined.size() < pieces.size()) {
                Integer times = words.remove(pieces);
                words.merge(joined, times == null ? 0 : times, Integer::sum);
            }
        }
    }

    private static List<String> join(Merge merge, List<String> pieces) {
        List<String> joined = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            boolean pair = i + 1 < pieces.size()
                    && pieces.get(i).equals(merge.left())
                    && pieces.get(i + 1).equals(merge.right());
            joined.add(pair ? merge.joined() : pieces.get(i));
            i += pair ? 1 : 0;
        }
        return joined;
    }
}
