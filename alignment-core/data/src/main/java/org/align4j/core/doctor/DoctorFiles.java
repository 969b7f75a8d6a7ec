package org.align4j.core.doctor;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.jspecify.annotations.Nullable;

/** The files of an examination in the folder that {@code --out} names. */
public final class DoctorFiles {
    /** The whole examination. */
    public static final String DOCUMENT = "doctor.json";
    /** Every row of every finding. */
    public static final String FINDINGS = "findings.jsonl";

    /** The page for people. */
    public static final String PAGE = "doctor.html";

    /** Stands from the first file to the last, so that an examination that broke off can be done again. */
    private static final String BEGUN = ".doctor.begun";

    private static final List<String> NAMES =
            List.of(DOCUMENT, FINDINGS, PAGE, CleanRows.CLEAN, CleanRows.REMOVED, CleanRows.MASKED);

    private final Path folder;
    private final List<Path> inputs;

    private DoctorFiles(Path folder, List<Path> inputs) {
        this.folder = folder;
        this.inputs = List.copyOf(inputs);
    }

    /**
     * Takes a folder that is new or has none of the files that an examination writes, or an earlier examination's, whole or
     * broken off, which are replaced. So the data can never be overwritten by what is made of it.
     *
     * @param inputs the files that are read
     * @throws InputException where it is none, before anything is written
     */
    public static DoctorFiles in(Path folder, List<Path> inputs) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException("out is " + folder + ", which is a file; give a folder.");
        }
        List<Path> there =
                NAMES.stream().map(folder::resolve).filter(Files::exists).toList();
        List<Path> read = inputs.stream().map(DoctorFiles::whole).toList();
        boolean ours = Files.exists(folder.resolve(DOCUMENT)) || Files.exists(folder.resolve(BEGUN));
        Stream<Path> foreign = there.stream().filter(file -> read.contains(whole(file)) || !ours);
        foreign.findFirst().ifPresent(file -> {
            throw new InputException("out is " + folder + ", which has a file " + file.getFileName()
                    + " that would be replaced; give another folder.");
        });
        return new DoctorFiles(folder, inputs);
    }

    private static Path whole(Path file) {
        return file.toAbsolutePath().normalize();
    }

    /** Marks the folder as one that an examination is written into; {@link #write} ends that. */
    public void begin() {
        OutputFile.write(folder.resolve(BEGUN), new byte[0]);
    }

    /** Removes the findings of an earlier examination, where others write those of this one as shards. */
    public void dropFindings() throws IOException {
        Folders.deleteIfExists(folder.resolve(FINDINGS));
    }

    /** Writes the page, findings.jsonl and, last, doctor.json. */
    public void write(Examination examination) throws IOException {
        JsonLines.write(folder.resolve(FINDINGS), lines -> {
            for (Finding finding : examination.findings()) {
                for (Sighting sighting : finding.sightings()) {
                    lines.add(Document.line(finding.id(), sighting, examination.places()));
                }
            }
        });
        writeSummary(examination, inputs.stream().map(Path::toString).toList());
    }

    /** Writes the page and, last, doctor.json, of an examination whose sightings others wrote. */
    public void writeSummary(Examination examination, List<String> names) throws IOException {
        String page = DoctorPage.of(examination, names);
        OutputFile.write(folder.resolve(PAGE), page.getBytes(StandardCharsets.UTF_8));
        OutputFile.write(folder.resolve(DOCUMENT), Json.document(Document.of(examination)));
        Folders.deleteIfExists(folder.resolve(BEGUN));
    }

    /** Removes the cleaned rows of an earlier examination, which have nothing to do with this one. */
    public void dropCleanRows() throws IOException {
        Folders.deleteIfExists(folder.resolve(CleanRows.CLEAN));
        Folders.deleteIfExists(folder.resolve(CleanRows.REMOVED));
        Folders.deleteIfExists(folder.resolve(CleanRows.MASKED));
    }

    /** Returns the path of a file of the examination. */
    public Path resolve(String name) {
        return folder.resolve(name);
    }

    /** An examination as the maps of doctor.json and findings.jsonl. */
    public static final class Document {
        private final Examination examination;

        private Document(Examination examination) {
            this.examination = examination;
        }

        /** Returns the whole of doctor.json. */
        public static Map<String, Object> of(Examination examination) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("rows", examination.rows());
            document.put("verdict", examination.verdict().label());
            document.put(
                    "findings",
                    examination.findings().stream()
                            .map(new Document(examination)::finding)
                            .toList());
            return document;
        }

        private Map<String, @Nullable Object> finding(Finding finding) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("id", finding.id());
            fields.put("level", finding.level().label());
            fields.put("count", finding.count());
            fields.put("rows", finding.rows());
            fields.put("rate", finding.rate());
            fields.put(
                    "interval",
                    finding.interval() == null
                            ? List.of(finding.rate(), finding.rate())
                            : List.of(
                                    finding.interval().low(), finding.interval().high()));
            Map<String, @Nullable Object> threshold = new LinkedHashMap<>();
            threshold.put("amber", finding.threshold().amber());
            threshold.put("red", finding.threshold().red());
            fields.put("threshold", threshold);
            fields.put("advice", finding.advice());
            fields.putAll(finding.figures());
            fields.put(
                    "examples",
                    finding.sightings().stream()
                            .limit(Examination.EXAMPLES)
                            .map(this::example)
                            .toList());
            return fields;
        }

        private Map<String, Object> example(Sighting sighting) {
            Map<String, Object> fields = sighting(sighting, examination.places(), "other_line", "other_file");
            putTexts(fields, "text", sighting.row());
            putTexts(fields, "other_text", sighting.other());
            return fields;
        }

        private void putTexts(Map<String, Object> fields, String name, int row) {
            Texts texts = examination.excerpts().get(row);
            if (texts != null) {
                Map<String, Object> parts = new LinkedHashMap<>();
                put(parts, "prompt", texts.prompt());
                put(parts, "chosen", texts.chosen());
                put(parts, "rejected", texts.rejected());
                fields.put(name, parts);
            }
        }

        private static void put(Map<String, Object> parts, String name, String text) {
            if (!text.isEmpty()) {
                parts.put(name, text);
            }
        }

        /** Returns the fields of a line of findings.jsonl. */
        static Map<String, Object> line(String id, Sighting sighting, LogPlaces places) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("id", id);
            fields.putAll(sighting(sighting, places, "other_line", "other_file"));
            return fields;
        }

        /**
         * Returns the fields that say where something was found.
         *
         * @param line what the other row's line is called
         * @param file what its file is called, which is shown where it isn't the row's own
         */
        static Map<String, Object> sighting(Sighting sighting, LogPlaces places, String line, String file) {
            Map<String, Object> fields = new LinkedHashMap<>();
            LogPlaces.Place place = places.of(sighting.row());
            fields.put("file", place.file());
            fields.put("line", place.line());
            if (sighting.other() != Sighting.ALONE) {
                LogPlaces.Place other = places.of(sighting.other());
                fields.put(line, other.line());
                if (!other.file().equals(place.file())) {
                    fields.put(file, other.file());
                }
            }
            if (sighting.component() != Sighting.ALONE) {
                LogPlaces.Place smallest = places.of(sighting.component());
                fields.put("component_line", smallest.line());
                if (!smallest.file().equals(place.file())) {
                    fields.put("component_file", smallest.file());
                }
            }
            if (sighting.note() != null) {
                fields.put("note", Secrets.mask(sighting.note()));
            }
            return fields;
        }
    }

    /** A file of JSON lines that is there whole or not at all. */
    record JsonLines(OutputStream out) implements AutoCloseable {
        /** Writes the lines of a file. */
        interface Content {
            void writeTo(JsonLines lines) throws IOException;
        }

        static void write(Path file, Content content) {
            OutputFile.write(file, channel -> {
                try (JsonLines lines =
                        new JsonLines(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16))) {
                    content.writeTo(lines);
                }
            });
        }

        void add(Map<String, ?> fields) throws IOException {
            add(Json.bytes(fields), 0);
        }

        /** Adds a line as it is, from a place in its bytes on. */
        void add(byte[] line, int from) throws IOException {
            out.write(line, from, line.length - from);
            out.write('\n');
        }

        /** Hands on what is held back; the channel stays open. */
        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
