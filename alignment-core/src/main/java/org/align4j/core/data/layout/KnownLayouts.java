package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** The layouts of others that rows are read from, and the choice among them. */
final class KnownLayouts {
    private static final List<Layout> ALL = List.of(
            new Alpaca(),
            new ShareGptRows(),
            new Swift(),
            new Orca(),
            new Responses(),
            new StackPairs(),
            new Thumbs(),
            new NovaCandidates(),
            new Vertex(),
            new UltraFeedback(),
            new Nectar(),
            new NemoRanks(),
            new StackExchange(),
            new AnswerLists(),
            new HelpSteerRatings(),
            new HelpSteerTwo(),
            new HelpSteerThree(),
            new ShpVotes(),
            new ArenaBattles(),
            new ArenaColumns(),
            new VoteLog(),
            new LabelStudioTasks(),
            new LabelStudioRows(),
            new ArgillaRecords(),
            new OpenWebUi(),
            new Edits(),
            new Stars());

    private KnownLayouts() {}

    /** Returns the layout of a name; null where the name is of one of this project's own layouts. */
    public static @Nullable Layout of(RowFormat format) {
        return ALL.stream()
                .filter(layout -> layout.format() == format)
                .findFirst()
                .orElse(null);
    }

    /**
     * Finds the layout that a row's keys show.
     *
     * @return null where they show none of another maker
     * @throws org.align4j.core.error.InputException where they show two
     */
    public static @Nullable Layout find(ForeignRow row) {
        List<Layout> fitting = new ArrayList<>();
        for (Layout layout : ALL) {
            if (layout.evidence(row) != null) {
                fitting.add(layout);
            }
        }
        if (fitting.size() > 1) {
            throw row.ambiguous(fitting);
        }
        return fitting.isEmpty() ? null : fitting.get(0);
    }
}
