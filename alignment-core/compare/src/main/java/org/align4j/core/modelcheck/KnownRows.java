package org.align4j.core.modelcheck;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.run.Run;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.RunStart;

/**
 * The examined rows that a model was trained on, whose labels it may know by heart: its judgement of them is no evidence. The manifest of its run,
 * and of each run that this one went on from, has the hash of all it was trained on, and the run's options name the files, which are read again
 * where they still are.
 *
 * @param rows the numbers of those rows
 * @param origin where the model comes from: the sentence's end of what is known of its training rows
 * @param impliesRewards whether its run compared a policy with a reference, so that what it raised above that is a reward
 */
record KnownRows(Set<Integer> rows, String origin, boolean impliesRewards) {
    private static final String THE_MODEL = "the model ";
    private static final String GONE_ON_FROM = "the policy that it went on from ";

    private static final KnownRows NO_RUN = new KnownRows(
            Set.of(),
            "the model's folder is no run's, so that nobody knows whether it was trained on these rows; if it was, its margins say"
                    + " nothing of their labels",
            false);

    /**
     * Finds the rows of the data that the model was trained on.
     *
     * @param session of the model, whose tokenizer reads the training rows
     * @param pairs that are examined, as the same tokenizer reads them
     */
    static KnownRows of(ModelCheckOptions options, ModelSession session, SortedMap<Integer, PairTokens> pairs) {
        List<Run> lineage = RunStart.lineage(options.model());
        if (lineage.isEmpty()) {
            return NO_RUN;
        }
        Set<Integer> rows = new TreeSet<>();
        List<String> origins = new ArrayList<>();
        for (Run run : lineage) {
            origins.add(Trained.of(run, session, pairs).into(rows, origins.isEmpty() ? THE_MODEL : GONE_ON_FROM));
        }
        Run last = lineage.get(0);
        return new KnownRows(
                Set.copyOf(rows),
                String.join("; ", origins),
                last.number("beta").isPresent() && last.text("reference").isPresent());
    }

    /**
     * Holds the rows that one run was trained on.
     *
     * @param known the numbers of the examined rows among its rows
     * @param words the end of a sentence about who was trained
     */
    private record Trained(Set<Integer> known, String words) {
        static Trained of(Run run, ModelSession session, SortedMap<Integer, PairTokens> pairs) {
            if (run.hash("data")
                    .filter(DataHash.of(List.copyOf(pairs.values()))::equals)
                    .isPresent()) {
                return new Trained(pairs.keySet(), "was trained on these very rows");
            }
            try {
                List<? extends TokenRow> trained = trained(run, session);
                Set<Integer> known = among(trained, pairs);
                return new Trained(
                        known,
                        format(
                                "was trained on %,d rows, %,d of the %,d pairs here among them",
                                trained.size(), known.size(), pairs.size()));
            } catch (InputException e) {
                return new Trained(
                        Set.of(),
                        "was trained on files that can't be read again, so that only their hash was compared, which differs: some of these"
                                + " rows may have been among them");
            }
        }

        String into(Set<Integer> rows, String who) {
            rows.addAll(known);
            return who + words;
        }
    }

    private static List<? extends TokenRow> trained(Run run, ModelSession session) {
        int longest = session.base().decoder().maxPositions();
        RowRules rules = new RowRules(BadRows.DROP, TooLong.DROP, longest);
        RowEncoder encoder =
                new RowEncoder(session::text, session.base().decoder().vocabulary(), rules);
        return encoder.any(run.options(DataOptions.class).source()).rows();
    }

    private static Set<Integer> among(List<? extends TokenRow> trained, SortedMap<Integer, PairTokens> pairs) {
        List<Integer> numbers = List.copyOf(pairs.keySet());
        int[] places = RowRelations.of(trained, List.copyOf(pairs.values())).trained();
        return IntStream.of(places).mapToObj(numbers::get).collect(Collectors.toUnmodifiableSet());
    }
}
