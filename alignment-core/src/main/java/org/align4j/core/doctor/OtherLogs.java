package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.log.Items;
import org.align4j.core.doctor.log.Items.Numbering;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;

/** Reads what the data should not overlap with: rows held out for evaluation, then benchmarks. Their numbers come first. */
final class OtherLogs {
    private final Logs logs;
    private final LogReader reader;
    private int firstItem;

    OtherLogs(Logs logs, LogReader reader) {
        this.logs = logs;
        this.reader = reader;
    }

    /** Makes the checks that compare the data with them, and shows them every prompt. */
    List<Overlap> read(LogPlaces places) {
        List<Overlap> overlaps = new ArrayList<>();
        if (logs.heldOut() != null) {
            Overlap leakage = Overlap.leakage();
            reader.read(logs.heldOut(), places, new Prompts(leakage));
            overlaps.add(leakage);
        }
        firstItem = places.count();
        if (logs.against() != null) {
            Overlap contamination = Overlap.contamination();
            Items.read(logs.against(), places, contamination::reference);
            overlaps.add(contamination);
        }
        return overlaps;
    }

    /** Quotes some of their rows. */
    void quote(BitSet wanted, Excerpts excerpts) {
        if (logs.heldOut() != null && wanted.nextSetBit(0) >= 0) {
            reader.readAgain(logs.heldOut(), 0, wanted, excerpts);
        }
        if (logs.against() != null) {
            Items.read(logs.against(), Numbering.from(firstItem), (question, number) -> {
                if (wanted.get(number)) {
                    excerpts.question(question, number);
                }
            });
        }
    }

    /** Shows the prompt of each row to a check. */
    record Prompts(Overlap overlap) implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            return () -> overlap.reference(Overlap.prompt(row), row.number());
        }

        @Override
        public void bad(int number, String reason) {}
    }
}
