package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Contradictions;
import org.align4j.core.doctor.people.Cycles;
import org.align4j.core.doctor.people.LabelNoise;
import org.jspecify.annotations.Nullable;

/** The checks that the doctor makes, in the order in which they are told. */
final class Checks {
    private Checks() {}

    /**
     * Makes them anew for one examination.
     *
     * @param overlaps those that compare the data with other logs, where there are any
     * @param languages those that rows should be in, by their codes of three letters; empty: those that most rows are in
     */
    static List<Check> of(List<Overlap> overlaps, Set<String> languages) {
        Language language = new Language(languages);
        List<Check> checks = new ArrayList<>();
        checks.add(new Schema());
        checks.add(new ExactDuplicates());
        checks.add(new Contradictions());
        checks.add(new Cycles());
        checks.add(new NearDuplicates());
        checks.add(new IdenticalAnswers());
        checks.add(new LengthBias(language::of));
        checks.add(new Shortcuts(language::of));
        checks.add(new CutAnswers());
        checks.addAll(overlaps);
        checks.add(new Position());
        LabelNoise noise = new LabelNoise();
        checks.add(new Annotators(noise::margin));
        checks.add(noise);
        checks.add(language);
        checks.add(new Encoding());
        checks.add(new PersonalData());
        checks.add(OddRows.negativeMargins());
        checks.add(OddRows.emptyPrompts());
        checks.add(new Few());
        return checks;
    }

    /**
     * Makes those anew that every training begins with, but for the form of rows and what the template makes of them.
     *
     * @param leakage compares with the rows that are evaluated on; null where there are none
     */
    static List<Check> ofStart(@Nullable Overlap leakage) {
        List<Check> checks = new ArrayList<>();
        checks.add(new ExactDuplicates());
        checks.add(new Contradictions());
        checks.add(new LengthBias(row -> null));
        if (leakage != null) {
            checks.add(leakage);
        }
        return checks;
    }
}
