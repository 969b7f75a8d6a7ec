package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.jspecify.annotations.Nullable;

/** Finds answers and judgements among the keys that nobody read, so that a row which has them doesn't pass for a prompt alone. */
final class UnreadAnswers {
    private static final Set<String> ANSWERS = Set.of(
            "response",
            "responses",
            "answers",
            "output",
            "outputs",
            "completion",
            "completions",
            "reply",
            "replies",
            "candidate",
            "candidates",
            "generation",
            "generations",
            "edited",
            "chosen",
            "rejected",
            "annotations");
    private static final Set<String> JUDGEMENTS = Set.of(
            "rating",
            "ratings",
            "score",
            "scores",
            "stars",
            "winner",
            "preference",
            "preferred",
            "better",
            "best",
            "vote",
            "votes",
            "feedback",
            "rank",
            "ranks",
            "ranking",
            "choice",
            "selected",
            "thumbs",
            "liked",
            "verdict",
            "judgement",
            "judgment");
    private static final Set<String> SIDES = Set.of("a", "b", "0", "1", "2", "left", "right", "first", "second");

    private UnreadAnswers() {}

    /**
     * Refuses a prompt beside which answers stand.
     *
     * @throws org.align4j.core.error.InputException naming their keys
     */
    static void refuse(Fields fields) {
        List<String> answers = new ArrayList<>();
        List<String> judgements = new ArrayList<>();
        Map<List<String>, List<String>> sides = new LinkedHashMap<>();
        for (String key : fields.unread()) {
            if (!says(fields.peek(key))) {
                continue;
            }
            List<String> words = Words.of(key);
            if (words.stream().anyMatch(JUDGEMENTS::contains)) {
                judgements.add(key);
            } else if (words.stream().anyMatch(ANSWERS::contains)) {
                answers.add(key);
            } else if (words.size() > 1 && SIDES.contains(words.get(words.size() - 1))) {
                sides.computeIfAbsent(words.subList(0, words.size() - 1), stem -> new ArrayList<>())
                        .add(key);
            }
        }
        sides.values().stream().filter(keys -> keys.size() > 1).forEach(answers::addAll);
        if (answers.isEmpty()) {
            return;
        }
        TreeSet<String> keys = new TreeSet<>(answers);
        keys.addAll(judgements);
        String named =
                String.join(" and ", keys.stream().map(key -> '"' + key + '"').toList());
        throw fields.origin()
                .error(named + (keys.size() == 1 ? " looks" : " look")
                        + " like answers or judgements, but no layout reads them and the row would pass for a prompt alone;"
                        + " name the layout with format, the keys with columns (completion=KEY), or make fields of them with"
                        + " align convert --map.");
    }

    private static boolean says(@Nullable Object value) {
        return value != null && !(value instanceof String text && Whitespace.only(text));
    }
}
