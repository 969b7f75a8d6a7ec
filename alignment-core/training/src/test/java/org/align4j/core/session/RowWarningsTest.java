package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.Warning;
import org.junit.jupiter.api.Test;

/** What the rows of a run have to do with each other, where that is worth a warning. */
class RowWarningsTest {
    private static List<Warning> warnings(RowRelations relations, String... looked) {
        Screening screening = new Screening(List.of(looked), List.of(), 0, "align doctor");
        return new Recipe.Found(screening, relations, true).warnings();
    }

    /** 34 pairs and the same 34 the other way round among 400 rows: 17 %. One slip of a thousand rows is told, not warned of. */
    @Test
    void overlapAndContradictions() {
        RowRelations many = new RowRelations(400, new int[] {0, 1, 2, 3}, new int[] {1, 3}, 2, 68, 0);
        List<Warning> found = warnings(many);
        assertThat(found).extracting(Warning::code).containsExactly("overlap", "contradictions");
        assertThat(found.get(0).seen()).contains("2 of 4 held-out rows are trained on too");
        assertThat(found.get(1).seen()).contains("68 of 400 training rows (17.0 %) contradict each other");
        RowRelations slip = new RowRelations(1000, new int[0], new int[0], 0, 2, 0);
        assertThat(warnings(slip)).isEmpty();
        assertThat(slip.sentences()).hasSize(1);
    }

    @Test
    void contradictionsThatTheDoctorLookedForAreNotToldAgain() {
        RowRelations many = new RowRelations(400, new int[0], new int[0], 0, 68, 0);
        assertThat(warnings(many, "schema", "contradictions")).isEmpty();
    }
}
