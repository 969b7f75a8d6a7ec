package org.align4j.core.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;

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

    private static final List<String> NAMES = List.of(DOCUMENT, FINDINGS, PAGE, CleanRows.CLEAN, CleanRows.REMOVED);

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

    /** Writes the page, findings.jsonl and, last, doctor.json. */
    public void write(Examination examination) throws IOException {
        JsonLines.write(folder.resolve(FINDINGS), lines -> {
            for (Finding finding : examination.findings()) {
                for (Sighting sighting : finding.sightings()) {
                    lines.add(Document.line(finding, sighting, examination.places()));
                }
            }
        });
        String page =
                DoctorPage.of(examination, inputs.stream().map(Path::toString).toList());
        OutputFile.write(folder.resolve(PAGE), page.getBytes(StandardCharsets.UTF_8));
        OutputFile.write(folder.resolve(DOCUMENT), Json.document(Document.of(examination)));
        Folders.deleteIfExists(folder.resolve(BEGUN));
    }

    /** Removes the cleaned rows of an earlier examination, which have nothing to do with this one. */
    public void dropCleanRows() throws IOException {
        Folders.deleteIfExists(folder.resolve(CleanRows.CLEAN));
        Folders.deleteIfExists(folder.resolve(CleanRows.REMOVED));
    }

    /** Where a file of the examination lies. */
    public Path resolve(String name) {
        return folder.resolve(name);
    }
}
