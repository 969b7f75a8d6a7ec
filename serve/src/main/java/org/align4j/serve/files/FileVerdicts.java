package org.align4j.serve.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.Secrets;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.InputException;
import org.align4j.web.Refusal;

/** What the doctor says of files of rows. A file never changes, so the last verdicts are kept; one file is examined at a time. */
public final class FileVerdicts {
    private static final int KEPT = 64;
    private static final int SHOWN = 3;

    private final Map<String, Map<String, Object>> kept = new LinkedHashMap<>();

    /**
     * Returns the verdict on a file: {@code verdict} (green, amber, red), {@code rows}, {@code method} that such rows train, {@code findings}.
     *
     * @throws Refusal where the file holds no rows that can be read
     */
    public synchronized Map<String, Object> of(StoredFile file) throws IOException {
        Map<String, Object> known = kept.get(file.id());
        if (known != null) {
            return known;
        }
        if (!file.label().purpose().equals(StoredFile.FINE_TUNE)) {
            throw new Refusal(400, "The doctor looks at files with the purpose fine-tune.");
        }
        Map<String, Object> verdict = examined(file);
        if (kept.size() >= KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        kept.put(file.id(), verdict);
        return verdict;
    }

    private static Map<String, Object> examined(StoredFile file) throws IOException {
        Path content = file.content();
        Examination examination;
        try {
            Logs logs = new Logs(LogSource.of(List.of(content)), null, null);
            examination = Doctor.examine(logs, 1, null, rows -> {});
        } catch (InputException unreadable) {
            throw new Refusal(400, String.valueOf(unreadable.getMessage()).replace(content.toString(), file.id()));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("verdict", examination.verdict().label());
        document.put("rows", examination.rows());
        document.put("method", holdsPairs(content) ? "dpo" : "supervised");
        document.put(
                "findings",
                examination.findings().stream()
                        .map(finding -> document(finding, examination))
                        .toList());
        return document;
    }

    private static Map<String, Object> document(Finding finding, Examination examination) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", finding.id());
        document.put("level", finding.level().label());
        document.put("said", finding.said());
        document.put("advice", finding.advice());
        document.put(
                "lines",
                finding.sightings().stream()
                        .limit(SHOWN)
                        .map(sighting -> said(sighting, examination))
                        .toList());
        return document;
    }

    private static String said(Sighting sighting, Examination examination) {
        String note = sighting.note();
        return "line " + examination.places().of(sighting.row()).line()
                + (note == null ? "" : ": " + Secrets.mask(note));
    }

    /** Whether the first row has two answers to choose from. */
    private static boolean holdsPairs(Path content) throws IOException {
        try (BufferedReader rows = Files.newBufferedReader(content)) {
            String first = rows.readLine();
            return first != null && (first.contains("\"preferred_output\"") || first.contains("\"chosen\""));
        }
    }
}
