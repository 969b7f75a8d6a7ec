package com.example;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.log.LogSource;

/** Reads pairs and lets the doctor examine them, without PyTorch: {@code ExaminedRows data/demo/train.jsonl}. */
public final class ExaminedRows {
    private ExaminedRows() {}

    /** Prints how many rows were read, the verdict, and what was found. */
    public static void main(String[] arguments) {
        RowSource rows = RowSource.of(Path.of(arguments[0]));
        Examination found = Doctor.examine(new Logs(new LogSource(rows), null, null), 1, null, seen -> {});
        System.out.println(found.rows() + " rows are " + found.verdict() + ", by "
                + checks(found).size() + " checks");
    }

    private static List<String> checks(Examination found) {
        return found.findings().stream().map(finding -> finding.id()).toList();
    }
}
