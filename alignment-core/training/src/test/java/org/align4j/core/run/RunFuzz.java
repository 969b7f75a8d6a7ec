package org.align4j.core.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.session.Resumption;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.sft.SftMethod;
import org.align4j.core.train.TrainingLog;

/** Reads the files of the input as a run directory: by its report, and as resume does before it loads a model. */
public final class RunFuzz implements FuzzTarget {
    private static final String CHECKPOINT = "checkpoints/step-000001";
    private static final Set<String> NAMES = Set.of(
            "config.yaml",
            "manifest.json",
            "result.json",
            "metrics.jsonl",
            "warnings.json",
            "samples.json",
            "rows.json",
            "relations.json",
            "screening.json",
            "evaluation.json",
            "guard-tasks.json",
            CHECKPOINT + "/state.json",
            CHECKPOINT + "/run.json",
            CHECKPOINT + "/manifest.json",
            CHECKPOINT + "/optimizer.json");

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        FuzzFiles.write(folder, input, NAMES);
        seal(folder.resolve(CHECKPOINT));
        RuntimeException refused = null;
        for (Reading reading : new Reading[] {RunFuzz::report, RunFuzz::resume, RunFuzz::metrics}) {
            try {
                reading.read(folder);
            } catch (InputException | RunException e) {
                refused = e;
            }
        }
        if (refused != null) {
            throw refused;
        }
    }

    private interface Reading {
        void read(Path run) throws IOException;
    }

    /** A checkpoint whose files are damaged behind their hashes' back is whole to whoever reads it. */
    private static void seal(Path checkpoint) throws IOException {
        if (Files.isDirectory(checkpoint) && !Files.exists(checkpoint.resolve(CheckpointManifest.NAME))) {
            CheckpointManifest.write(checkpoint, 1);
        }
    }

    private static void report(Path run) throws IOException {
        ResultFile.repair(run);
        new Run(run).resultDocument();
        new Run(run).checkpoints();
        HtmlReport.write(run);
        HtmlReport.read(List.of(run)).csv(run.resolve("figures.csv"));
    }

    private static void metrics(Path run) throws IOException {
        Path file = run.resolve("metrics.jsonl");
        MetricsFile.history(file).lastStep();
    }

    private static void resume(Path run) throws IOException {
        try (RunDirectory directory = RunDirectory.open(run)) {
            directory.result();
            Checkpoints checkpoints = directory.checkpoints();
            checkpoints.steps();
            new Resumption(directory, Continuation.AS_BEFORE.to(7), TrainingLog.SILENT).options(new SftMethod());
            Checkpoints.Whole whole = checkpoints.newestWhole();
            if (whole != null) {
                whole.damaged().keySet().forEach(checkpoint -> checkpoints.setAside(checkpoint, "damaged-"));
                MetricsFile.open(run.resolve("metrics.jsonl"), whole.state().metricsBytes())
                        .close();
            }
        }
    }
}
