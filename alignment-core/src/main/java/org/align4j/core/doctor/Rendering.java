package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.DropReason;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;

/** Gathers, from rows that were encoded, which of them the model's template refuses and what it writes otherwise than they say. */
final class Rendering {
    static final String ID = "rendering";
    static final Threshold THRESHOLD = Threshold.ANY_IS_RED;
    private static final String ADVICE =
            "Training refuses such rows, since the model would not see what they say; give another template with"
                    + " --chat-template, or leave the rows out with --fix rendering.";
    private static final String NOTES_ADVICE =
            "The template leaves something out or writes something else than the rows say; look at it with align render --rows 3.";

    private final List<Sighting> refused = new ArrayList<>();
    private final Map<String, Integer> notes = new LinkedHashMap<>();

    /**
     * Adds rows that were encoded.
     *
     * @param drops those that are not used
     * @param report what is told of the others
     * @param first the number of the first of them
     * @param unusable the numbers of rows that can't be read, which are told elsewhere
     */
    public void add(List<Drop> drops, RowReport report, int first, Set<Integer> unusable) {
        for (Drop drop : drops) {
            int row = first + drop.row();
            if (drop.reason() == DropReason.BAD_ROW && !unusable.contains(row)) {
                refused.add(Sighting.of(row, drop.detail().replaceFirst("^\\Q" + drop.place() + "\\E: ?", "")));
            }
        }
        report.notes().forEach((note, places) -> notes.merge(note.sentence(), places.count(), Integer::sum));
    }

    /**
     * Tells what was found.
     *
     * @param rows how many there are that can be read
     */
    public Finding finding(int rows) {
        Finding finding = Finding.ofCount(ID, THRESHOLD, rows, refused, ADVICE);
        if (notes.isEmpty()) {
            return finding;
        }
        Finding noted = finding.with("notes", new LinkedHashMap<>(notes));
        return finding.level() == Level.GREEN ? noted.at(Level.AMBER, NOTES_ADVICE) : noted;
    }
}
