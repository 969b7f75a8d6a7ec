package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.DetectedLanguage;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.doctor.CleanRows;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.options.Option;
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align doctor}.
 *
 * @param asked the model that is asked about the rows
 * @param layout how the files of rows are laid out
 * @param executors which other machines look at rows
 */
record DoctorOptions(
        ExaminedOptions examined,
        AskedOptions asked,
        LogOptions layout,
        FindingOptions findings,

        @Option(
                help = "Languages that rows should be in, by ISO 639 (en,de,ara); without it those that most rows are"
                        + " in.",
                defaultValue = "")
        List<String> languages,

        @Option(
                help = "Threads; more are faster, up to the free cores; auto is one per core. The result is the same"
                        + " for any number.",
                unset = "auto")
        @Nullable
        Integer threads,

        ExecutorOptions executors) {
    /** The rows that are examined, and what they should not hold. */
    record ExaminedOptions(
            @Option(help = "Files of rows: names and globs, separated by commas.")
            List<String> data,

            @Option(help = "Rows held out for evaluation, which should not be among the data.", defaultValue = "")
            List<String> evalData,

            @Option(help = "Benchmarks whose items should not be among the data.", defaultValue = "")
            List<String> against) {
        ExaminedOptions {
            data = List.copyOf(data);
            evalData = List.copyOf(evalData);
            against = List.copyOf(against);
        }
    }

    /**
     * The model that is asked about the rows.
     *
     * @param template how messages are rendered
     */
    record AskedOptions(
            @Option(
                    help = "Model that is asked about the rows: one to be trained, a reward model, or a run of dpo or"
                            + " reward; a directory, or org/name[@revision] from the hub.")
            @Nullable
            String model,

            @Option(
                    help = "Pairs that the model reads at most, drawn from all; more narrow the intervals and take"
                            + " longer; 0 for none: its template and tokenizer alone are tried.",
                    defaultValue = "256")
            int modelRows,

            @Option(help = "Where the model computes.", defaultValue = "auto")
            DeviceChoice device,

            @Option(
                    help =
                            "In what the model's weights are stored; auto is bf16 on GPU and on CPUs that are faster with it.",
                    defaultValue = "auto")
            DtypeChoice dtype,

            @Option(
                    help =
                            "Tokens that prompt and answer may have together, with a model; more drop fewer rows and take"
                                    + " more memory; auto is 1024, or the model's limit if lower.",
                    unset = "auto")
            @Nullable
            Integer maxLength,

            TemplateOptions template) {}

    /**
     * The options for the layout of the files that the doctor reads.
     *
     * @param form how the files are written
     */
    record LogOptions(
            @Option(help = "Layout of the rows; auto is what most of a file's first rows are.", defaultValue = "auto")
            RowFormat format,

            @Option(help = "What the files call the columns: prompt=question,…", defaultValue = "")
            Columns columns,

            FileForm form) {}

    /** The options for where the doctor writes its findings and when they fail. */
    record FindingOptions(
            @Option(help = "Folder for doctor.json, findings.jsonl and the page; without it the findings are printed.")
            @Nullable
            Path out,

            @Option(help = "From which finding on the exit code is 1.", defaultValue = "red")
            FailOn failOn,

            @Option(
                    help = "Findings whose rows are left out of clean.jsonl, which is written beside removed.jsonl;"
                            + " pii=mask keeps the rows and replaces personal data by placeholders such as [EMAIL].",
                    defaultValue = "")
            List<String> fix) {
        FindingOptions {
            fix = fix.stream().map(Nearest::normal).distinct().toList();
        }
    }

    /** Checks names and ranges. */
    public DoctorOptions {
        languages = List.copyOf(languages);
        for (String id : findings.fix()) {
            if (!Doctor.FIXABLE.contains(id) && !id.equals(CleanRows.MASK)) {
                throw new InputException(
                        "fix names " + Shortened.of(id) + " but only these findings have rows that can be left out: "
                                + String.join(", ", Doctor.FIXABLE) + "; " + CleanRows.MASK + " masks instead"
                                + Nearest.hint(id, Doctor.FIXABLE));
            }
        }
        refuse(
                findings.fix().contains("pii") && findings.fix().contains(CleanRows.MASK),
                "fix names pii, which leaves rows out, and " + CleanRows.MASK
                        + ", which masks parts of them; drop one.");
        if (!findings.fix().isEmpty() && findings.out() == null) {
            throw new InputException("fix needs a folder for clean.jsonl and removed.jsonl; give --out.");
        }
        requireFor(findings.fix(), "rendering", asked.model() != null, "--model");
        InputException.requireAtLeast(0, "model-rows", asked.modelRows(), "256 is usual");
        requireFor(findings.fix(), "leakage", !examined.evalData().isEmpty(), "--eval-data");
        requireFor(findings.fix(), "contamination", !examined.against().isEmpty(), "--against");
        InputException.requireAtLeast(2, "max-length", asked.maxLength(), "");
        if (executors.isUsed()) {
            String cluster = ", but cluster is " + executors.cluster() + ", ";
            refuse(
                    asked.model() != null,
                    "model is " + asked.model() + cluster
                            + "whose executors ask no model: rendering, tokens, policy-distance and forecast are made"
                            + " on one machine; leave --model out, or leave --cluster out and give some of the rows.");
            refuse(
                    !findings.fix().isEmpty(),
                    "fix is " + String.join(",", findings.fix()) + cluster
                            + "where rows are examined and none is left out; leave --fix out, or run the doctor on"
                            + " each shard without --cluster.");
            refuse(
                    threads != null,
                    "threads is " + threads + cluster
                            + "whose executors look at a file with each core they have; leave --threads out.");
            refuse(
                    executors.clusterMixed(),
                    "cluster-mixed is true" + cluster + "where the doctor rounds nothing; leave --cluster-mixed out.");
        }
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new InputException("threads is " + threads + " but must be 1 to 1024.");
        }
    }

    private static void refuse(boolean given, String sentence) {
        if (given) {
            throw new InputException(sentence);
        }
    }

    private static void requireFor(List<String> fix, String id, boolean given, String option) {
        if (fix.contains(id) && !given) {
            throw new InputException("fix names " + id + ", which is looked for only with " + option + "; give it.");
        }
    }

    /** Returns how the model is asked; null where there is none, or it is to read no pair. */
    @Nullable
    ModelCheckOptions modelChecks() {
        if (asked.model() == null || asked.modelRows() == 0) {
            return null;
        }
        ModelCheckOptions.Machine machine = new ModelCheckOptions.Machine(asked.device(), asked.dtype(), threads);
        return new ModelCheckOptions(
                asked.model(),
                new ModelCheckOptions.Pairs(
                        asked.modelRows(),
                        examined.data(),
                        layout.format(),
                        layout.columns().names(),
                        layout.form()),
                asked.maxLength(),
                machine,
                asked.template());
    }

    /**
     * The languages by the detector's codes of three letters.
     *
     * @throws InputException where it doesn't know one
     */
    Set<String> detectedLanguages() {
        Set<String> codes = new TreeSet<>();
        for (String language : languages) {
            Set<String> known = DetectedLanguage.codes(language);
            if (known.isEmpty()) {
                throw new InputException("languages names " + Shortened.of(language)
                        + ", which is no language of the detector; give codes of ISO 639 in two or three"
                        + " letters, such as en, de or ara.");
            }
            codes.addAll(known);
        }
        return codes;
    }

    /** Returns the number of threads, with auto settled. */
    int settledThreads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** The levels from which on a finding makes the command fail. */
    enum FailOn {
        /** Findings to be fixed. */
        RED,
        /** Findings worth a look, too. */
        AMBER,
        /** Nothing does. */
        NEVER;

        boolean fails(Level verdict) {
            return switch (this) {
                case RED -> verdict == Level.RED;
                case AMBER -> verdict != Level.GREEN;
                case NEVER -> false;
            };
        }
    }
}
