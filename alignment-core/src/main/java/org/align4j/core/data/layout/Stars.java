package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads stars for the answers to one prompt, which stand in neighbouring rows and come joined. */
final class Stars implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.STARS;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.listsObjects(RatedNeighbours.STARRED, RatedNeighbours.RESPONSE, RatedNeighbours.STARS)
                ? "a prompt, a response and a rating in stars"
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<ForeignRow> starred = row.objects(RatedNeighbours.STARRED);
        if (starred.size() < 2) {
            throw row.error(
                    "rating",
                    "grades the only answer to its prompt, but a preference needs two, in rows that follow one another; sort the"
                            + " file by prompt, take the row out, or make labels of the stars with --map-values.");
        }
        GradedAnswers answers = new GradedAnswers(row, "rating");
        for (ForeignRow answer : starred) {
            answers.add(answer.required(RatedNeighbours.RESPONSE), answer.number(RatedNeighbours.STARS));
        }
        return answers.pairs(row.required("prompt"), pairing);
    }
}
